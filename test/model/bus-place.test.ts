import { describe, expect, test } from "vitest";
import { busOf, describePlace, heldPortOf, shortenPortName } from "../../src/model/bus-place.ts";

describe("the name of a bus", () => {
  test.each([
    [{ serial: "/dev/ttyAMA0" }, "serial:///dev/ttyAMA0"],
    [{ serial: "usb:0403:6001:A50285BI" }, "serial://usb:0403:6001:A50285BI"],
    [{ host: "192.168.1.50", port: 4001 }, "tcp://192.168.1.50:4001"],
    [{ serial: "/dev/ttyAMA0", port: 502 }, "serial:///dev/ttyAMA0"],
  ])("says where %o is", (place, name) => {
    expect(busOf(place)).toBe(name);
  });

  test("is the same for a host however its letters are written, and not for a file", () => {
    expect(busOf({ host: "Hall-3.Plant", port: 502 })).toBe(busOf({ host: "hall-3.plant", port: 502 }));
    expect(busOf({ serial: "/dev/ttyama0" })).not.toBe(busOf({ serial: "/dev/ttyAMA0" }));
  });

  test("is the same for an adapter however its two numbers are written, and not for its serial number", () => {
    expect(busOf({ serial: "usb:10C4:EA60:b7F" })).toBe("serial://usb:10c4:ea60:b7F");
    expect(busOf({ serial: "usb:10c4:ea60:b7F" })).toBe("serial://usb:10c4:ea60:b7F");
  });

  test("tells apart what one host has at one number by different carriers", () => {
    const place = { host: "hall-3", port: 2947 };
    expect(new Set([busOf(place), busOf(place, "udp"), busOf(place, "gpsd")]).size).toBe(3);
  });
});

test("a port that is held is named by the key that says it", () => {
  expect(heldPortOf({ serial: "/dev/ttyAMA0" })).toEqual({
    ...{ bus: "serial:///dev/ttyAMA0", key: "serial", isShared: false },
  });
  expect(heldPortOf({ host: "a", port: 23 })).toEqual({ bus: "tcp://a:23", key: "host", isShared: false });
});

test("messages name a place as it was written", () => {
  expect(describePlace({ host: "Hall-3", port: 502 })).toBe("Hall-3:502");
  expect(describePlace({ serial: "/dev/serial0" })).toBe("/dev/serial0");
});

test.each([
  ["/dev/serial/by-id/usb-FTDI_A50285BI-if00-port0", "usb-FTDI_A50285BI-if00-port0"],
  ["/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0", "pci-0000:00:14.0-usb-0:2:1.0-port0"],
  ["/dev/ttyAMA0", "ttyAMA0"],
  ["usb:0403:6001", "usb:0403:6001"],
])("of the port %s what tells it from others is %s", (serial, short) => {
  expect(shortenPortName(serial)).toBe(short);
});
