/**
 * The sentences of a receiver of satellites: where, how fast, when, and how good.
 *
 * Source: NMEA 0183, 6.3; u-blox M8 Receiver Description, 31.3; SiRF NMEA Reference Manual, 1.
 */

import { FIX_QUALITIES, type GpsReport, QUALITY_MAX } from "./gps-report.ts";
import {
  parseDay,
  parseDirection,
  parseLatitude,
  parseLongDay,
  parseLongitude,
  parseNumber,
  parseSize,
  parseTimeOfDay,
} from "./nmea-fields.ts";
import type { NmeaSentence } from "./nmea-sentence.ts";

/** A knot in metres per second. Source: The International System of Units, 8th edition, table 8. */
export const KNOT = 1852 / 3600;

/** A kilometre per hour in metres per second. */
export const KILOMETRE_PER_HOUR = 1 / 3.6;

/** Receivers write 99.99 for a dilution that they do not know. */
const DILUTION_MAX = 99;

/** The letters by which RMC, GLL, GNS and VTG say what a fix rests on. Source: NMEA 0183, mode indicator. */
const MODES: Readonly<Record<string, number>> = {
  N: FIX_QUALITIES.none,
  A: FIX_QUALITIES.gps,
  D: FIX_QUALITIES.differential,
  P: FIX_QUALITIES.precise,
  R: FIX_QUALITIES.rtk,
  F: FIX_QUALITIES["float rtk"],
  E: FIX_QUALITIES.estimated,
  M: FIX_QUALITIES.manual,
  S: FIX_QUALITIES.simulated,
};

/** GGA and GNS have the most digits, and say how good they are. */
const RANK_OF_FIX_DATA = 3;
const RANK_OF_RMC = 2;
const RANK_OF_GLL = 1;

/** Of these there are several for one moment: one for each system of satellites, or for each four of them. */
const MANY: ReadonlySet<string> = new Set(["GSA", "GSV"]);

type Decoder = (fields: readonly string[], talker: string) => GpsReport;

/** Decodes a sentence of a receiver; undefined where its type is none of these. */
export function decodeFixSentence({ talker, type, fields }: NmeaSentence): GpsReport | undefined {
  const decode = Object.hasOwn(DECODERS, type) ? DECODERS[type] : undefined;
  if (decode === undefined) return undefined;
  const report = decode(fields, talker);
  return MANY.has(type) ? report : { ...report, once: `${talker}${type}` };
}

function decodeGga(fields: readonly string[]): GpsReport {
  const [time, lat, north, lon, east, qualityField, used, hdop, altitude] = fields;
  const found = parseSize(qualityField) ?? 0;
  const quality = Number.isInteger(found) && found <= QUALITY_MAX ? found : 0;
  return {
    ...place(quality > 0, { lat, north, lon, east, altitude }, RANK_OF_FIX_DATA),
    timeOfDay: parseTimeOfDay(time),
    quality,
    satellitesUsed: quality > 0 ? parseCount(used) : 0,
    hdop: quality > 0 ? parseDilution(hdop) : undefined,
  };
}

function decodeGns(fields: readonly string[]): GpsReport {
  const [time, lat, north, lon, east, modes = "", used, hdop, altitude] = fields;
  const quality = Math.max(0, ...[...modes].map((mode) => MODES[mode] ?? 0));
  return {
    ...place(quality > 0, { lat, north, lon, east, altitude }, RANK_OF_FIX_DATA),
    timeOfDay: parseTimeOfDay(time),
    quality,
    satellitesUsed: quality > 0 ? parseCount(used) : 0,
    hdop: quality > 0 ? parseDilution(hdop) : undefined,
  };
}

/** The letter at its end came with a later version of the standard; `V` is said in either place. */
function decodeRmc(fields: readonly string[]): GpsReport {
  const [time, status, lat, north, lon, east, speed, course, date] = fields;
  const quality = MODES[fields[11]?.trim() ?? ""];
  const hasFix = status === "A" && quality !== FIX_QUALITIES.none;
  return {
    ...place(hasFix, { lat, north, lon, east }, RANK_OF_RMC),
    timeOfDay: parseTimeOfDay(time),
    day: parseDay(date),
    ...(hasFix ? { speed: inUnit(parseSize(speed), KNOT), course: parseDirection(course) } : {}),
    ...(quality === undefined ? {} : { quality: hasFix ? quality : 0 }),
  };
}

