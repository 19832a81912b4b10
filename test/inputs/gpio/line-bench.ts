import * as v from "valibot";
import { createInput, createLinks } from "../../../src/inputs/gpio/input.ts";
import { gpioSettings } from "../../../src/inputs/gpio/spec.ts";
import type { InstanceConfig } from "../../../src/model/config.ts";
import type { Input, InputContext, PollOutcome } from "../../../src/model/input.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { createGpioOpener } from "../../../src/platform/open-gpio-line.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeChip, FakeGpioKernel, type FakeLineDescriptor, headerChip } from "../../support/fake-gpio-kernel.ts";
import { valuesOf } from "../../support/polled-values.ts";

/** An instance of `gpio`, by what its file says. */
export function lineInstance(settings: Readonly<Record<string, unknown>> = {}): InstanceConfig {
  return {
    ...{ check: "gpio", name: "meter", file: "conf.d/gpio.yaml", line: 1, tags: [], namespace: "" },
    interval: seconds(10),
    settings: v.parse(gpioSettings, { pin: 11, ...settings }),
  };
}

/** An input and the line it reads. */
export class LineBench {
  readonly clock: FakeClock;
  readonly kernel: FakeGpioKernel;
  readonly input: Input;
  readonly links: ReturnType<typeof createLinks>;
  readonly #signal = new AbortController().signal;

  constructor(
    settings: Readonly<Record<string, unknown>> = {},
    context: Partial<InputContext> = {},
    { clock = new FakeClock(), chips = [headerChip()] }: { clock?: FakeClock; chips?: readonly FakeChip[] } = {},
  ) {
    this.clock = clock;
    this.kernel = new FakeGpioKernel(clock, chips);
    const open = createGpioOpener(undefined, { findKernel: async () => this.kernel, listSysfs: () => [] });
    this.links = createLinks(clock, open);
    this.input = createInput(lineInstance(settings), { clock, ...context, links: this.links });
  }

  /** The line that the input has open. */
  get line(): FakeLineDescriptor {
    return this.kernel.line;
  }

  async open(): Promise<void> {
    await this.clock.until(this.input.open(this.#signal));
  }

  async poll(): Promise<PollOutcome> {
    return await this.clock.until(this.input.poll(this.#signal));
  }

  /** Gives so many pulses of a millisecond, evenly. Units: `rate` in hertz. */
  async pulses(count: number, rate: number): Promise<void> {
    for (let pulse = 0; pulse < count; pulse += 1) {
      this.line.set(1);
      await this.clock.advance(millis(500 / rate));
      this.line.set(0);
      await this.clock.advance(millis(500 / rate));
    }
  }

  /** The values of a poll, each point with all of its own. */
  async values(): Promise<Readonly<Record<string, readonly number[]>>> {
    return valuesOf(this.input, await this.poll());
  }
}
