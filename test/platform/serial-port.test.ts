import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { encodeRs485 } from "../../src/platform/rs485.ts";
import { listUsbPorts, resolveSerialName, type UsbPort } from "../../src/platform/serial-names.ts";
import { openSerialPort } from "../../src/platform/serial-port.ts";

const settings = { baud: 9600, parity: "none", stopBits: 1 } as const;
const deaf = { onData: () => undefined, onClose: () => undefined };

function adapter(device: string, own: Partial<UsbPort> = {}): UsbPort {
  return { device, vendor: "0403", product: "6001", serial: "", byPath: "", ...own };
}

describe("a serial port", () => {
  test("that is not there says so, and which names would stay", async () => {
    await expect(openSerialPort("/dev/ttyUSB9999", settings, deaf)).rejects.toMatchObject({
      code: "INPUT_UNREACHABLE",
      message: expect.stringMatching(/^\/dev\/ttyUSB9999 is not there: .*by-id/u),
    });
  });

  test("that is no port is refused", async () => {
    await expect(openSerialPort("/dev/null", settings, deaf)).rejects.toMatchObject({ code: "INPUT_UNREACHABLE" });
  });
});

test.each([
  ["high", 0, [0b011, 0, 0]],
  ["low", 5, [0b101, 5, 5]],
] as const)(
  "RS-485 with RTS %s and %i ms is told to the kernel as its header says",
  (rtsWhileSending, rtsDelayMs, head) => {
    const words = encodeRs485({ rtsWhileSending, rtsDelayMs });
    expect([...words]).toEqual([...head, 0, 0, 0, 0, 0]);
    expect(words.byteLength).toBe(32);
  },
);

describe("the name of a serial port", () => {
  const left = adapter("/dev/ttyUSB0", { serial: "A50285BI", byPath: "/dev/serial/by-path/left" });
  const right = adapter("/dev/ttyUSB1", { serial: "A9R5XV2", byPath: "/dev/serial/by-path/right" });

  test("that no adapter has is refused with those there are", () => {
    expect(() => resolveSerialName("usb:1a86:7523", [left])).toThrow(
      "usb:1a86:7523 is not plugged in. USB adapters with a serial port: usb:0403:6001:A50285BI (/dev/ttyUSB0, " +
        "/dev/serial/by-path/left).",
    );
    expect(() => resolveSerialName("usb:1a86:7523", [])).toThrow("serial port: none.");
  });

  test("that two adapters have is refused with both", () => {
    expect(() => resolveSerialName("usb:0403:6001", [left, right])).toThrow(
      /means 2 adapters: usb:0403:6001:A50285BI .*left\); usb:0403:6001:A9R5XV2 .*right\)\. Name one by its serial/u,
    );
  });

  test("is followed to the only adapter it means, in capitals or not", () => {
    expect(resolveSerialName("usb:0403:6001:A9R5XV2", [left, right])).toBe("/dev/ttyUSB1");
    expect(
      resolveSerialName("usb:1A86:7523", [left, adapter("/dev/ttyUSB2", { vendor: "1a86", product: "7523" })]),
    ).toBe("/dev/ttyUSB2");
  });

  test("that is a path is that path", () => {
    expect(resolveSerialName("/dev/serial/by-id/usb-FTDI", [left])).toBe("/dev/serial/by-id/usb-FTDI");
  });
});

test("the USB adapters of a machine are read from what its kernel shows", async () => {
  const root = mkdtempSync(join(tmpdir(), "tidegate-sys-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const usb = join(root, "sys/devices/platform/usb1/1-1");
  mkdirSync(join(usb, "1-1:1.0/ttyUSB0"), { recursive: true });
  writeFileSync(join(usb, "idVendor"), "0403\n");
  writeFileSync(join(usb, "idProduct"), "6001\n");
  writeFileSync(join(usb, "serial"), "A50285BI\n");
  mkdirSync(join(root, "sys/devices/platform/uart"), { recursive: true });
  for (const [name, device] of [
    ["ttyUSB0", join(usb, "1-1:1.0/ttyUSB0")],
    ["ttyAMA0", join(root, "sys/devices/platform/uart")],
  ] as const) {
    mkdirSync(join(root, "sys/class/tty", name), { recursive: true });
    symlinkSync(device, join(root, "sys/class/tty", name, "device"));
  }
  mkdirSync(join(root, "dev/serial/by-path"), { recursive: true });
  writeFileSync(join(root, "dev/ttyUSB0"), "");
  symlinkSync("../../ttyUSB0", join(root, "dev/serial/by-path/platform-usb-0:1"));
  expect(await listUsbPorts(root)).toEqual([
    adapter("/dev/ttyUSB0", { serial: "A50285BI", byPath: "/dev/serial/by-path/platform-usb-0:1" }),
  ]);
  expect(await listUsbPorts(join(root, "nowhere"))).toEqual([]);
});
