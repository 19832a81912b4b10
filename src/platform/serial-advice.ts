/** What works on a serial port today, or on some, and may not tomorrow or on others. */

/** Names that the kernel gives out in the order of plugging in. */
const PASSING_NAME = /^\/dev\/tty(USB|ACM)\d+$/u;

/** Rates that devices are delivered with or can be set to. Units: baud. */
const USUAL_RATES = [
  ...[300, 600, 1200, 1800, 2400, 4800, 7200, 9600, 14_400, 19_200, 28_800, 31_250, 33_600, 38_400, 56_000, 57_600],
  ...[62_500, 64_000, 76_800, 115_200, 125_000, 128_000, 153_600, 187_500, 230_400, 250_000, 256_000, 375_000],
  ...[460_800, 500_000, 512_000, 576_000, 750_000, 921_600, 1_000_000],
];

/** What is said of a line; what is not said has its usual value. */
interface LineKeys {
  readonly serial?: string | undefined;
  readonly baud?: number | undefined;
}

/** Says of a line what may be otherwise tomorrow, or on other ports; undefined where there is nothing to say. */
export function adviseOnLine({ serial, baud }: LineKeys): string | undefined {
  const advice = [
    serial === undefined ? undefined : adviseOnName(serial),
    baud === undefined ? undefined : adviseOnRate(baud),
  ].filter((each) => each !== undefined);
  return advice.length === 0 ? undefined : advice.join(" ");
}

/** Says of a port's name that it may be another one tomorrow; undefined where it stays. */
function adviseOnName(serial: string): string | undefined {
  if (!PASSING_NAME.test(serial)) return undefined;
  return (
    `${serial} may be another adapter after the next plugging in or start: name it by its link under ` +
    "/dev/serial/by-id, or as usb:VENDOR:PRODUCT."
  );
}

/** Says of a rate that few devices have it. Some drivers take any without a word, and nobody answers at a slip. */
function adviseOnRate(baud: number): string | undefined {
  if (USUAL_RATES.includes(baud)) return undefined;
  const nearest = USUAL_RATES.reduce((best, rate) => (distance(rate, baud) < distance(best, baud) ? rate : best));
  return `baud: ${baud} is a rate that few devices have; ${nearest} is the nearest usual one.`;
}

/** By how many times one rate is another. */
function distance(one: number, other: number): number {
  return Math.abs(Math.log(one / other));
}
