/** What a receiver of satellites says of a second, in sentences of NMEA 0183; encoded here for itself. */

/** Where a vehicle is, and how it moves. Units: degrees, metres, metres per second. */
export interface VehicleState {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number;
  readonly speed: number;
  readonly course: number;
}

/** What ails a receiver. */
export const RECEIVER_FAULTS = ["silence", "no-fix", "garbage", "cut-short", "crc"] as const;
export type ReceiverFault = (typeof RECEIVER_FAULTS)[number];

/** Satellites above the horizon: number, elevation, azimuth and strength. The first eight are used. */
const SATELLITES = [
  [2, 61, 84, 42],
  [5, 34, 301, 39],
  [7, 22, 165, 33],
  [12, 55, 222, 44],
  [15, 17, 48, 30],
  [20, 40, 117, 38],
  [25, 71, 266, 45],
  [29, 28, 345, 35],
  [31, 9, 190, 24],
  [33, 5, 12, 0],
] as const;

const USED = 8;
const SATELLITES_PER_SENTENCE = 4;
const KNOTS_PER_METRE_A_SECOND = 3600 / 1852;

/** Says one second as the receiver would, with what ails it. Units: `at` milliseconds since 1970. */
export function talkOfSecond(at: number, vehicle: VehicleState, fault: ReceiverFault | undefined): Uint8Array {
  switch (fault) {
    case "silence":
      return new Uint8Array();
    case "no-fix":
      return toBytes(sentencesWithoutFix(at).map(finish));
    case "garbage":
      return toBytes(sentences(at, vehicle).map(finish)).map((byte, index) => (byte * 7 + index) & 0xff);
    case "cut-short":
      return toBytes(sentences(at, vehicle).map((body) => finish(body).slice(0, -9)));
    case "crc":
      return toBytes(sentences(at, vehicle).map((body) => finish(body).replace(/,(\d)/u, ",9")));
    default:
      return toBytes(sentences(at, vehicle).map(finish));
  }
}

function sentences(at: number, { latitude, longitude, altitude, speed, course }: VehicleState): string[] {
  const { time, date } = writeTime(at);
  const place = `${writeAngle(latitude, 2, "N", "S")},${writeAngle(longitude, 3, "E", "W")}`;
  const knots = (speed * KNOTS_PER_METRE_A_SECOND).toFixed(3);
  // A receiver that stands knows no direction.
  const direction = speed < 0.5 ? "" : course.toFixed(2);
  const used = SATELLITES.slice(0, USED).map(([id]) => String(id).padStart(2, "0"));
  return [
    `GPRMC,${time},A,${place},${knots},${direction},${date},,,A`,
    `GPVTG,${direction},T,,M,${knots},N,${(speed * 3.6).toFixed(3)},K,A`,
    `GPGGA,${time},${place},1,${String(USED).padStart(2, "0")},1.02,${altitude.toFixed(1)},M,46.9,M,,`,
    `GPGSA,A,3,${used.join()},,,,,1.84,1.02,1.53`,
    ...satelliteSentences(),
    `GPGLL,${place},${time},A,A`,
  ];
}

function sentencesWithoutFix(at: number): string[] {
  const { time, date } = writeTime(at);
  return [
    `GPRMC,${time},V,,,,,,,${date},,,N`,
    "GPVTG,,,,,,,,,N",
    `GPGGA,${time},,,,,0,00,99.99,,,,,,`,
    "GPGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99",
    `GPGLL,,,,,${time},V,N`,
  ];
}

function satelliteSentences(): string[] {
  const count = Math.ceil(SATELLITES.length / SATELLITES_PER_SENTENCE);
  return Array.from({ length: count }, (_, index) => {
    const these = SATELLITES.slice(index * SATELLITES_PER_SENTENCE, (index + 1) * SATELLITES_PER_SENTENCE);
    const words = these.map(([id, up, around, strength]) => `${id},${up},${around},${strength === 0 ? "" : strength}`);
    return `GPGSV,${count},${index + 1},${SATELLITES.length},${words.join()}`;
  });
}

function writeTime(at: number): { readonly time: string; readonly date: string } {
  const text = new Date(at).toISOString();
  const digits = text.replaceAll(/\D/gu, "");
  return { time: `${digits.slice(8, 14)}.00`, date: digits.slice(6, 8) + digits.slice(4, 6) + digits.slice(2, 4) };
}

/** Degrees and minutes in one number, as `ddmm.mmmmm`. */
function writeAngle(angle: number, digits: number, positive: string, negative: string): string {
  const minutes = Math.round(Math.abs(angle) * 60 * 1e5) / 1e5;
  const degrees = Math.floor(minutes / 60);
  const rest = (minutes - 60 * degrees).toFixed(5).padStart(8, "0");
  return `${String(degrees).padStart(digits, "0")}${rest},${angle < 0 ? negative : positive}`;
}

function finish(body: string): string {
  const sum = [...body].reduce((before, letter) => before ^ (letter.codePointAt(0) ?? 0), 0);
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, "0")}\r\n`;
}

function toBytes(lines: readonly string[]): Uint8Array {
  return Buffer.from(lines.join(""), "latin1");
}
