import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseCpuTimes,
  parseDisks,
  parseInterfaces,
  parseLoads,
  parseMemory,
  parseMounts,
  parseUptime,
} from "../../src/decode/linux-counters.ts";

describe("what Linux counts", () => {
  test("processor times are those of all processors, nice time among the programs'", () => {
    const text = "cpu  100 5 30 800 20 1 2 7 3 0\ncpu0 50 2 15 400 10 0 1 3 0 0\nintr 5\n";
    expect(parseCpuTimes(text)).toEqual({ user: 105, system: 33, iowait: 20, idle: 800, stolen: 7 });
    expect(parseCpuTimes("intr 5")).toBeUndefined();
  });

  test("loads are three", () => {
    expect(parseLoads("0.52 0.48 0.44 1/214 3310")).toEqual([0.52, 0.48, 0.44]);
  });

  test("memory is found by the name of its line", () => {
    const memory = parseMemory("MemTotal:         948304 kB\nMemAvailable:     512000 kB\nHugePages_Total:  0\n");
    expect([memory.get("MemTotal"), memory.get("MemAvailable"), memory.get("HugePages_Total")]).toEqual([
      948_304, 512_000, 0,
    ]);
  });

  test("interfaces keep what came apart from what went, also where no space is after the colon", () => {
    const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  100       2    0    0    0     0          0         0      100       2    0    0    0     0       0          0
  eth0:4294967296 30    4    0    0     0          0         0      900       6    5    0    0     0       0          0
`;
    expect(parseInterfaces(text)).toEqual([
      { name: "lo", receivedBytes: 100, receivedErrors: 0, sentBytes: 100, sentErrors: 0 },
      { name: "eth0", receivedBytes: 4_294_967_296, receivedErrors: 4, sentBytes: 900, sentErrors: 5 },
    ]);
  });

  test("disks are whole ones, in KiB whatever their sectors are", () => {
    const text = ` 179       0 mmcblk0 1000 10 4000 50 200 20 8000 70 0 90 120 0 0 0 0
 179       1 mmcblk0p1 10 0 80 1 0 0 0 0 0 1 1 0 0 0 0
   7       0 loop0 5 0 10 0 0 0 0 0 0 0 0
   8       0 sda 1 0 2 0 0 0 4 0 0 6 0`;
    expect(parseDisks(text)).toEqual([
      { name: "mmcblk0", readKiB: 2000, writtenKiB: 4000, busyMs: 90 },
      { name: "sda", readKiB: 1, writtenKiB: 2, busyMs: 6 },
    ]);
  });

  test("file systems are those on disks, each once, with the spaces in their names", () => {
    const text = `/dev/mmcblk0p2 / ext4 rw 0 0
proc /proc proc rw 0 0
/dev/loop3 /snap/core squashfs ro 0 0
/dev/mmcblk0p2 /var/again ext4 rw 0 0
/dev/sda1 /mnt/usb\\040stick vfat rw 0 0
server:/export /mnt/nfs nfs4 rw 0 0`;
    expect(parseMounts(text)).toEqual([
      { device: "/dev/mmcblk0p2", place: "/" },
      { device: "/dev/sda1", place: "/mnt/usb stick" },
    ]);
  });

  test.each([
    [
      "processor times",
      parseCpuTimes,
      ["cpu  1 2 x 4 5 6 7 8 9 0", "cpu  1 2 3 4", `cpu  ${"9".repeat(400)} 2 3 4 5 6 7 8`],
    ],
    ["loads", parseLoads, ["", "0.5", "0.52 0.48 nan 1/2 3", "-1 0 0", "1e9 0 0"]],
    ["an uptime", parseUptime, ["", "12", "up 3", "1e400 5", "\uFFFD12 5"]],
  ])("there are no %s in a text that is garbage, cut short or huge", (_what, parse, texts) => {
    for (const text of texts) expect(parse(text), text).toBeUndefined();
  });

  test.each([
    [
      "interfaces",
      parseInterfaces,
      ["eth0: 1 2 3", "e\u0000: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", `${"e".repeat(16)}: 1 1`],
    ],
    [
      "disks",
      parseDisks,
      ["8 0 sda 1 0 2", "8 0 sda 1 0 x 0 0 0 4 0 0 6 0", `8 0 sd${"a".repeat(9)} 1 1 1 1 1 1 1 1 1 1 1`],
    ],
    ["file systems", parseMounts, ["/dev/s\uFFFDa / ext4", "/dev/sda1", `/dev/${"x".repeat(300)} / ext4`]],
  ])("there are no %s in lines that are garbage, cut short or huge", (_what, parse, texts) => {
    for (const text of texts) expect(parse(text), text).toEqual([]);
  });

  test("nothing breaks on text that is something else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        for (const parse of [parseCpuTimes, parseLoads, parseMemory, parseInterfaces, parseDisks, parseMounts])
          parse(text);
      }),
    );
  });
});
