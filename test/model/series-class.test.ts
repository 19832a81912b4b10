import { expect, test } from "vitest";
import { seriesClassOf } from "../../src/model/series-class.ts";

const classOf = (metric: string, unit = "", point = "p"): string =>
  seriesClassOf({ metric, tags: ["check:modbus", `point:${point}`], kind: "gauge", unit });

test("words of a metric or point tell an alarm, but not those within other words", () => {
  expect(classOf("machine.state", "", "fault-code")).toBe("alarms");
  expect(classOf("plant.alarm.door")).toBe("alarms");
  expect(classOf("default.mode")).toBe("states");
  expect(classOf("temperature", "degC", "alarm-limit")).toBe("analog");
});

test("states are told by their course, or by words where there is no unit", () => {
  expect(classOf("machine.running")).toBe("states");
  expect(classOf("press.machine.state")).toBe("states");
  expect(classOf("valve", "", "switch-2")).toBe("states");
  expect(classOf("voltage", "V", "switch-2")).toBe("analog");
});

test("totals, and what they grew by, are energy", () => {
  expect(classOf("energy.active.import", "Wh")).toBe("energy");
  expect(classOf("hall.energy.active.import.delta", "Wh")).toBe("energy");
  expect(classOf("machine.cycles", "", "error-count")).toBe("energy");
});

test("everything else is analog", () => {
  expect(classOf("power.factor")).toBe("analog");
  expect(classOf("something.of.a.vendor")).toBe("analog");
});
