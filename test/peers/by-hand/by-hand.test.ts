/** The commands that ask devices by hand, as processes of their own: over a terminal of the kernel and over sockets. */

import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { Device } from "../../../hardware-sim/devices/device.ts";
import { ModbusServer } from "../../../hardware-sim/devices/modbus-server.ts";
import { RTU } from "../../../hardware-sim/devices/rtu-frames.ts";
import { Terminals } from "../../../hardware-sim/lines/pseudo-terminal.ts";
import { SerialLine } from "../../../hardware-sim/lines/serial-line.ts";
import { loadShippedProfile } from "../../../hardware-sim/plant/shipped-profiles.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { Child } from "../child-process.ts";

const LAUNCHER = fileURLToPath(new URL("../../../src/launch.js", import.meta.url));
const VALUES: Readonly<Record<string, number>> = {
  voltage: 231.5,
  frequency: 50.02,
  "power.factor": 0.97,
  current: 3.2,
};

let terminals: Terminals;

beforeAll(async () => {
  const found = await Terminals.find();
  if (typeof found === "string") throw new Error(`there are no pseudo-terminals: ${found}`);
  terminals = found;
});

/** A meter and a sensor. */
function createUnits(): { units: Map<number, Device>; now: () => number; unknownUnit: "silent" } {
  const profiles = [
    [1, "eastron/sdm630"],
    [4, "xy/md02"],
  ] as const;
  const units = profiles.map(([unit, id]): [number, Device] => {
    return [unit, new Device(loadShippedProfile(id), () => (point) => VALUES[point.metric] ?? 21.5)];
  });
  return { units: new Map(units), now: () => performance.now() / 1000, unknownUnit: "silent" };
}

/** How a bus is named on the command line, by what it is reached through. */
const WAYS = {
  "a serial port": async (): Promise<readonly string[]> => {
    const line = new SerialLine({ ...createUnits(), format: { baud: 115_200 } }, terminals);
    line.plugIn();
    onTestFinished(() => line.unplug());
    return ["--serial", line.path, "--baud", "115200", "--parity", "none"];
  },
  "RTU over TCP": async () => await serve("rtu"),
  "Modbus TCP": async () => await serve("tcp"),
} as const;

async function serve(framing: "rtu" | "tcp"): Promise<readonly string[]> {
  const server = new ModbusServer({ ...createUnits(), ...(framing === "rtu" ? { envelope: RTU } : {}) });
  await server.open();
  onTestFinished(() => server.close());
  return ["--host", "127.0.0.1", "--port", String(server.port), "--framing", framing];
}

function argvOf(words: readonly string[]): readonly string[] {
  const folder = new ConfigFolder({});
  onTestFinished(() => folder[Symbol.dispose]());
  return [LAUNCHER, "modbus", ...words, "--config", folder.path];
}

async function run(...words: readonly string[]) {
  await using child = new Child(process.execPath, argvOf(words));
  return await child.ended();
}

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])("by hand, over %s", (way) => {
  test("registers are read as they are", async () => {
    const place = await WAYS[way]();
    const { code, output, errors } = await run("read", "input:0", "--type", "float32", ...place, "--json");
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(JSON.parse(output).rows).toEqual([{ address: 0, words: [0x4367, 0x8000], value: 231.5 }]);
  });

  test("type and order of a point are found by what is on the display", async () => {
    const place = await WAYS[way]();
    const { code, output } = await run("probe", "input:0", "--expect", "231.5", "--times", "2", ...place, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(output).candidates[0]).toMatchObject({ verdict: "likely", letters: "ABCD", types: ["float32"] });
  });

  test("a scan finds the units there are and what each may be", async () => {
    const place = await WAYS[way]();
    const gentle = ["--units", "1-5", "--listen", "0.2", "--rate", "1000", "--timeout", "0.25"];
    const { code, output } = await run("scan", ...gentle, ...place, "--json");
    expect(code).toBe(0);
    const { is_whole, units } = JSON.parse(output);
    expect(is_whole).toBe(true);
    expect(units).toMatchObject([
      { unit: 1, asked: 11, answered: 11 },
      { unit: 4, asked: 11, answered: 11 },
    ]);
    expect(units[0].fits.map(({ profile }: { profile: string }) => profile)).toContain("eastron/sdm630");
    expect(units[1].fits.map(({ profile }: { profile: string }) => profile)).toContain("xy/md02");
  });
});

describe("Ctrl-C on a terminal", () => {
  test.each([
    ["while units are asked", ["--listen", "0"], "Unit 1 answers.", /^ +1 +115200 none/mu],
    ["while the line is listened to", ["--listen", "60"], "Listening to", /until then nobody had answered/u],
  ])("%s ends a scan with what was found, and leaves the terminal as it was", async (_, words, cue, shown) => {
    const place = await WAYS["a serial port"]();
    let seen = "";
    const screen = terminals.open((bytes) => {
      seen += Buffer.from(bytes).toString("utf8");
    });
    onTestFinished(() => screen.hangUp());
    expect(stty(screen.path, "sane")).toBe("");
    const before = stty(screen.path, "-g");
    const fd = openSync(screen.path, constants.O_RDWR | constants.O_NOCTTY);
    onTestFinished(() => closeSync(fd));

    const argv = argvOf(["scan", ...words, "--timeout", "60", ...place]);
    await using child = new Child("setsid", ["--ctty", "--wait", process.execPath, ...argv], fd);
    await vi.waitUntil(() => seen.includes(cue), { timeout: 20_000, interval: 10 });
    const askedAt = performance.now();
    screen.write(Buffer.of(CTRL_C));
    expect((await child.ended()).code).toBe(130);
    expect(performance.now() - askedAt).toBeLessThan(5000);
    await vi.waitUntil(() => seen.includes("Stopped before the end"), { timeout: 5000, interval: 10 });
    expect(seen).toMatch(shown);
    expect(stty(screen.path, "-g")).toBe(before);
  });
});

const CTRL_C = 0x03;

/** Sets a terminal, or says how it is set. */
function stty(path: string, word: string): string {
  const { status, stdout, stderr } = spawnSync("stty", ["-F", path, word], { encoding: "utf8" });
  if (status !== 0) throw new Error(`stty ${word}: ${stderr}`);
  return stdout;
}
