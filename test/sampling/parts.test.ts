import * as v from "valibot";
import { describe, expect, test } from "vitest";
import type { CheckConfig, InstanceConfig } from "../../src/model/config.ts";
import type { InputEntry } from "../../src/model/input.ts";
import { InputLoader } from "../../src/sampling/input-loader.ts";
import { splitByInterval } from "../../src/sampling/parts.ts";
import { loadFiles } from "../config/config-folder.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeInput, voltagePoint } from "../support/fake-input.ts";

function checkWith(points: string): CheckConfig {
  const text = `instances: [{ host: h, profile: xy/md02, name: probe, points: { ${points} } }]\n`;
  const [check] = loadFiles({ "conf.d/modbus.yaml": text }).config?.checks ?? [];
  if (check === undefined) throw new Error("the check is sound");
  return check;
}

const partsOf = (points: string): unknown =>
  checkWith(points)
    .instances.flatMap(splitByInterval)
    .map(({ interval, profile }) => [interval, profile?.points.map(({ name }) => name)]);

describe("the parts of an instance", () => {
  test("are one where no point has another interval than the instance", () => {
    expect(partsOf("")).toEqual([[15_000, ["temperature", "humidity"]]]);
    expect(partsOf("humidity: { min_collection_interval: 15 }")).toEqual([[15_000, ["temperature", "humidity"]]]);
  });

  test("are one for each interval, the shortest first, each point in one of them", () => {
    expect(partsOf("humidity: { min_collection_interval: 1 }")).toEqual([
      [1000, ["humidity"]],
      [15_000, ["temperature"]],
    ]);
  });

  test("leave nothing for the instance's own interval where every point has another", () => {
    const each = ["temperature", "humidity"].map((name) => `${name}: { min_collection_interval: 2 }`);
    expect(partsOf(each.join(", "))).toEqual([[2000, ["temperature", "humidity"]]]);
  });

  test("are all polled by one look at the check, which shows one instance", async () => {
    const clock = new FakeClock();
    const input: InputEntry = {
      name: "modbus",
      usesProfile: true,
      settings: v.object({}),
      defaultName: () => "probe",
      load: () =>
        Promise.resolve({
          createLinks: () => undefined,
          createInput: ({ profile }: InstanceConfig) =>
            new FakeInput(
              (profile?.points ?? []).map(({ name }) => voltagePoint(name)),
              [{ values: [[0, 1]] }],
              clock,
            ),
        }),
    };
    const runs = await new InputLoader([input], clock).checkOnce(checkWith("humidity: { min_collection_interval: 1 }"));
    expect(runs).toMatchObject([{ instance: "probe", interval_s: 1, service_check: { status: 0 } }]);
    expect(runs[0]?.values.map(({ tags }) => tags.find((tag) => tag.startsWith("point:")))).toEqual([
      "point:humidity",
      "point:temperature",
    ]);
  });
});
