import { describe, expect, test } from "vitest";
import { createSpeller, toLabelName } from "../../../../src/forward/intakes/prometheus/naming.ts";
import { type Series, toSortedTags } from "../../../../src/model/series.ts";
import { IDENTITY } from "../../forwarding.ts";

function series(metric: string, unit: string, ...tags: string[]): Series {
  return { metric, tags: toSortedTags(tags), kind: "gauge", unit };
}

function labelsOf(tags: readonly string[], hostTags: readonly string[] = []): Record<string, string> {
  const spell = createSpeller({ hostname: "pi-1", tags: hostTags }, () => expect.unreachable());
  const { __name__: _, ...labels } = Object.fromEntries(spell(series("level", "%", ...tags)).labels);
  return labels;
}

describe("a series in Prometheus' words", () => {
  test.each([
    ["power.active", "W", "power_active_watts", "gauge"],
    ["hall-2.energy.active.import", "Wh", "hall_2_energy_active_import_watt_hours_total", "counter"],
    ["energy.active.total", "Wh", "energy_active_watt_hours_total", "counter"],
    ["machine.running", "", "machine_running", "gauge"],
    ["2nd.flow", "m3/h", "_2nd_flow_cubic_meters_per_hour", "gauge"],
  ])("calls %s in %j %s, a %s", (metric, unit, name, type) => {
    const spelled = createSpeller(IDENTITY, () => expect.unreachable())(series(metric, unit));
    expect(Object.fromEntries(spelled.labels)["__name__"]).toBe(name);
    expect(spelled.type).toBe(type);
  });

  test("has tags as labels, sorted, with values letter for letter and the host beside them", () => {
    const spell = createSpeller(IDENTITY, () => expect.unreachable());
    expect(spell(series("level", "%", "Zone:1", "check:modbus", 'instance:Press "1":a/b', "größe:ü")).labels).toEqual([
      ["Zone", "1"],
      ["__name__", "level_percent"],
      ["check", "modbus"],
      ["gr__e", "ü"],
      ["host", "pi-1"],
      ["instance", 'Press "1":a/b'],
      ["site", "north"],
    ]);
  });

  test("joins the values of a key, and gives a tag without value one", () => {
    expect(labelsOf(["team:b", "team:a", "spare"])).toEqual({ host: "pi-1", team: "a,b", spare: "true" });
    expect(labelsOf(["my-key:2", "my.key:1"])).toEqual({ host: "pi-1", my_key: "2,1" });
  });

  test("lets a tag of the series count before a host tag of its key", () => {
    expect(labelsOf(["site:south"], ["site:north", "env:prod"])).toEqual({ host: "pi-1", site: "south", env: "prod" });
  });

  test.each([
    ["phase", "phase"],
    ["my-key.x", "my_key_x"],
    ["9lives", "t_9lives"],
    ["éé", "t___"],
    ["", "t_"],
  ])("has for the key %j the label %s", (key, name) => {
    expect(toLabelName(key)).toBe(name);
  });
});

describe("two series that become one", () => {
  test("are told once, with the names of both, and the later one must not go", () => {
    const told: string[] = [];
    const spell = createSpeller(IDENTITY, (conflict) => told.push(conflict));
    const first = series("hall.power.active", "W", "check:modbus");
    const second = series("hall_power.active", "W", "check:modbus");
    expect(spell(first).conflict).toBeUndefined();
    for (let times = 0; times < 2; times += 1) {
      expect(spell(second).conflict).toBe(
        "hall_power.active {check:modbus} and hall.power.active {check:modbus} are both hall_power_active_watts with " +
          "the same labels; rename one",
      );
    }
    expect(told).toHaveLength(1);
    expect(spell(first).conflict).toBeUndefined();
  });
});
