import { describe, expect, test } from "vitest";
import type { UnsurePolicy } from "../../src/model/config.ts";
import { FLAG } from "../../src/model/samples.ts";
import { seconds } from "../../src/model/time.ts";
import { decodePayload } from "./fake-intake.ts";
import { Forwarding } from "./forwarding.ts";

/** A log of three samples that are sure, three that are not, and three that are, delivered by a policy. */
async function deliver(unsure?: UnsurePolicy, poison?: number): Promise<Forwarding> {
  const plant = new Forwarding({}, unsure === undefined ? {} : { unsure });
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
    expect(plant.cursor.setAside.map(({ series, value }) => [series, value])).toEqual([[0, 4]]);
    expect(plant.cursor.counts).toMatchObject({ delivered: 8, rejected: 1 });
  });
});
