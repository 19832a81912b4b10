import { describe, expect, test } from "vitest";
import {
  HELD_BACK,
  nameAtIntake,
  type RoutingPolicy,
  SampleRoutes,
  THINNED,
} from "../../src/forward/series-at-intake.ts";
import type { UnsurePolicy } from "../../src/model/config.ts";
import { FLAG } from "../../src/model/samples.ts";
import { seconds } from "../../src/model/time.ts";
import { FakeCursor, LEADS } from "../support/fake-cursor.ts";
import { decodePayload } from "./fake-intake.ts";
import { Forwarding } from "./forwarding.ts";

/** A log of three samples that are sure, three that are not, and three that are, delivered by a policy. */
async function deliver(unsure?: UnsurePolicy, poison?: number): Promise<Forwarding> {
  const plant = new Forwarding({}, unsure === undefined ? {} : { routing: { unsure } });
  if (poison !== undefined) plant.intake.poison.add(poison);
  for (let row = 0; row < 9; row += 1) {
    plant.cursor.push(0, plant.clock.now() - 9_000 + row * 1000, row);
    if (row >= 3 && row < 6) plant.cursor.samples.flags[row] = FLAG.clockUntrusted;
  }
  plant.forwarder.start();
  await plant.clock.advance(seconds(60));
  return plant;
}

/** The values that arrived, with whether they had the tag. */
function arrived({ http }: Forwarding): readonly (readonly [value: number, isTagged: boolean])[] {
  return http.requests
    .flatMap(({ body }) => decodePayload(body))
    .map(({ key, value }) => [value, key.includes("clock:untrusted")] as const)
    .sort(([one], [other]) => one - other);
}

describe("samples that a clock has stamped which never was right", () => {
  const values = [0, 1, 2, 3, 4, 5, 6, 7, 8];

  test.each([undefined, "flag"] as const)("go with a tag that says so (%s)", async (policy) => {
    const plant = await deliver(policy);
    expect(arrived(plant)).toEqual(values.map((value) => [value, value >= 3 && value < 6]));
    expect(plant.cursor.counts).toMatchObject({ delivered: 9, heldBack: 0 });
  });

  test("are held back where that is asked for, and counted", async () => {
    const plant = await deliver("hold");
    expect(arrived(plant)).toEqual(values.filter((value) => value < 3 || value > 5).map((value) => [value, false]));
    expect(plant.cursor.counts).toMatchObject({ delivered: 6, heldBack: 3 });
    expect(plant.cursor.waiting).toBe(0);
  });

  test("go as all others do where that is asked for", async () => {
    const plant = await deliver("send");
    expect(arrived(plant)).toEqual(values.map((value) => [value, false]));
    expect(plant.cursor.counts).toMatchObject({ delivered: 9 });
  });

  test("leave a value that is sure beside them, where both are of one second", async () => {
    const plant = new Forwarding();
    plant.cursor.push(0, plant.clock.now() - 3000, 1);
    plant.cursor.push(0, plant.clock.now() - 3000, 2);
    plant.cursor.samples.flags[0] = FLAG.clockUntrusted;
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(arrived(plant)).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(plant.cursor.counts).toMatchObject({ delivered: 2, collapsed: 0 });
  });

  test("are set aside one by one where the intake refuses them", async () => {
    const plant = await deliver("flag", 4);
    expect(plant.cursor.setAside.map(({ series, value }) => [nameOf(plant, series).tags, value])).toEqual([
      [["check:fake", "clock:untrusted"], 4],
    ]);
    expect(plant.cursor.counts).toMatchObject({ delivered: 8, rejected: 1 });
  });

  test("keep their tag when they are sent once more", async () => {
    const plant = await deliver("flag", 4);
    plant.intake.poison.clear();
    plant.forwarder.retrySetAside(() => true);
    await plant.clock.advance(seconds(1));
    expect(
      arrived(plant)
        .filter(([value]) => value === 4)
        .at(-1),
    ).toEqual([4, true]);
    expect(plant.cursor.counts).toMatchObject({ delivered: 9, rejected: 0 });
  });
});

describe("where a sample goes", () => {
  const SUMMARY = 7;
  const { ordinary, anomalous, context, onset, suspect, clockUntrusted } = FLAG;

  function routesOf(policy: RoutingPolicy = {}) {
    const cursor = new FakeCursor();
    cursor.summaries.set(SUMMARY, 3);
    const routes = new SampleRoutes(cursor, policy);
    const seriesOf = nameAtIntake(cursor.seriesOf);
    return (id: number, flags: number): string | number => {
      const route = routes.of(id, flags);
      if (route < 0) return route;
      const { metric, tags } = seriesOf(route);
      return [metric, ...tags.filter((tag) => tag !== "check:fake")].join(" ");
    };
  }

  test.each([
    [3, 0, "metric.3"],
    [3, anomalous | suspect, "metric.3"],
    [3, context | onset, "metric.3"],
    [3, ordinary, THINNED],
    [3, ordinary | onset, THINNED],
    [3, ordinary | anomalous, "metric.3.full"],
    [3, ordinary | context, "metric.3.full"],
    [3, ordinary | context | clockUntrusted, "metric.3.full clock:untrusted"],
    [3, ordinary | clockUntrusted, THINNED],
    [SUMMARY, 0, "metric.3"],
    [SUMMARY, clockUntrusted, "metric.3 clock:untrusted"],
    [LEADS + 3, 0, THINNED],
    [LEADS + 3, clockUntrusted, THINNED],
  ])("of series %i with flags %i, to an intake that thins, is %s", (id, flags, there) => {
    const routeOf = routesOf();
    expect(routeOf(id, flags)).toBe(there);
    expect(routeOf(id, flags)).toBe(there);
  });

  test.each([
    [3, ordinary, "metric.3"],
    [3, ordinary | anomalous, "metric.3"],
    [3, ordinary | clockUntrusted, "metric.3 clock:untrusted"],
    [SUMMARY, 0, THINNED],
    [LEADS + 3, 0, THINNED],
  ])("of series %i with flags %i, to one that does not thin, is %s", (id, flags, there) => {
    expect(routesOf({ isThinning: false })(id, flags)).toBe(there);
  });

  test("is nowhere for a moment that is not sure, where those are held, and its series where they are sent", () => {
    expect(routesOf({ unsure: "hold" })(3, ordinary | anomalous | clockUntrusted)).toBe(HELD_BACK);
    expect(routesOf({ unsure: "send" })(3, ordinary | anomalous | clockUntrusted)).toBe("metric.3.full");
  });

  test("is told of thousands of series", () => {
    const routeOf = routesOf();
    for (const id of [5_000, 12, 70_000, 5_000]) expect(routeOf(id, 0)).toBe(`metric.${id}`);
  });
});

function nameOf({ cursor }: Forwarding, id: number) {
  return nameAtIntake(cursor.seriesOf)(id);
}
