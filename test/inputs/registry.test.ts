import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { modbusSettings } from "../../src/inputs/modbus/spec.ts";
import { inputs } from "../../src/inputs/registry.ts";

describe("the registry", () => {
  test("lists each input once, and loads the code of each", async () => {
    expect(inputs.map(({ name }) => name)).toEqual(["modbus", "nmea", "mqtt", "linux", "custom", "serial", "gpio"]);
    for (const { load } of inputs) {
      const { createLinks, createInput } = await load();
      expect([typeof createLinks, typeof createInput]).toEqual(["function", "function"]);
    }
  });

  test.each([
    [{ host: "192.168.1.20" }, "192.168.1.20-1"],
    [{ host: "192.168.1.20", port: 1502, unit: 3 }, "192.168.1.20-1502-3"],
    [{ host: "Press_1" }, "press_1-1"],
    [{ host: "fe80::1" }, "fe80__1-1"],
    [{ serial: "/dev/serial/by-id/usb-FTDI_A50285BI-if00-port0", unit: 2 }, "usb-ftdi_a50285bi-if00-port0-2"],
    [{ serial: "/dev/ttyAMA0" }, "ttyama0-1"],
    [{ serial: "usb:0403:6001", unit: 4 }, "usb_0403_6001-4"],
  ])("names an instance by where it is: %o", (given, name) => {
    const settings = v.parse(modbusSettings, given);
    expect(inputs[0]?.defaultName(settings)).toBe(name);
  });
});

describe("a port that an instance keeps open", () => {
  const busesAt = (keys: object): readonly (string | undefined)[] =>
    inputs
      .filter(({ name }) => ["modbus", "nmea", "serial"].includes(name))
      .map(({ settings, portOf }) => portOf?.(v.parse(settings, keys))?.bus);

  test.each([[{ serial: "/dev/ttyAMA0" }], [{ serial: "usb:0403:6001" }], [{ host: "Hall-3", port: 4001 }]])(
    "is called alike by every input: %o",
    (keys) => {
      const buses = busesAt(keys);
      expect(buses).toHaveLength(3);
      expect(new Set(buses).size).toBe(1);
      expect(buses[0]).toBeDefined();
    },
  );

  test("is none for who asks a gpsd, and another one by datagrams", () => {
    const [modbus, nmea] = inputs;
    expect(nmea?.portOf?.(v.parse(nmea.settings, { gpsd: "localhost" }))).toBeUndefined();
    const portBy = (framing: string) => modbus?.portOf?.(v.parse(modbusSettings, { host: "a", framing }));
    expect(portBy("udp")).toEqual({ bus: "udp://a:502", key: "host", isShared: true });
    expect(portBy("rtu")).toEqual({ bus: "tcp://a:502", key: "host", isShared: true });
  });
});

describe("what is worth a second look", () => {
  test.each([
    [
      { serial: "/dev/ttyAMA0", baud: 9660 },
      "baud: 9660 is a rate that few devices have; 9600 is the nearest usual one.",
    ],
    [{ host: "a", framing: "rtu", baud: 100_000 }, "115200 is the nearest usual one."],
    [
      { serial: "/dev/ttyUSB0", baud: 19_220 },
      "usb:VENDOR:PRODUCT. baud: 19220 is a rate that few devices have; 19200",
    ],
  ])("is told of %o", (given, notice) => {
    expect(inputs[0]?.noticeOf?.(v.parse(modbusSettings, given))).toContain(notice);
  });

  test.each(["modbus", "nmea", "serial"])("is told alike by the input %s", (name) => {
    const entry = inputs.find((each) => each.name === name);
    const noticeOf = (keys: object) => entry?.noticeOf?.(v.parse(entry.settings, keys));
    expect(noticeOf({ serial: "/dev/ttyACM0", baud: 4820 })).toBe(
      "/dev/ttyACM0 may be another adapter after the next plugging in or start: name it by its link under " +
        "/dev/serial/by-id, or as usb:VENDOR:PRODUCT. baud: 4820 is a rate that few devices have; 4800 is the nearest " +
        "usual one.",
    );
    expect(noticeOf({ serial: "/dev/serial0", baud: 4800 })).toBeUndefined();
  });

  test.each([[{ serial: "/dev/ttyAMA0" }], [{ serial: "usb:0403:6001", baud: 250_000 }], [{ host: "a", baud: 9660 }]])(
    "is not told of %o",
    (given) => {
      expect(inputs[0]?.noticeOf?.(v.parse(modbusSettings, given))).toBeUndefined();
    },
  );
});

