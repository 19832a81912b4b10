import { OUTCOME, showWords } from "../../decode/fields/frame-reader.ts";
import { Backoff } from "../../model/backoff.ts";
import { GatewayError } from "../../model/errors.ts";
import { faultOf } from "../../model/faults.ts";
import { FLAG } from "../../model/samples.ts";
import { formatSpan, type MonotonicMillis, millis, seconds, type Timer } from "../../model/time.ts";
import { faultsOf, isOfDevice, type MannerParts, type PollSight } from "./point-faults.ts";

/** When a line that was lost is tried again. */
const RETRY = { first: seconds(1), max: seconds(30) };

/** What listening works with, beside the rest. Units: milliseconds. */
export interface ListeningParts extends MannerParts {
  /** After so long without a frame the device counts as silent. */
  readonly silentAfterMs: number;
  /** How long a poll that finds nothing waits for something. */
  readonly waitMs: number;
}

/** A device that speaks by itself. */
export class Listening {
  /** Frames in which nobody found anything. */
  strangerCount = 0;
  readonly #parts: ListeningParts;
  readonly #leave: () => void;
  readonly #backoff = new Backoff(RETRY);
  /** Points with a reading, or none of the device's own, since the last poll; and what else was found. */
  readonly #read = new Set<number>();
  readonly #absent = new Set<number>();
  readonly #complaints = new Map<number, string>();
  #stranger: string | undefined;
  /** Since the line was opened: whether the device has spoken, and whether somebody else did who is not it. */
  #hasSpoken = false;
  #isSomebodyElse = false;
  #heardAt: MonotonicMillis | undefined;
  /** How often bytes had come when the last frame was whole. */
  #heardCount = 0;
  #hasNews = false;
  #lostBy: string | undefined;
  #endWait: (() => void) | undefined;
  #listener: () => void = () => undefined;

