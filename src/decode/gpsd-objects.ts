/**
 * What gpsd says, one JSON object a line: of `TPV` the position and the time, of `SKY` how good they are.
 *
 * Units are gpsd's own, which are ours. Source: gpsd_json(5).
 */

import { FIX_QUALITIES, type GpsReport } from "./gps-report.ts";
import { toMoment } from "./nmea-fields.ts";

/** One line of gpsd: a report, a word on a device or on the protocol, or nothing that is understood. */
export type GpsdObject =
  | { readonly kind: "report"; readonly report: GpsReport; readonly device: string | undefined }
  | { readonly kind: "version"; readonly release: string }
  | { readonly kind: "devices"; readonly paths: readonly string[] }
  | { readonly kind: "error"; readonly message: string }
  | { readonly kind: "other" }
  | { readonly kind: "garbled" };

type Json = Readonly<Record<string, unknown>>;

/** Qualities by the number that gpsd has for them; 9 (PPS) is as precise as 3. Source: gps.h, STATUS_UNK and on. */
const STATUSES: readonly number[] = [
  FIX_QUALITIES.gps,
  FIX_QUALITIES.gps,
  FIX_QUALITIES.differential,
  FIX_QUALITIES.rtk,
  FIX_QUALITIES["float rtk"],
  FIX_QUALITIES.estimated,
  FIX_QUALITIES.estimated,
  FIX_QUALITIES.manual,
  FIX_QUALITIES.simulated,
  FIX_QUALITIES.precise,
];

const MOMENT = /^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/u;

const DAY_MS = 86_400_000;

/** Parses a line. Errors: none; what is no object of gpsd is garbled. */
export function parseGpsdLine(line: string): GpsdObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return { kind: "garbled" };
  }
  if (!isObject(parsed)) return { kind: "garbled" };
  switch (parsed["class"]) {
    case "TPV":
      return { kind: "report", report: decodeTpv(parsed), device: textOf(parsed["device"]) };
    case "SKY":
      return { kind: "report", report: decodeSky(parsed), device: textOf(parsed["device"]) };
    case "VERSION":
      return { kind: "version", release: textOf(parsed["release"]) ?? "" };
    case "DEVICES":
      return { kind: "devices", paths: pathsOf(parsed["devices"]) };
    case "ERROR":
      return { kind: "error", message: textOf(parsed["message"]) ?? "" };
    default:
      return { kind: typeof parsed["class"] === "string" ? "other" : "garbled" };
  }
}

function decodeTpv(tpv: Json): GpsReport {
  const mode = tpv["mode"];
  const dimension = mode === 2 || mode === 3 ? mode : mode === 1 ? 1 : undefined;
  const hasFix = dimension !== undefined && dimension > 1;
  const time = timeOf(tpv["time"]);
  const once = "TPV";
  if (!hasFix) return { ...time, once, hasFix, quality: 0, ...(dimension === undefined ? {} : { dimension }) };
  const latitude = numberIn(tpv["lat"], -90, 90);
  const longitude = numberIn(tpv["lon"], -180, 180);
  const isPlace = latitude !== undefined && longitude !== undefined;
  const horizontal = numberIn(tpv["eph"], 0, 1e6);
  const status = tpv["status"];
  return {
    ...time,
    once,
    ...(isPlace ? { hasFix, latitude, longitude, rank: 1 } : {}),
    dimension,
    quality: (typeof status === "number" ? STATUSES[status] : undefined) ?? FIX_QUALITIES.gps,
    // Before altMSL there was alt alone, above the sea.
    altitude: numberIn(tpv["altMSL"] ?? tpv["alt"], -1e5, 1e7),
    speed: numberIn(tpv["speed"], 0, 1e5),
    course: directionOf(tpv["track"]),
    climb: numberIn(tpv["climb"], -1e5, 1e5),
    ...(horizontal === undefined ? {} : { horizontalError: horizontal }),
    verticalError: numberIn(tpv["epv"], 0, 1e6),
  };
}

function decodeSky(sky: Json): GpsReport {
  const list = Array.isArray(sky["satellites"]) ? sky["satellites"].filter(isObject) : undefined;
  const used = numberIn(sky["uSat"], 0, 1000) ?? list?.filter((satellite) => satellite["used"] === true).length;
  const inView = numberIn(sky["nSat"], 0, 1000) ?? list?.length;
  return {
    hdop: numberIn(sky["hdop"], 0.01, 99),
    vdop: numberIn(sky["vdop"], 0.01, 99),
    pdop: numberIn(sky["pdop"], 0.01, 99),
    satellitesUsed: used,
    ...(inView === undefined ? {} : { inView: { talker: "gpsd", count: inView } }),
  };
}

function timeOf(value: unknown): Pick<GpsReport, "timeOfDay" | "day"> {
  const at = typeof value === "string" && MOMENT.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return {};
  const date = new Date(at);
  const day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
  return { day, timeOfDay: (at - toMoment(day, 0)) % DAY_MS };
}

function numberIn(value: unknown, minimum: number, maximum: number): number | undefined {
  return typeof value === "number" && value >= minimum && value <= maximum ? value : undefined;
}

function directionOf(value: unknown): number | undefined {
  const found = numberIn(value, 0, 360);
  return found === 360 ? 0 : found;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function pathsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).flatMap((device) => textOf(device["path"]) ?? []);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