describe("the settings of modbus", () => {
  test.each([
    [{}],
    [{ host: "" }],
    [{ host: "tcp://10.0.0.5" }],
    [{ host: "a b" }],
    [{ host: "10.0.0.5:502" }],
    [{ host: "[fe80::1]" }],
    [{ host: "a", port: 0 }],
    [{ host: "a", port: 65_536 }],
    [{ host: "a", port: 1.5 }],
    [{ host: "a", port: "502" }],
    [{ host: "a", unit: -1 }],
    [{ host: "a", unit: 256 }],
    [{ host: "a", timeout: 0 }],
    [{ host: "a", timeout: 61 }],
    [{ host: "a", framing: "mbus" }],
    [{ host: "a", framing: "rtu", unit: 0 }],
    [{ host: "a", framing: "rtu", max_in_flight: 2 }],
    [{ serial: "/dev/ttyAMA0", max_in_flight: 2 }],
    [{ host: "a", rs485: "rts_high" }],
    [{ serial: "/dev/ttyAMA0", rs485: "yes" }],
    [{ serial: "/dev/ttyAMA0", rs485: "rts_low", rts_delay: 0.5 }],
    [{ host: "a", max_in_flight: 0 }],
    [{ host: "a", max_in_flight: 17 }],
    [{ host: "a", connect_delay: -1 }],
    [{ host: "a", serial: "/dev/ttyAMA0" }],
    [{ serial: "ttyUSB0" }],
    [{ serial: "usb:403:6001" }],
    [{ serial: "usb:0403" }],
    [{ serial: "/dev/ttyAMA0", unit: 0 }],
    [{ serial: "/dev/ttyAMA0", baud: -1 }],
    [{ serial: "/dev/ttyAMA0", baud: 9600.5 }],
    [{ serial: "/dev/ttyAMA0", baud: 1e9 }],
    [{ serial: "/dev/ttyAMA0", parity: "mark" }],
    [{ serial: "/dev/ttyAMA0", stop_bits: 1.5 }],
    [{ serial: "/dev/ttyAMA0", stop_bits: 3 }],
  ])("refuse what no device can have: %o", (given) => {
    expect(v.safeParse(modbusSettings, given).success).toBe(false);
  });

  const defaults = {
    ...{ port: 502, framing: "tcp", baud: 9600, parity: "none", stop_bits: 1, data_bits: 8, unit: 1, timeout: 1 },
    ...{ rs485: "adapter", rts_delay: 0, max_in_flight: 1, connect_delay: 0, keep_connection: true },
  };

  test.each([{ host: "10.0.0.5" }, { serial: "/dev/ttyAMA0" }])("need no more than %o", (given) => {
    expect(v.parse(modbusSettings, given)).toEqual({ ...given, ...defaults });
  });

  test("can be merged with the keys that every instance has, and still refuse a key that nobody knows", () => {
    const merged = v.strictObject({ ...modbusSettings.entries, name: v.optional(v.string()) });
    expect(v.parse(merged, { host: "a", name: "b" })).toEqual({ host: "a", name: "b", ...defaults });
    expect(v.safeParse(merged, { host: "a", hots: "b" }).success).toBe(false);
  });

  test("say of each key what it is", () => {
    for (const [key, entry] of Object.entries(modbusSettings.entries)) {
      expect(v.getDescription(entry), key).toMatch(/^[A-Z].*\.$/);
    }
  });
});
