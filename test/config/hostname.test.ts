import { expect, test } from "vitest";
import { deriveHostname, isIdentity } from "../../src/config/hostname.ts";

const MODEL = "/proc/device-tree/model";
const SERIAL = "/sys/firmware/devicetree/base/serial-number";
const MACHINE_ID = "/etc/machine-id";

function derive(files: Readonly<Record<string, string>>): string | undefined {
  return deriveHostname((path) => (files[path] === undefined ? { failure: "no such file" } : { text: files[path] }));
}

test("a machine that knows neither serial nor id has no name", () => {
  expect(derive({})).toBeUndefined();
  expect(derive({ [MODEL]: "Raspberry Pi 5 Model B Rev 1.0\0" })).toBeUndefined();
  expect(derive({ [MACHINE_ID]: "\n" })).toBeUndefined();
});

test("a board is named by its model and the end of its serial number", () => {
  const files = { [MODEL]: "Raspberry Pi Zero 2 W Rev 1.0\0", [SERIAL]: "00000000DEADBEEF\0", [MACHINE_ID]: "f00\n" };
  expect(derive(files)).toBe("raspberry-pi-zero-2-w-deadbeef");
});

test("any other machine is named by the end of its id", () => {
  expect(derive({ [MACHINE_ID]: "0a1b2c3d4e5f60718293a4b5c6d7e8f9\n" })).toBe("gateway-c6d7e8f9");
});

test.each(["raspberrypi", "RaspberryPi", "raspberrypi.local", "localhost", "localhost.localdomain"])(
  "%s identifies nobody",
  (name) => {
    expect(isIdentity(name)).toBe(false);
  },
);

test("a name that only begins alike is one", () => {
  expect(isIdentity("raspberrypi-3")).toBe(true);
});
