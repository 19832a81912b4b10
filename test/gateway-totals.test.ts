import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../src/inputs/gpio/input.ts";
import { pointsOf } from "../src/inputs/gpio/points.ts";
import { type GpioSettings, gpioSettings } from "../src/inputs/gpio/spec.ts";
import type { GatewayConfig } from "../src/model/config.ts";
import type { InputEntry, InputModule } from "../src/model/input.ts";
import { millis, seconds } from "../src/model/time.ts";
import { createGpioOpener } from "../src/platform/open-gpio-line.ts";
import { lineInstance } from "./inputs/gpio/line-bench.ts";
import { ACCEPTED, CONFIG, startGateway } from "./running-gateway.ts";
import type { FakeClock } from "./support/fake-clock.ts";
import { FakeDisk } from "./support/fake-database.ts";
import { FakeGpioKernel, headerChip } from "./support/fake-gpio-kernel.ts";
import { FakeMemory } from "./support/fake-memory.ts";
import { sentSeries } from "./support/sent-series.ts";

const SETTINGS = { measure: ["pulses"], metric: "volume", unit: "l", pulses_per_unit: 10, start_at: 100 };

/** A gateway with one water meter, whose history is kept for an hour. */
class MeteredGateway {
  readonly disk: FakeDisk;
  readonly memory: FakeMemory;
  kernel: FakeGpioKernel | undefined;

  constructor(disk = new FakeDisk(), memory = new FakeMemory()) {
    this.disk = disk;
    this.memory = memory;
  }

  async start(laterBy = seconds(0)) {
    const instance = { ...lineInstance(SETTINGS), interval: seconds(1) };
    const config: GatewayConfig = {
      ...{ ...CONFIG, store: { ...CONFIG.store, history: seconds(3600) } },
      checks: [{ name: "gpio", input: "gpio", instances: [instance] }],
    };
    const module: InputModule<ReturnType<typeof createLinks>> = {
      createLinks: (clock) => {
        this.kernel = new FakeGpioKernel(clock as FakeClock, [headerChip()]);
        const kernel = this.kernel;
        return createLinks(clock, createGpioOpener("character-device", { findKernel: async () => kernel }));
      },
      createInput,
    };
    const entry: InputEntry = {
      ...{ name: "gpio", usesProfile: false, settings: gpioSettings, defaultName: () => "meter" },
      pointsOf: (settings) => pointsOf(settings as GpioSettings),
      load: () => Promise.resolve(module as InputModule),
    };
    const changes = { config, inputs: [entry], memory: this.memory };
    const prepare = (clock: FakeClock): void => clock.jumpWall(laterBy);
    return await startGateway(ACCEPTED, 0, undefined, changes, prepare, this.disk);
  }

  async pulse(clock: FakeClock, count: number): Promise<void> {
    for (let pulse = 0; pulse < count; pulse += 1) this.kernel?.line.pulse();
    await clock.advance(millis(2000));
  }
}

/** The totals that the intake got, in order. */
function totals({ http }: { readonly http: { readonly requests: Parameters<typeof sentSeries>[0] } }): number[] {
  return sentSeries(http.requests)["volume"] ?? [];
}

describe("a total of pulses in the gateway", () => {
  test("never falls below what was sent when the power is cut, and loses only what was not yet read", async () => {
    const first = new MeteredGateway();
    const before = await first.start();
    await before.clock.advance(seconds(1));
    await first.pulse(before.clock, 57);
    await before.clock.advance(seconds(10));
    const sent = totals(before);
    expect(sent.at(-1)).toBe(0.1057);
    // These come after the last reading, and the lights go out.
    for (let pulse = 0; pulse < 5; pulse += 1) first.kernel?.line.pulse();
    first.disk.crash();
    const second = new MeteredGateway(first.disk, first.memory);
    const after = await second.start(seconds(600));
    await after.clock.advance(seconds(2));
    await second.pulse(after.clock, 3);
    await after.clock.until(after.gateway.stop());
    const later = totals(after);
    expect(Math.min(...later)).toBeGreaterThanOrEqual(0.1057);
    expect(later.at(-1)).toBe(0.106);
    await after.log.close();
  });

  test("goes on from the log where the memory was lost, and from the memory where the log was", async () => {
    const first = new MeteredGateway();
    const before = await first.start();
    await before.clock.advance(seconds(1));
    await first.pulse(before.clock, 40);
    await before.clock.until(before.gateway.stop());
    await before.log.close();
    for (const next of [new MeteredGateway(first.disk), new MeteredGateway(undefined, first.memory)]) {
      const after = await next.start(seconds(600));
      await after.clock.advance(seconds(3));
      await after.clock.until(after.gateway.stop());
      expect(new Set(totals(after))).toEqual(new Set([0.104]));
      await after.log.close();
    }
  });
});
