/** Thermometers on a 1-Wire bus, as the kernel shows them. */

/** A temperature, or in words why it is none, to go on from the name of the sensor. Units: degC. */
export type OneWireReading = { readonly celsius: number } | { readonly failure: string };

/** What the scratchpad of a thermometer holds before it has measured, or when its supply broke down meanwhile. */
const POWER_ON_RAW = 0x0550;

/**
 * Reads the file `w1_slave`: two lines of the scratchpad, the first with the verdict on its checksum, the second with
 * the temperature.
 *
 * A shorted bus reads as zeros, whose checksum is zero too and holds. 85 degC is what a thermometer says that has not
 * measured: byte 6 is 0x0c then, which tells it from one that is so warm.
 *
 * Units: degC. Errors: none; what is wrong is said.
 * Source: Linux, Documentation/w1/slaves/w1_therm.rst; Maxim DS18B20 data sheet, 19-7487, table 1 and figure 8.
 */
export function parseOneWire(text: string): OneWireReading {
  const [first = "", second = ""] = text.split("\n");
  const words = (first.split(":", 1)[0] ?? "").trim().split(/\s+/u);
  const bytes = words.map((byte) => Number.parseInt(byte, 16));
  if (bytes.length < 9 || !words.every((byte) => /^[\da-f]{2}$/iu.test(byte))) {
    return { failure: "answered with something that is no scratchpad of nine bytes" };
  }
  if (bytes.every((byte) => byte === 0)) {
    return { failure: "answered with zeros alone: data and ground of the bus are shorted, or its supply is missing" };
  }
  if (!/\bYES$/u.test(first.trimEnd())) {
    return {
      failure:
        "answered with a checksum that does not hold: look at the cable's length, and at the pull-up of 4.7 kohm",
    };
  }
  const milli = /\bt=(-?\d{1,7})\s*$/u.exec(second)?.[1];
  if (milli === undefined) return { failure: "answered without a temperature" };
  const raw = (bytes[1] ?? 0) * 256 + (bytes[0] ?? 0);
  if (!fitsScratchpad(Number(milli), raw)) {
    return {
      failure: `answered with t=${milli}, which its scratchpad does not hold: the file was cut short or damaged`,
    };
  }
  if (raw === POWER_ON_RAW && bytes[6] === 0x0c) {
    return { failure: "says 85 degC, its value before it has measured: its supply breaks down while it measures" };
  }
  return { celsius: Number(milli) / 1000 };
}

/**
 * Whether a temperature is that of a scratchpad: sixteenths of a degree, or of the oldest kind halves, which are told
 * more finely by what remained of its count.
 *
 * Units: thousandths of a degree. Source: Linux, drivers/w1/slaves/w1_therm.c, w1_DS18B20_convert_temp and
 * w1_DS18S20_convert_temp.
 */
function fitsScratchpad(milli: number, raw: number): boolean {
  const signed = raw >= 0x8000 ? raw - 0x10000 : raw;
  const beyondHalves = milli - signed * 500;
  return Math.abs(milli - signed * 62.5) <= 100 || (beyondHalves >= -500 && beyondHalves <= 1000);
}