  constructor(parts: ListeningParts) {
    this.#parts = parts;
    this.#leave = parts.line.listen({
      onFrame: (frame, content) => this.#take(frame, content),
      onClosed: (reason) => {
        this.#lostBy = reason;
        this.#hasSpoken = false;
        this.#endWait?.();
        this.#listener();
      },
    });
  }

  onEager(listener: () => void): void {
    this.#listener = listener;
  }

  leave(): void {
    this.#leave();
    this.#endWait?.();
  }

  /** Takes what has come. Errors: the signal's reason. */
  async poll(signal: AbortSignal): Promise<PollSight> {
    const { line, clock } = this.#parts;
    const lostBy = this.#lostBy;
    this.#lostBy = undefined;
    if (!line.isOpen) {
      const failure = await this.#open(signal);
      if (failure !== undefined) return this.#close([failure], false);
    }
    if (!this.#hasNews) await this.#wait(signal);
    const lost = this.#lostBy ?? lostBy;
    this.#lostBy = undefined;
    if (lost !== undefined && !this.#hasNews) return this.#close([this.#lost(lost)], false);
    const quiet = clock.monotonic() - Math.max(this.#heardAt ?? line.openedAt, line.openedAt);
    const isSilent = quiet >= this.#parts.silentAfterMs;
    if (isSilent) line.hangUpIfRemote();
    return this.#close(
      isSilent ? [this.#silent(quiet)] : [],
      !isSilent && this.#heardAt !== undefined && !this.#isSomebodyElse,
    );
  }

  async #open(signal: AbortSignal): Promise<GatewayError | undefined> {
    try {
      await this.#parts.line.open(signal);
      this.#backoff.clear();
      return undefined;
    } catch (error) {
      if (!(error instanceof GatewayError) || signal.aborted) throw error;
      return error;
    }
  }

  /** Waits for something to come, to be lost, or until waiting is of no use. */
  #wait(signal: AbortSignal): Promise<void> {
    const { clock, waitMs } = this.#parts;
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const finish = (): void => {
        timer?.cancel();
        signal.removeEventListener("abort", abort);
        this.#endWait = undefined;
        resolve();
      };
      const abort = (): void => {
        reject(signal.reason);
        finish();
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener("abort", abort, { once: true });
      timer = clock.after("serial frame", millis(waitMs), finish);
      this.#endWait = finish;
    });
  }

  #take(frame: Uint8Array, content: Uint8Array): void {
    const { reader, mailbox, clock, points } = this.#parts;
    this.#heardAt = clock.monotonic();
    this.#heardCount = this.#parts.line.heardCount;
    this.#hasNews = true;
    const isOwn = reader.read(frame, content);
    this.#hasSpoken ||= isOfDevice(this.#parts);
    this.#isSomebodyElse = !this.#hasSpoken;
    const at = clock.now();
    for (let index = 0; index < points.length; index += 1) {
      const outcome = reader.outcome[index];
      const isSettled = outcome === OUTCOME.value;
      if (isSettled || outcome === OUTCOME.unsettled) {
        this.#read.add(index);
        mailbox.put(index, at, reader.value[index] ?? Number.NaN, isSettled ? 0 : FLAG.suspect);
      } else if (outcome === OUTCOME.absent) {
        this.#absent.add(index);
      } else if (outcome === OUTCOME.bad) {
        this.#complaints.set(index, reader.complaint[index] ?? "");
      }
    }
    if (!isOwn) this.strangerCount += 1;
    if (!isOwn || this.#isSomebodyElse) this.#stranger = showWords(content);
    if (mailbox.count > mailbox.countMax / 2) this.#listener();
    this.#endWait?.();
  }

  #close(errors: readonly GatewayError[], isReachable: boolean): PollSight {
    const { name, points, clock } = this.#parts;
    const all = points.map((point) => point.name);
    const faults = errors.map((error) => faultOf(error, points));
    const absent = [...this.#absent].filter((index) => !this.#read.has(index)).length;
    const bad = [...this.#complaints].filter(([index]) => !this.#read.has(index) && !this.#absent.has(index));
    const complaints = new Map(bad.map(([index, complaint]) => [all[index] ?? "", complaint]));
    const hasNothing = this.#read.size === 0 && absent === 0 && complaints.size === 0;
    const strange =
      hasNothing && this.#stranger !== undefined && faults.length === 0
        ? [{ code: "INPUT_BAD_REPLY" as const, message: describeStranger(name, this.#stranger), points: all }]
        : [];
    this.#read.clear();
    this.#absent.clear();
    this.#complaints.clear();
    if (!this.#isSomebodyElse) this.#stranger = undefined;
    this.#hasNews = false;
    const sight = { faults: [...faults, ...faultsOf(name, complaints), ...strange], absent, isReachable };
    if (this.#parts.line.isOpen) return sight;
    return { ...sight, pollAgainAt: (clock.monotonic() + this.#backoff.fail()) as MonotonicMillis };
  }

  #lost(reason: string): GatewayError {
    return new GatewayError(
      "INPUT_LINK_CLOSED",
      `${this.#parts.name}: ${reason}. The gateway opens it again by itself.`,
    );
  }

  #silent(quietMs: number): GatewayError {
    if (this.#parts.line.heardCount > this.#heardCount) {
      this.#heardCount = this.#parts.line.heardCount;
      const what = `has sent bytes for ${formatSpan(quietMs)}, and no frame was among them.`;
      const look = "Compare baud rate, parity and data bits with the device, then `framing` and its checksum.";
      return new GatewayError("INPUT_BAD_REPLY", `${this.#parts.name} ${what} ${look}`);
    }
    const advice =
      "Check that it is switched on and set to send by itself, that the cable crosses its two data lines, and that baud " +
      "rate and parity are its own; raise `silent_after` if it speaks more seldom.";
    const message = `${this.#parts.name} has sent no frame for ${formatSpan(quietMs)}. ${advice}`;
    return new GatewayError("INPUT_TIMEOUT", message, { context: { quietMs: Math.round(quietMs) } });
  }
}

function describeStranger(name: string, shown: string): string {
  return (
    `${name} sends frames in which nothing of what is read was found, such as "${shown}". Compare with the profile, or ` +
    "the fields, what the device is set to send."
  );
}
