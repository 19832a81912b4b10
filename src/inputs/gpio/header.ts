/** The header of a Raspberry Pi with 40 pins, and the chips behind it. */

/** What a pin is: a line by its number on the chip, or what it carries. */
type HeaderPin = number | "3.3 V" | "5 V" | "ground";

/**
 * Pins 1 to 40, in two columns as on the board.
 *
 * Source: Raspberry Pi documentation, Raspberry Pi hardware, GPIO and the 40-pin header.
 */
const HEADER: readonly (readonly [odd: HeaderPin, even: HeaderPin])[] = [
  ["3.3 V", "5 V"],
  [2, "5 V"],
  [3, "ground"],
  [4, 14],
  ["ground", 15],
  [17, 18],
  [27, "ground"],
  [22, 23],
  ["3.3 V", 24],
  [10, "ground"],
  [9, 25],
  [11, 8],
  ["ground", 7],
  [0, 1],
  [5, "ground"],
  [6, 12],
  [13, "ground"],
  [19, 16],
  [26, 20],
  ["ground", 21],
];

/** The last line that is on the header. */
export const HEADER_LINE_MAX = 27;

/** These two read the memory of an attached board while the machine starts, and belong to the firmware. */
const ID_PINS: readonly number[] = [27, 28];

/**
 * Labels of the chips whose lines are on the header, on every Raspberry Pi that has 40 pins: 5, 4, and all before.
 *
 * Source: Linux, drivers/pinctrl/bcm/pinctrl-bcm2835.c; raspberrypi/linux, drivers/pinctrl/pinctrl-rp1.c.
 */
export const HEADER_CHIPS: readonly string[] = ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"];

/** The line at a pin of the header, or in words why there is none, to go on from "pin 6". Shape: a pin of 1 to 40. */
export function lineAtPin(pin: number): number | string {
  const row = HEADER[Math.ceil(pin / 2) - 1];
  const found = pin % 2 === 1 ? row?.[0] : row?.[1];
  if (found === undefined) return "is none of the 40 pins of the header";
  if (ID_PINS.includes(pin)) return "is kept for the memory of an attached board";
  if (typeof found === "number") return found;
  return found === "ground" ? "is ground" : `carries ${found}; a line that is driven to 5 V is destroyed`;
}
