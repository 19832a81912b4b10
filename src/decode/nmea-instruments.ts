/**
 * The sentences of the instruments beside a receiver: compass, log, sounder, wind, weather, engine and transducers.
 *
 * Source: NMEA 0183, 6.3, as instruments' manuals give it: Airmar NMEA Sentence Specification; Garmin NMEA 0183.
 */

import { snapDecimal } from "./decimal.ts";
import { parseDirection, parseNumber, parseSize } from "./nmea-fields.ts";
import { KILOMETRE_PER_HOUR, KNOT } from "./nmea-fix.ts";
import type { NmeaSentence } from "./nmea-sentence.ts";

const FOOT = 0.3048;
const FATHOM = 6 * FOOT;
const NAUTICAL_MILE = 1852;

/** What instruments tell, by the names that their readings have here. Units: as `INSTRUMENT_UNITS` says. */
export const INSTRUMENT_UNITS = {
  "heading-true": "deg",
  "heading-magnetic": "deg",
  "turn-rate": "deg/min",
  "depth-transducer": "m",
  "depth-surface": "m",
  "depth-keel": "m",
  "water-temperature": "degC",
  "water-speed": "m/s",
  "water-distance": "m",
  "wind-angle-relative": "deg",
  "wind-speed-relative": "m/s",
  "wind-angle-true": "deg",
  "wind-speed-true": "m/s",
  "wind-direction": "deg",
  "air-temperature": "degC",
  "air-pressure": "Pa",
  "air-humidity": "%",
  "dew-point": "degC",
  "rudder-angle": "deg",
} as const;
export type InstrumentName = keyof typeof INSTRUMENT_UNITS;

/** One transducer of XDR. Source: NMEA 0183, XDR, types of transducer. */
export interface TransducerReading {
  /** As the instrument calls it; in lower case, with what no tag can hold replaced. */
  readonly name: string;
  readonly quantity: TransducerQuantity;
  /** Units: those of the quantity. */
  readonly value: number;
}

/** Where each quantity of a transducer is measured in. */
export const TRANSDUCER_UNITS = {
  angle: "deg",
  temperature: "degC",
  pressure: "Pa",
  humidity: "%",
  voltage: "V",
  current: "A",
  rotation: "rpm",
  distance: "m",
  frequency: "Hz",
} as const;
export type TransducerQuantity = keyof typeof TRANSDUCER_UNITS;

/** What one sentence of an instrument tells. */
export interface InstrumentReport {
  readonly readings: Readonly<Partial<Record<InstrumentName, number | undefined>>>;
  readonly transducers: readonly TransducerReading[];
}

type Readings = InstrumentReport["readings"];

const NAME_CHARACTERS_MAX = 40;

/** A sentence has at most so many transducers in it, and none more is read. */
const TRANSDUCERS_MAX = 16;

/** Decodes a sentence of an instrument; undefined where its type is none of these. */
export function decodeInstrumentSentence({ type, fields }: NmeaSentence): InstrumentReport | undefined {
  if (type === "XDR") return { readings: {}, transducers: decodeXdr(fields) };
  const decode = Object.hasOwn(DECODERS, type) ? DECODERS[type] : undefined;
  return decode === undefined ? undefined : { readings: decode(fields), transducers: [] };
}

const DECODERS: Readonly<Record<string, (fields: readonly string[]) => Readings>> = {
  HDT: ([heading, letter]) => (letter === "T" ? { "heading-true": parseDirection(heading) } : {}),
  HDM: ([heading, letter]) => (letter === "M" ? { "heading-magnetic": parseDirection(heading) } : {}),
  HDG: ([heading]) => ({ "heading-magnetic": parseDirection(heading) }),
  THS: ([heading, mode]) => (mode === "V" ? {} : { "heading-true": parseDirection(heading) }),
  ROT: ([rate, status]) => (status === "A" ? { "turn-rate": parseNumber(rate) } : {}),
  DPT: decodeDpt,
  DBT: (fields) => ({ "depth-transducer": depthOf(fields) }),
  DBS: (fields) => ({ "depth-surface": depthOf(fields) }),
  DBK: (fields) => ({ "depth-keel": depthOf(fields) }),
  MTW: ([value, letter]) => (letter === "C" ? { "water-temperature": parseNumber(value) } : {}),
  VHW: decodeVhw,
  VLW: ([total, letter]) => (letter === "N" ? { "water-distance": times(parseSize(total), NAUTICAL_MILE) } : {}),
  MWV: decodeMwv,
  VWR: (fields) => decodeSidedWind(fields, "relative"),
  VWT: (fields) => decodeSidedWind(fields, "true"),
  MWD: decodeMwd,
  MDA: decodeMda,
  RSA: ([angle, status]) => (status === "A" ? { "rudder-angle": parseNumber(angle) } : {}),
};

