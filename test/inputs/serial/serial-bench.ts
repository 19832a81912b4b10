import * as v from "valibot";
import { describeInline } from "../../../src/config/inline-profile.ts";
import { inlineEntries } from "../../../src/config/serial-fields.ts";
import { createInput, createLinks } from "../../../src/inputs/serial/input.ts";
import type { SerialLines } from "../../../src/inputs/serial/serial-lines.ts";
import { serialSettings } from "../../../src/inputs/serial/spec.ts";
import type { InstanceConfig } from "../../../src/model/config.ts";
import type { Input, InputContext, PollOutcome } from "../../../src/model/input.ts";
import type { SerialProfile } from "../../../src/model/serial-profile.ts";
import { seconds } from "../../../src/model/time.ts";
import { FakeHost, type FakePeer } from "../../support/fake-byte-stream.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** A device as an instance describes it, by the keys of its file. */
export type DeviceKeys = Readonly<Record<string, unknown>>;

/** A scale that is asked for its weight and its tare. */
export const ASKED_SCALE: DeviceKeys = {
  framing: { type: "delimiter", end: "\r\n" },
  fields: {
    weight: {
      ...{ request: "W\r\n", position: 2, unit: "kg", metric: "mass", unit_in: { position: 3 } },
      status: { position: 1, words: { S: "stable", D: "unstable", O: "none" } },
    },
    tare: { request: "T\r\n", position: 2, unit: "kg", metric: "mass", tags: ["part:tare"] },
  },
};

/** A sensor that sends frames of eight bytes with a sum at their end. */
export const SPEAKING_SENSOR: DeviceKeys = {
  framing: { type: "fixed", start: [0xaa, 0xc0], length: 8 },
  checksum: { type: "sum8", from: 2 },
  fields: {
    flow: { at: 2, type: "uint16", scale: 0.1, unit: "m3/h", metric: "flow" },
    level: { at: 4, type: "int16", metric: "tank.level", sentinels: [-1] },
  },
};

/** A frame of that sensor. */
export function sensorFrame(flow: number, level: number): Uint8Array {
  const data = [flow >> 8, flow & 0xff, (level >> 8) & 0xff, level & 0xff, 0];
  return Uint8Array.of(0xaa, 0xc0, ...data, data.reduce((sum, byte) => sum + byte, 0) & 0xff);
}

/** Makes the profile of a device that an instance describes. Errors: one that says what is wrong with it. */
export function profileOf(keys: DeviceKeys): SerialProfile {
  const complaints: string[] = [];
  const parsed = v.parse(v.strictObject(inlineEntries), keys);
  const profile = describeInline({ tags: [], ...parsed }, undefined, (path, { found, expected }) =>
    complaints.push(`${path.join(".")}: found ${found}, expected ${expected}`),
  );
  if (profile?.protocol !== "serial" || complaints.length > 0) throw new Error(complaints.join("; "));
  return profile;
}

/** An instance, by what its file says of the place and of the device. */
export function serialInstance(keys: DeviceKeys, settings: DeviceKeys = {}): InstanceConfig {
  return {
    ...{ check: "serial", name: "device", file: "conf.d/serial.yaml", line: 1, tags: [], namespace: "" },
    interval: seconds(15),
    profile: profileOf(keys),
    settings: v.parse(
      serialSettings,
      settings["host"] === undefined ? { serial: "/dev/ttyAMA0", ...settings } : settings,
    ),
  };
}

/** An input with the device it reads, and the clock of both. */
export class SerialBench {
  readonly clock = new FakeClock();
  readonly host = new FakeHost();
  readonly links: SerialLines;
  readonly input: Input;
  readonly #signal = new AbortController().signal;

  constructor(keys: DeviceKeys, settings: DeviceKeys = {}, context: Partial<InputContext<SerialLines>> = {}) {
    this.links = createLinks(this.clock, { openTcp: this.host.open, openSerial: this.host.openSerial });
    this.input = createInput(serialInstance(keys, settings), { clock: this.clock, links: this.links, ...context });
  }

  /** Has the device answer texts with texts; to what is not among them it says nothing. */
  answer(answers: Readonly<Record<string, string | Uint8Array>>): void {
    this.host.play((bytes, peer: FakePeer) => {
      const said = answers[Buffer.from(bytes).toString("latin1")];
      if (said !== undefined) peer.send(typeof said === "string" ? Buffer.from(said, "latin1") : said);
    });
  }

  /** The device says something by itself. */
  say(text: string | Uint8Array): void {
    this.host.peers.at(-1)?.send(typeof text === "string" ? Buffer.from(text, "latin1") : text);
  }

  async poll(): Promise<PollOutcome> {
    return this.clock.until(this.input.poll(this.#signal));
  }

  async open(): Promise<void> {
    await this.clock.until(this.input.open(this.#signal));
  }

  /** What was written, as texts. */
  get asked(): readonly string[] {
    return this.host.written.map((bytes) => Buffer.from(bytes).toString("latin1"));
  }
}

/** Values with the moments they came at, counted from the first. */
export function rowsOf({
  point,
  at,
  value,
  count,
}: {
  point: Uint16Array;
  at: Float64Array;
  value: Float64Array;
  count: number;
}) {
  return Array.from({ length: count }, (_, row) => [point[row], value[row], (at[row] ?? 0) - (at[0] ?? 0)]);
}

/** A device that is listened to, and was for a second. */
export async function listening(keys: Readonly<Record<string, unknown>>, settings = {}): Promise<SerialBench> {
  const bench = new SerialBench(keys, settings);
  await bench.open();
  await bench.clock.advance(seconds(1));
  return bench;
}
