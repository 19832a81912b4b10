/** Devices on a serial line that are asked, or speak by themselves. Nothing but their requests is written. */

import assert from "node:assert/strict";
import { FrameReader } from "../../decode/fields/frame-reader.ts";
import { describeDrops } from "../../mailbox/drop-faults.ts";
import { Mailbox } from "../../mailbox/mailbox.ts";
import { busOf, describePlace } from "../../model/bus-place.ts";
import { type InstanceConfig, SERIES_MAX } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import { faultOf, stoppedError } from "../../model/faults.ts";
import {
  type BusNotice,
  type BusTurn,
  type DeviceCounts,
  type Fault,
  type Input,
  type InputContext,
  type InputPoint,
  type PollOutcome,
  WHOLE_TURN,
} from "../../model/input.ts";
import type { SerialProfile } from "../../model/serial-profile.ts";
import type { Clock } from "../../model/time.ts";
import type { LineOpeners } from "../../platform/open-line.ts";
import { openSerialPort } from "../../platform/serial-port.ts";
import { openTcpSocket } from "../../platform/tcp-socket.ts";
import { Asking } from "./asking.ts";
import { Listening } from "./listening.ts";
import { type LineLease, SerialLines } from "./serial-lines.ts";
import type { SerialInputSettings } from "./spec.ts";

/** Makes what all instances share. Openers left out mean real sockets and ports. */
export function createLinks(clock: Clock, openers: Partial<LineOpeners> = {}): SerialLines {
  return new SerialLines(clock, { openTcp: openTcpSocket, openSerial: openSerialPort, ...openers });
}

/** Makes the input of one instance, without side effects. */
export function createInput(instance: InstanceConfig, context: InputContext<SerialLines>): Input {
  assert(instance.profile?.protocol === "serial", "configuration lets no instance pass that does not say what it is");
  return new SerialInput(instance, instance.profile, context);
}

class SerialInput implements Input {
  readonly points: readonly InputPoint[];
  readonly bus: string;
  readonly #name: string;
  readonly #lease: LineLease;
  readonly #mailbox = new Mailbox();
  readonly #manner: Asking | Listening;
  readonly #seriesMax: number;
  #isDisposed = false;

  constructor(instance: InstanceConfig, profile: SerialProfile, context: InputContext<SerialLines>) {
    const settings = instance.settings as SerialInputSettings;
    this.points = profile.points;
    this.bus = busOf(settings);
    this.#name = describePlace(settings);
    this.#seriesMax = instance.seriesMax ?? SERIES_MAX;
    this.#lease = context.links.lease(settings, profile);
    const parts = {
      name: this.#name,
      clock: context.clock,
      line: this.#lease.line,
      reader: new FrameReader(profile, profile.points),
      points: profile.points,
      isTold:
        profile.checksum !== undefined || (profile.framing.type !== "silence" && profile.framing.start.length > 0),
      mailbox: this.#mailbox,
    };
    const isAsked = profile.points.some(({ request }) => request !== undefined);
    this.#manner = isAsked
      ? new Asking(parts)
      : new Listening({
          ...parts,
          silentAfterMs: settings.silent_after * 1000,
          waitMs: context.isSingle
            ? settings.silent_after * 1000
            : Math.min(settings.timeout * 1000, instance.interval / 2),
        });
  }

  counts(): DeviceCounts {
    const { tally, splitter } = this.#lease.line;
    return {
      device: this.#name,
      requests: tally.requests,
      timeouts: tally.timeouts,
      checksum_errors: splitter.brokenCount,
      cut_short: splitter.cutShortCount + splitter.endlessCount,
      late: tally.unasked,
      strangers: this.#manner.strangerCount,
      noise_bytes: splitter.noiseBytes,
    };
  }

  busNotice(): BusNotice | undefined {
    return this.#lease.line.notice;
  }

  onEager(listener: () => void): void {
    this.#manner.onEager(listener);
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#isDisposed) throw this.#stopped();
    await this.#lease.line.open(signal);
  }

  /** The columns of the outcome are filled anew by the next poll but one. */
  async poll(signal: AbortSignal, turn: BusTurn = WHOLE_TURN): Promise<PollOutcome> {
    signal.throwIfAborted();
    if (this.#isDisposed)
      return this.#close([faultOf(this.#stopped(), this.points)], { isReachable: false, absent: 0 });
    try {
      const seen = await this.#manner.poll(signal, turn);
      if (this.#isDisposed) throw this.#stopped();
      return this.#close(seen.faults, seen);
    } catch (error) {
      if (signal.aborted || !(error instanceof GatewayError)) throw error;
      return this.#close([faultOf(error, this.points)], { isReachable: false, absent: 0 });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#manner.leave();
    this.#lease.release();
  }

  #close(
    faults: readonly Fault[],
    { isReachable, absent, pollAgainAt }: Omit<PollOutcome, "readings" | "faults">,
  ): PollOutcome {
    const { readings, dropped } = this.#mailbox.drain();
    const limits = { countMax: this.#mailbox.countMax, seriesMax: this.#seriesMax };
    return {
      readings,
      absent,
      faults: [...faults, ...describeDrops(dropped, this.#name, limits)],
      isReachable,
      dropped,
      ...(pollAgainAt === undefined ? {} : { pollAgainAt }),
    };
  }

  #stopped(): GatewayError {
    return stoppedError(this.#name);
  }
}
