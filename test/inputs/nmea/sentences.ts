import { checksumOf } from "../../../src/decode/nmea-sentence.ts";

/** Makes a sentence of what stands between its mark and its checksum, with its end. */
export function toSentence(body: string): string {
  return `$${body}*${checksumOf(body).toString(16).toUpperCase().padStart(2, "0")}\r\n`;
}

/** Makes the sentences of one second, of a receiver that has a fix. Units: degrees, metres per second. */
export function secondOf(at: number, latitude: number, longitude: number, speed = 0): string {
  const [day = "", clock = ""] = new Date(at).toISOString().split("T");
  const time = `${clock.slice(0, 8).replaceAll(":", "")}.00`;
  const date = `${day.slice(8, 10)}${day.slice(5, 7)}${day.slice(2, 4)}`;
  const place = `${degrees(latitude, 2, "NS")},${degrees(longitude, 3, "EW")}`;
  return [
    `GPRMC,${time},A,${place},${(speed / (1852 / 3600)).toFixed(3)},90.0,${date},,,A`,
    `GPGGA,${time},${place},1,08,1.0,34.5,M,45.0,M,,`,
  ]
    .map(toSentence)
    .join("");
}

/** Makes the sentences of one second, of a receiver that sees nothing. Units: `at` milliseconds since 1970. */
export function secondWithoutFix(at: number): string {
  const time = `${new Date(at).toISOString().slice(11, 19).replaceAll(":", "")}.00`;
  return [`GPRMC,${time},V,,,,,,,,,,N`, `GPGGA,${time},,,,,0,00,99.99,,,,,,`].map(toSentence).join("");
}

function degrees(value: number, width: number, sides: string): string {
  const size = Math.abs(value);
  const whole = Math.floor(size);
  const minutes = ((size - whole) * 60).toFixed(6).padStart(9, "0");
  return `${String(whole).padStart(width, "0")}${minutes},${value < 0 ? sides[1] : sides[0]}`;
}