/** The first receivers sent no status with it, and so no word of whether the position is one. */
function decodeGll(fields: readonly string[]): GpsReport {
  const [lat, north, lon, east, time, status, mode = ""] = fields;
  const timeOfDay = parseTimeOfDay(time);
  if (status === undefined || status.trim() === "") return { timeOfDay };
  const quality = MODES[mode.trim()];
  const hasFix = status === "A" && quality !== FIX_QUALITIES.none;
  return {
    ...place(hasFix, { lat, north, lon, east }, RANK_OF_GLL),
    timeOfDay,
    ...(quality === undefined ? {} : { quality: hasFix ? quality : 0 }),
  };
}

function decodeGsa(fields: readonly string[], talker: string): GpsReport {
  const dimension = ([1, 2, 3] as const).find((known) => fields[1] === String(known));
  const satellites = fields.slice(2, 14).filter((id) => parseNumber(id) !== undefined);
  const hasFix = dimension !== undefined && dimension > 1;
  const dilutions = {
    pdop: parseDilution(fields[14]),
    hdop: parseDilution(fields[15]),
    vdop: parseDilution(fields[16]),
  };
  return {
    ...(dimension === undefined ? {} : { dimension }),
    ...(hasFix ? dilutions : {}),
    // With one talker for all systems, the last field says of which one it tells.
    usedSatellites: satellites.map((id) => `${fields[17] ?? talker}:${id.trim()}`),
  };
}

function decodeGsv(fields: readonly string[], talker: string): GpsReport {
  const count = parseCount(fields[2]);
  return count === undefined ? {} : { inView: { talker, count } };
}

/** Before version 2 it had four fields and no letters. */
function decodeVtg(fields: readonly string[]): GpsReport {
  const isLettered = fields[1]?.trim() === "T" || fields[5]?.trim() === "N";
  const course = fields[0];
  const knots = parseSize(isLettered ? fields[4] : fields[2]);
  const kilometres = parseSize(isLettered ? fields[6] : fields[3]);
  if (fields[8]?.trim() === "N") return { hasFix: false };
  const speed = knots === undefined ? inUnit(kilometres, KILOMETRE_PER_HOUR) : inUnit(knots, KNOT);
  return { speed, course: parseDirection(course) };
}

function decodeZda(fields: readonly string[]): GpsReport {
  const [time, day, month, year] = fields;
  return { timeOfDay: parseTimeOfDay(time), day: parseLongDay(day, month, year) };
}

function decodeGst(fields: readonly string[]): GpsReport {
  const [time, , , , , north, east, up] = fields;
  const [errorNorth, errorEast] = [parseSize(north), parseSize(east)];
  return {
    timeOfDay: parseTimeOfDay(time),
    horizontalError:
      errorNorth === undefined || errorEast === undefined ? undefined : round(Math.hypot(errorNorth, errorEast), 1e3),
    verticalError: parseSize(up),
  };
}

interface PlaceFields {
  readonly lat: string | undefined;
  readonly north: string | undefined;
  readonly lon: string | undefined;
  readonly east: string | undefined;
  readonly altitude?: string | undefined;
}

/** What stands in a sentence without fix is an old position, or none. */
function place(hasFix: boolean, fields: PlaceFields, rank: number): GpsReport {
  if (!hasFix) return { hasFix };
  const latitude = parseLatitude(fields.lat, fields.north);
  const longitude = parseLongitude(fields.lon, fields.east);
  if (latitude === undefined || longitude === undefined) return {};
  return { hasFix, latitude, longitude, altitude: parseNumber(fields.altitude), rank };
}

function parseCount(field: string | undefined): number | undefined {
  const count = parseSize(field);
  return count !== undefined && Number.isInteger(count) && count < 1000 ? count : undefined;
}

function parseDilution(field: string | undefined): number | undefined {
  const value = parseSize(field);
  return value === undefined || value > DILUTION_MAX || value === 0 ? undefined : value;
}

function inUnit(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : round(value * unit, 1e6);
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}

const DECODERS: Readonly<Record<string, Decoder>> = {
  GGA: decodeGga,
  GNS: decodeGns,
  RMC: decodeRmc,
  GLL: decodeGll,
  GSA: decodeGsa,
  GSV: decodeGsv,
  VTG: decodeVtg,
  ZDA: decodeZda,
  GST: decodeGst,
};
