/** Numbers as devices write them. */

/** Longer text is no number. */
const TEXT_MAX = 40;

const WITH_POINT = /^([+-]?)\s*(\d*\.?\d*(?:[eE][+-]?\d{1,4})?)$/u;

/**
 * Makes a number of a text: blanks around it and behind its sign do not count, and `decimal` is what stands before its
 * decimals. Undefined where it is none; a number too large for a double is an infinity.
 *
 * Units: as written.
 */
export function parseNumberText(text: string, decimal: "." | ","): number | undefined {
  const trimmed = text.trim();
  if (trimmed.length > TEXT_MAX || (decimal === "," && trimmed.includes("."))) return undefined;
  const [, sign, digits = ""] = WITH_POINT.exec(decimal === "," ? trimmed.replace(",", ".") : trimmed) ?? [];
  if (!/^\.?\d/u.test(digits)) return undefined;
  const number = Number(digits);
  return sign === "-" ? 0 - number : number;
}
