import { busOf, describePlace } from "../../model/bus-place.ts";
import { characterTime } from "../../model/line-settings.ts";
import type { SerialProfile } from "../../model/serial-profile.ts";
import { type Clock, millis } from "../../model/time.ts";
import { type LineOpeners, openLine } from "../../platform/open-line.ts";
import { lineOf } from "./place.ts";
import { SerialLine } from "./serial-line.ts";
import type { SerialInputSettings } from "./spec.ts";

/** A share in a line. */
export interface LineLease {
  readonly line: SerialLine;
  /** Gives it back; the last one to do so closes the line. To be called once. */
  release(): void;
}

/** The lines in use. Parts of one instance that are polled at intervals of their own share its line. */
export class SerialLines {
  readonly #clock: Clock;
  readonly #openers: LineOpeners;
  readonly #lines = new Map<string, { readonly line: SerialLine; leaseCount: number }>();

  constructor(clock: Clock, openers: LineOpeners) {
    this.#clock = clock;
    this.#openers = openers;
  }

  /** Takes a share in the line of an instance. */
  lease(settings: SerialInputSettings, profile: SerialProfile): LineLease {
    const bus = busOf(settings);
    const kept = this.#lines.get(bus) ?? { line: this.#create(settings, profile), leaseCount: 0 };
    kept.leaseCount += 1;
    this.#lines.set(bus, kept);
    const release = (): void => {
      kept.leaseCount -= 1;
      if (kept.leaseCount > 0) return;
      this.#lines.delete(bus);
      kept.line.close();
    };
    return { line: kept.line, release };
  }

  #create(settings: SerialInputSettings, profile: SerialProfile): SerialLine {
    const line = lineOf(settings, profile);
    const timeout = millis(Math.round(settings.timeout * 1000));
    return new SerialLine({
      name: describePlace(settings),
      clock: this.#clock,
      profile,
      timeout,
      isRemote: settings.serial === undefined,
      wireMs: (byteCount) => byteCount * characterTime(line),
      open: (events) => openLine(settings, line, timeout, this.#openers, events),
    });
  }
}
