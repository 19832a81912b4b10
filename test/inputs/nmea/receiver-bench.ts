import * as v from "valibot";
import { createInput, createLinks } from "../../../src/inputs/nmea/input.ts";
import type { ReceiverLinks } from "../../../src/inputs/nmea/place.ts";
import { nmeaSettings } from "../../../src/inputs/nmea/spec.ts";
import type { InstanceConfig } from "../../../src/model/config.ts";
import type { Input, InputContext, PollOutcome } from "../../../src/model/input.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import type { ByteStream } from "../../../src/platform/byte-stream.ts";
import { FakeHost } from "../../support/fake-byte-stream.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { valuesOf } from "../../support/polled-values.ts";

/** An instance of `nmea`, by what its file says. */
export function receiverInstance(
  settings: Readonly<Record<string, unknown>> = {},
  more: Partial<InstanceConfig> = {},
): InstanceConfig {
  return {
    ...{
      check: "nmea",
      name: "truck",
      file: "conf.d/nmea.yaml",
      line: 1,
      tags: [],
      namespace: "",
      interval: seconds(15),
    },
    settings: v.parse(nmeaSettings, { host: "truck.local", ...settings }),
    ...more,
  };
}

/** An input and the receiver it listens to. */
export class ReceiverBench {
  readonly clock = new FakeClock();
  readonly host = new FakeHost();
  readonly input: Input;
  /** What the receiver does when somebody connects; leaving it out means that it is silent. */
  onConnect: (() => void) | undefined;
  readonly #signal = new AbortController().signal;

  constructor(
    settings: Readonly<Record<string, unknown>> = {},
    context: Partial<InputContext<ReceiverLinks>> = {},
    more: Partial<InstanceConfig> = {},
  ) {
    const links = createLinks(this.clock, {
      openTcp: async (...call) => this.#welcome(await this.host.open(...call)),
      openSerial: async (...call) => this.#welcome(await this.host.openSerial(...call)),
    });
    this.input = createInput(receiverInstance(settings, more), { clock: this.clock, links, ...context });
  }

  /** Connects, unless it is connected. */
  async connect(): Promise<void> {
    await this.clock.until(this.input.open(this.#signal));
  }

  /** The receiver sends text over the connection that was made last. */
  send(text: string | Uint8Array): void {
    this.host.peers.at(-1)?.send(typeof text === "string" ? Buffer.from(text, "latin1") : text);
  }

  /** The receiver sends, and a second passes. */
  async tell(text: string | Uint8Array, passing = 1000): Promise<void> {
    this.send(text);
    await this.clock.advance(millis(passing));
  }

  #welcome(stream: ByteStream): ByteStream {
    const { onConnect } = this;
    if (onConnect !== undefined) this.clock.after("the receiver talks", millis(10), onConnect);
    return stream;
  }

  async poll(): Promise<PollOutcome> {
    return await this.clock.until(this.input.poll(this.#signal));
  }

  /** What a poll brings, each point with all its values. */
  async readings(): Promise<Readonly<Record<string, readonly number[]>>> {
    return valuesOf(this.input, await this.poll());
  }
}
