/** A clock joined with what is known of it: whether it can be believed, and what receivers tell where it cannot. */

import type { TimeReading } from "../model/input.ts";
import { type Clock, type ClockTrust, epochMillis } from "../model/time.ts";
import type { ToldTime } from "./told-time.ts";

/** A clock that takes what receivers tell of the time. */
export interface TeachableClock extends Clock {
  offerTime(reading: TimeReading): void;
}

/**
 * Joins them. The clock of the system counts as soon as it can be believed, whatever receivers tell; until then the
 * time is theirs, once it is known, and the system's own clock stays as it is.
 */
export function joinTrust(system: Clock, trustOf: () => ClockTrust, told: ToldTime): TeachableClock {
  const trust = (): ClockTrust => {
    const own = trustOf();
    const { known, doubt } = told;
    if (own.isTrusted) return own;
    if (known === undefined) return doubt === "" ? own : { isTrusted: false, basis: `${own.basis}; ${doubt}` };
    return {
      isTrusted: true,
      basis: `${known.source} hears it from satellites, as the system's own is not: ${own.basis}`,
    };
  };
  return {
    now: () => {
      const { known } = told;
      if (known === undefined || trustOf().isTrusted) return system.now();
      return epochMillis(Math.floor(system.monotonic() + known.line));
    },
    monotonic: () => system.monotonic(),
    bootId: () => system.bootId(),
    isTrusted: () => trust().isTrusted,
    trustBasis: () => trust().basis,
    after: (name, delay, action) => system.after(name, delay, action),
    turn: () => system.turn(),
    offerTime: (reading) => told.offer(reading),
  };
}
