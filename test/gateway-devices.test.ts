/** What inputs tell of devices beside readings, and what a person tells of them. */

import * as v from "valibot";
import { expect, test } from "vitest";
import type { InputModule } from "../src/model/input.ts";
import { seconds } from "../src/model/time.ts";
import { CONFIG, startGateway } from "./running-gateway.ts";
import { FakeInput, voltagePoint } from "./support/fake-input.ts";

const event = { title: "Meter replaced?", text: "1 before, 2 now", aggregationKey: "tidegate.device:one" };

function startWithDevice() {
  const accepted: string[] = [];
  const module: InputModule = {
    createLinks: () => undefined,
    createInput: (_, context) => {
      const script = [{}, { events: [event] }, {}];
      const accept = (): string => {
        accepted.push("one");
        return "serial number 2";
      };
      const input = new FakeInput([voltagePoint("l1")], script, context.clock);
      return Object.assign(input, { accept, describeDevice: () => "serial number 1" });
    },
  };
  const entry = { name: "fake", usesProfile: false, settings: v.object({}), defaultName: () => "fake" };
  const inputs = [{ ...entry, load: () => Promise.resolve(module) }];
  return { accepted, started: startGateway(undefined, undefined, undefined, { inputs }) };
}

test("an event of a device is queued once for the intakes, with the instance it belongs to", async () => {
  const { clock, gateway, log } = await startWithDevice().started;
  const reader = await log.events.reader("test");
  await clock.advance(seconds(5));
  await log.sync();
  expect(reader.read(10).map((queued) => queued.event)).toMatchObject([
    { ...event, alertType: "warning", priority: "normal", source: "fake", tags: ["instance:one"] },
  ]);
  expect(gateway.status().instances[0]?.device).toBe("serial number 1");
  await clock.until(gateway.stop());
});

test("a device is accepted by the names of check and instance, and no other", async () => {
  const { accepted, started } = startWithDevice();
  const { clock, gateway } = await started;
  expect(CONFIG.checks[0]?.name).toBe("fake");
  expect(() => gateway.accept("knx")).toThrow(/the gateway polls no knx/u);
  expect(() => gateway.accept("fake", "two")).toThrow(/the gateway polls no fake:two/u);
  expect(accepted).toEqual([]);
  expect(gateway.accept("fake")).toEqual([{ instance: "fake:one", device: "serial number 2" }]);
  expect(gateway.accept("fake", "one")).toHaveLength(1);
  expect(accepted).toEqual(["one", "one"]);
  await clock.until(gateway.stop());
});
