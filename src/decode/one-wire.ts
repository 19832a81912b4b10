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
  const bytes = (first.split(":", 1)[0] ?? "")
    .trim()
    .split(/\s+/u)
    .map((byte) => Number.parseInt(byte, 16));
  if (bytes.length < 9 || bytes.some(Number.isNaN)) {
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
  const milli = /\bt=(-?\d+)\s*$/u.exec(second)?.[1];
  if (milli === undefined) return { failure: "answered without a temperature" };
  const raw = (bytes[1] ?? 0) * 256 + (bytes[0] ?? 0);
  if (raw === POWER_ON_RAW && bytes[6] === 0x0c) {
    return { failure: "says 85 degC, its value before it has measured: its supply breaks down while it measures" };
  }
  return { celsius: Number(milli) / 1000 };
}
