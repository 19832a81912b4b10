import * as v from "valibot";
import { expect, test } from "vitest";
import type { CheckConfig } from "../../src/model/config.ts";
import type { InputContext, InputEntry, TimeReading } from "../../src/model/input.ts";
import { epochMillis, seconds } from "../../src/model/time.ts";
import { InputLoader } from "../../src/sampling/input-loader.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeInput } from "../support/fake-input.ts";

test("an input is handed what it may know from before, and who takes what it says of the time", async () => {
  const clock = new FakeClock();
  let given: InputContext | undefined;
  const entry: InputEntry = {
    name: "fake",
    usesProfile: false,
    settings: v.object({}),
    defaultName: () => "fake",
    load: async () => ({
      createLinks: () => "links",
      createInput: (_instance, context) => {
        given = context;
        return new FakeInput([], [], clock);
      },
    }),
  };
  const instance = {
    ...{ check: "fake", name: "a", file: "conf.d/fake.yaml", line: 1, tags: [], namespace: "", settings: {} },
    interval: seconds(15),
  };
  const check: CheckConfig = { name: "fake", input: "fake", instances: [instance] };
  const memory = { read: () => undefined, write: () => undefined };
  const told: TimeReading[] = [];
  const loader = new InputLoader([entry], clock, { memory, offerTime: (reading) => told.push(reading) });
  await loader.create(check, instance);
  const reading = { at: epochMillis(1), monotonic: clock.monotonic(), source: "a" };
  given?.offerTime?.(reading);
  expect(given).toMatchObject({ clock, links: "links", memory, isSingle: false });
  expect(told).toEqual([reading]);

  await new InputLoader([entry], clock).create(check, instance, true);
  expect(given).toEqual({ clock, links: "links", isSingle: true });
});
