/** What one message of a receiver tells, whether it came as a sentence or through gpsd. */

import type { CalendarDay } from "./nmea-fields.ts";

/**
 * What the fix rests on, by the number that GGA has for it. Source: NMEA 0183, GGA, field 6; u-blox M8 Receiver
 * Description, 31.1.4.
 */
export const FIX_QUALITIES = {
  none: 0,
  gps: 1,
  differential: 2,
  precise: 3,
  rtk: 4,
  "float rtk": 5,
  estimated: 6,
  manual: 7,
  simulated: 8,
} as const;

/** A quality that the table does not know counts as none. */
export const QUALITY_MAX = FIX_QUALITIES.simulated;

/** Where and how fast, with how much to be said for it. What a message does not tell is left out. */
export interface FixReport {
  /** Units: degrees, north positive. Only where the message itself says that there is a fix. */
  readonly latitude?: number | undefined;
  /** Units: degrees, east positive. */
  readonly longitude?: number | undefined;
  /** Units: metres above mean sea level. */
  readonly altitude?: number | undefined;
  /** Units: metres per second, over ground. */
  readonly speed?: number | undefined;
  /** Units: degrees from true north, over ground. */
  readonly course?: number | undefined;
  /** Units: metres per second, upwards. */
  readonly climb?: number | undefined;
}

/** How good the fix is. Units: none for dilutions, metres for errors, one standard deviation. */
export interface GoodnessReport {
  readonly hdop?: number | undefined;
  readonly vdop?: number | undefined;
  readonly pdop?: number | undefined;
  readonly horizontalError?: number | undefined;
  readonly verticalError?: number | undefined;
  /** How many satellites the fix is made of, of all systems together. */
  readonly satellitesUsed?: number | undefined;
  /** The satellites of one system that the fix is made of, each by the name of its system and its number. */
  readonly usedSatellites?: readonly string[];
  /** How many satellites of one talker are above the horizon; several signals of one satellite are one. */
  readonly inView?: { readonly talker: string; readonly count: number };
}

/** One message. */
export interface GpsReport extends FixReport, GoodnessReport {
  /** The sentence or object, where it is sent once for each moment; left out for others. */
  readonly once?: string;
  /** Units: milliseconds since midnight in UTC. */
  readonly timeOfDay?: number | undefined;
  readonly day?: CalendarDay | undefined;
  /** Whether there is a fix; left out where the message says nothing of it. */
  readonly hasFix?: boolean;
  readonly quality?: number | undefined;
  /** 2 without altitude, 3 with; 1 is none. */
  readonly dimension?: 1 | 2 | 3 | undefined;
  /** How much to believe its position: of several in one moment the highest is taken. */
  readonly rank?: number;
}