/** The offset leads to the waterline when it is positive, and to the keel when it is negative. */
function decodeDpt([field, offsetField]: readonly string[]): Readings {
  const depth = parseSize(field);
  const offset = parseNumber(offsetField);
  if (depth === undefined || offset === undefined || offset === 0) return { "depth-transducer": depth };
  return { "depth-transducer": depth, [offset > 0 ? "depth-surface" : "depth-keel"]: snapDecimal(depth + offset) };
}

function depthOf([feet, , metres, , fathoms]: readonly string[]): number | undefined {
  return parseSize(metres) ?? times(parseSize(feet), FOOT) ?? times(parseSize(fathoms), FATHOM);
}

function decodeVhw([heading, , magnetic, , knots, , kilometres]: readonly string[]): Readings {
  return {
    "heading-true": parseDirection(heading),
    "heading-magnetic": parseDirection(magnetic),
    "water-speed": times(parseSize(knots), KNOT) ?? times(parseSize(kilometres), KILOMETRE_PER_HOUR),
  };
}

function decodeMwv([angle, reference, speed, unit, status]: readonly string[]): Readings {
  const side = reference === "R" ? "relative" : reference === "T" ? "true" : undefined;
  if (status !== "A" || side === undefined) return {};
  return {
    [`wind-angle-${side}`]: parseDirection(angle),
    [`wind-speed-${side}`]: times(parseSize(speed), SPEED_UNITS[unit ?? ""]),
  };
}

/** Angles count from the bow to either side; here they go round by the right. */
function decodeSidedWind([angle, side, knots, , metres, , kilometres]: readonly string[], kind: string): Readings {
  const found = parseDirection(angle);
  const turned = side === "R" ? found : side === "L" && found !== undefined ? (360 - found) % 360 : undefined;
  const speed = parseSize(metres) ?? times(parseSize(knots), KNOT) ?? times(parseSize(kilometres), KILOMETRE_PER_HOUR);
  return { [`wind-angle-${kind}`]: turned, [`wind-speed-${kind}`]: speed };
}

function decodeMwd([direction, , , , knots, , metres]: readonly string[]): Readings {
  return {
    "wind-direction": parseDirection(direction),
    "wind-speed-true": parseSize(metres) ?? times(parseSize(knots), KNOT),
  };
}

function decodeMda(fields: readonly string[]): Readings {
  const [mercury, , bar, , air, , water, , humidity, , dew, , direction, , , , knots, , metres] = fields;
  return {
    "air-pressure": times(parseSize(bar), 1e5) ?? times(parseSize(mercury), INCH_OF_MERCURY),
    "air-temperature": parseNumber(air),
    "water-temperature": parseNumber(water),
    "air-humidity": parseSize(humidity),
    "dew-point": parseNumber(dew),
    "wind-direction": parseDirection(direction),
    "wind-speed-true": parseSize(metres) ?? times(parseSize(knots), KNOT),
  };
}

/** Units: pascals. Source: NIST SP 811, appendix B.8, inch of mercury, conventional. */
const INCH_OF_MERCURY = 3386.389;

const SPEED_UNITS: Readonly<Record<string, number>> = { N: KNOT, K: KILOMETRE_PER_HOUR, M: 1, S: 0.44704 };

/** Type and unit of a transducer to what it measures, and what one of its unit is in ours. */
const TRANSDUCERS: Readonly<Record<string, readonly [TransducerQuantity, factor: number]>> = {
  "A D": ["angle", 1],
  "C C": ["temperature", 1],
  "P B": ["pressure", 1e5],
  "P P": ["pressure", 1],
  "H P": ["humidity", 1],
  "U V": ["voltage", 1],
  "I A": ["current", 1],
  "T R": ["rotation", 1],
  "D M": ["distance", 1],
  "F H": ["frequency", 1],
};

function decodeXdr(fields: readonly string[]): TransducerReading[] {
  const found: TransducerReading[] = [];
  for (let start = 0; start + 3 < fields.length && found.length < TRANSDUCERS_MAX; start += 4) {
    const [type = "", field, unit = "", name = ""] = fields.slice(start, start + 4);
    const [quantity, factor] = TRANSDUCERS[`${type.trim()} ${unit.trim()}`] ?? [];
    const value = times(parseNumber(field), factor);
    const safe = name
      .trim()
      .toLowerCase()
      .replaceAll(/[^a-z\d_.-]/gu, "_")
      .slice(0, NAME_CHARACTERS_MAX);
    if (quantity !== undefined && value !== undefined && safe !== "") found.push({ name: safe, quantity, value });
  }
  return found;
}

function times(value: number | undefined, factor: number | undefined): number | undefined {
  return value === undefined || factor === undefined ? undefined : snapDecimal(value * factor);
}
