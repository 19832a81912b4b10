import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ClockPolicy } from "../../src/model/config.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { lookAtClock } from "../../src/platform/clock-evidence.ts";
import { type ClockEvidence, judgeClock, TrustWatch } from "../../src/platform/clock-trust.ts";
import { FakeClock } from "../support/fake-clock.ts";

const NOW = new FakeClock().now();
const BARE = { hasService: false, showsDevices: true };
const KEPT = { name: "rtc-ds1307", at: NOW - 2_000 };
const SYNCHRONIZED = { synchronizedBy: "systemd-timesyncd", hasService: true };

type Situation = readonly [
  title: string,
  evidence: Partial<ClockEvidence>,
  isTrusted: boolean,
  basis: string,
  policy?: ClockPolicy,
];

describe("a clock", () => {
  const SITUATIONS: readonly Situation[] = [
    ["of a Pi 4 before a time server has answered", {}, false, "no clock module"],
    ["of a Pi 4 with fake-hwclock, which looks plausible", { hasService: true }, false, "no clock module"],
    ["of a Pi 4 that a time server has set", SYNCHRONIZED, true, "systemd-timesyncd has set it"],
    ["of a Pi that chrony or ntpd has set", { synchronizedBy: "a time service" }, true, "a time service has set it"],
    ["of a Pi 5 with a battery", { module: KEPT }, true, "the clock module rtc-ds1307 keeps it"],
    ["of a Pi 5 without one", { module: { name: "rpi-rtc", at: 60_000 } }, false, "says 1970-01-01"],
    ["whose module began anew in 2000", { module: { name: "rtc", at: Date.UTC(2000, 0, 1) } }, false, "2000-01-01"],
    ["of a laptop that keeps local time", { module: { name: "rtc_cmos", at: NOW + 14 * 3_600_000 } }, true, "rtc_cmos"],
    ["of a virtual machine without a clock module", { host: "virtual machine" }, true, "the host of this virtual"],
    ["of a container", { host: "container" }, true, "the host of this container keeps it"],
    ["of a container that sees the time service of a Pi", { host: "container", hasService: true }, false, "no clock"],
    ["of a system that shows no devices", { showsDevices: false }, true, "shows no more"],
    ["of a board whose user keeps the time", {}, true, "clock.trust says so", "always"],
    ["of a server whose user wants more than a module", { module: KEPT }, false, "time server", "synchronized"],
    ["of a server that gave more than a module", { module: KEPT, ...SYNCHRONIZED }, true, "set it", "synchronized"],
  ];
  test.each(SITUATIONS.map((situation) => ({ title: situation[0], situation })))("$title is judged rightly", (told) => {
    const [, evidence, isTrusted, basis, policy = "auto"] = told.situation;
    expect(judgeClock({ ...BARE, ...evidence }, policy, NOW)).toEqual({
      isTrusted,
      basis: expect.stringContaining(basis),
    });
  });

  test("that cannot be right is not believed, whoever has set it", () => {
    const clock = new FakeClock();
    clock.jumpWall(millis(-NOW));
    expect(judgeClock({ ...BARE, ...SYNCHRONIZED }, "auto", clock.now()).basis).toContain("it says 1970-01-01");
    clock.jumpWall(millis(Date.UTC(2106, 1, 7)));
    expect(judgeClock({ ...BARE, module: KEPT }, "auto", clock.now()).basis).toContain("it says 2106-02-07");
  });
});

describe("watching a clock", () => {
  test("looks until it is set, and then never doubts it for lack of a service", async () => {
    const clock = new FakeClock();
    let looks = 0;
    let evidence: ClockEvidence = BARE;
    const watch = await TrustWatch.open(clock, "auto", async () => {
      looks += 1;
      return evidence;
    });
    expect(watch.trust().isTrusted).toBe(false);
    evidence = { ...BARE, ...SYNCHRONIZED };
    await clock.advance(seconds(31));
    expect(watch.trust().isTrusted).toBe(true);
    evidence = BARE;
    await clock.advance(seconds(3600));
    expect([watch.trust().isTrusted, looks]).toEqual([true, 2]);
    watch.close();
    expect(clock.pending()).toEqual([]);
  });
});

describe("the evidence of a system", () => {
  async function lookAt(files: Readonly<Record<string, string>>, answer = ""): Promise<ClockEvidence> {
    const root = await mkdtemp(join(tmpdir(), "tidegate-clock-"));
    try {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), text);
      }
      return await lookAtClock(root, async () => answer);
    } finally {
      await rm(root, { recursive: true });
    }
  }

  test("is nothing where there is nothing", async () => {
    expect(await lookAt({})).toEqual({ hasService: false, showsDevices: false });
  });

  test("is the mark of systemd-timesyncd, or what timedatectl says", async () => {
    expect((await lookAt({ "run/systemd/timesync/synchronized": "" })).synchronizedBy).toBe("systemd-timesyncd");
    expect((await lookAt({}, "yes")).synchronizedBy).toBe("a time service");
    expect((await lookAt({}, "no")).synchronizedBy).toBeUndefined();
  });

  test("is a clock module only where the kernel took the time from it", async () => {
    const plugged = { "sys/class/rtc/rtc0/hctosys": "0\n", "sys/class/rtc/rtc0/since_epoch": "1795327200\n" };
    expect((await lookAt(plugged)).module).toBeUndefined();
    const used = { ...plugged, "sys/class/rtc/rtc0/hctosys": "1\n", "sys/class/rtc/rtc0/name": "rtc-ds1307 1-0068\n" };
    expect((await lookAt(used)).module).toEqual({ name: "rtc-ds1307 1-0068", at: 1_795_327_200_000 });
  });

  test("is the host of a container or of a virtual machine", async () => {
    expect((await lookAt({ ".dockerenv": "" })).host).toBe("container");
    expect((await lookAt({ "run/.containerenv": "" })).host).toBe("container");
    const flags = { "proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n" };
    expect((await lookAt(flags)).host).toBe("virtual machine");
    expect((await lookAt({ "proc/device-tree/compatible": "linux,dummy-virt\0" })).host).toBe("virtual machine");
    expect((await lookAt({ "proc/cpuinfo": "Model\t: Raspberry Pi 4 Model B\n" })).host).toBeUndefined();
  });
});
