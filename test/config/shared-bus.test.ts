import { describe, expect, test } from "vitest";
import { linkKeyOf, placeOf } from "../../src/inputs/modbus/place.ts";
import { sharedSettingsOf } from "../../src/inputs/modbus/shared-settings.ts";
import type { ModbusSettings } from "../../src/inputs/modbus/spec.ts";
import { loadFiles, PLAIN_MAIN } from "./config-folder.ts";

function load(...instances: readonly string[]) {
  const lines = instances.map((keys, index) => `  - { ${keys}, name: m${index}, profile: eastron/sdm630 }\n`);
  return loadFiles({ "tidegate.yaml": PLAIN_MAIN, "conf.d/modbus.yaml": `instances:\n${lines.join("")}` });
}

const complaintsOf = (...instances: readonly string[]): readonly string[] =>
  load(...instances).problems.map(({ path, found, expected, line }) => `${line} ${path}: ${found}, not ${expected}`);

describe("instances on one bus", () => {
  test.each([
    ["serial: /dev/ttyAMA0, baud: 19200", "serial: /dev/ttyAMA0, unit: 2", "baud: 9600, not 19200"],
    ["serial: usb:0403:6001", "serial: usb:0403:6001, unit: 2, parity: even", "parity: even, not none"],
    ["serial: usb:0403:6001", "serial: usb:0403:6001, unit: 2, framing: ascii", "framing: ascii, not rtu"],
    ["serial: /dev/ttyAMA0", "serial: /dev/ttyAMA0, rs485: rts_high", "rs485: rts_high, not adapter"],
    ["host: h, framing: rtu", "host: H, unit: 2", "framing: tcp, not rtu"],
    ["host: h, framing: rtu", "host: h, unit: 2, framing: rtu, stop_bits: 2", "stop_bits: 2, not 1"],
  ])("that contradict each other are told apart: %s and %s", (first, second, complaint) => {
    const [told, ...more] = complaintsOf(first, second);
    expect(told).toContain(`3 instances.1.${complaint}, as the instance at `);
    expect(told).toContain("conf.d/modbus.yaml:2 on ");
    expect(more).toEqual([]);
  });

  test.each([
    ["serial: /dev/ttyAMA0, baud: 19200", "serial: /dev/ttyAMA1"],
    ["serial: /dev/ttyAMA0, framing: rtu", "serial: /dev/ttyAMA0, unit: 2, timeout: 2"],
    ["host: h", "host: h, unit: 2, baud: 19200"],
    ["host: h", "host: h, framing: udp"],
    ["host: h", "host: h, port: 503, framing: rtu"],
  ])("may differ in what is not of the bus: %s and %s", (first, second) => {
    expect(complaintsOf(first, second)).toEqual([]);
  });

  test("share a link wherever nothing is told of them, and no link where something is", () => {
    const { config } = load(
      ...["serial: /dev/ttyAMA0, baud: 19200", "serial: /dev/ttyAMA1, rs485: rts_low, rts_delay: 2"],
      ...["host: h", "host: g, framing: rtu", "host: g, framing: rtu, unit: 2", "host: h, framing: udp"],
    );
    const all = (config?.checks[0]?.instances ?? []).map(({ settings }) => settings as ModbusSettings);
    expect(all).toHaveLength(6);
    const linkOf = (settings: ModbusSettings): string => linkKeyOf(placeOf(settings));
    const sharedOf = (settings: ModbusSettings): string => {
      const { bus, values } = sharedSettingsOf(settings);
      return JSON.stringify([bus, values]);
    };
    for (const one of all) {
      for (const other of all) expect(sharedOf(one) === sharedOf(other)).toBe(linkOf(one) === linkOf(other));
    }
  });
});
