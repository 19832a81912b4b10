/** How wide text is on a terminal, and what makes it fit. */

/**
 * Characters that take two columns: East Asian wide and fullwidth ones, and emoji.
 *
 * Source: Unicode Standard Annex 11, East Asian Width, by its blocks.
 */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

const CONTROL = /\p{Cc}/gu;
const GRAPHEMES = new Intl.Segmenter("en");
const ELLIPSIS = "…";

/** Counts the columns of a text that holds no control characters. */
export function displayWidth(text: string): number {
  // Nearly all that is drawn is ASCII.
  if (/^[ -~]*$/u.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of GRAPHEMES.segment(text)) columns += widthOf(segment);
  return columns;
}

/** What is zero columns wide by itself, such as an accent, never begins a grapheme but at the start of a text. */
function widthOf(grapheme: string): number {
  if (/^[\p{M}\p{Cf}]/u.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Cuts what is too wide, with an ellipsis; control characters, which would move the cursor, become spaces. */
export function fitEnd(text: string, columns: number): string {
  const plain = text.replaceAll(CONTROL, " ");
  if (displayWidth(plain) <= columns) return plain;
  return columns < 1 ? "" : `${take(plain, columns - 1)}${ELLIPSIS}`;
}

/** Cuts what is too wide out of the middle: names of points differ at their ends. */
export function fitMiddle(text: string, columns: number): string {
  const plain = text.replaceAll(CONTROL, " ");
  if (displayWidth(plain) <= columns) return plain;
  const end = Math.floor((columns - 1) / 2);
  const reversed = [...GRAPHEMES.segment(plain)].map(({ segment }) => segment).toReversed();
  const tail = [...GRAPHEMES.segment(take(reversed.join(""), end))].map(({ segment }) => segment).toReversed();
  return `${take(plain, columns - 1 - end)}${ELLIPSIS}${tail.join("")}`;
}

function take(text: string, columns: number): string {
  let taken = "";
  let used = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    used += widthOf(segment);
    if (used > columns) break;
    taken += segment;
  }
  return taken;
}

/** Fills with spaces on the right; what is wider already stays as it is. */
export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

/** Fills with spaces on the left; what is wider already stays as it is. */
export function padStart(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - displayWidth(text))) + text;
}

/**
 * Breaks a text between words into lines; all but the first are indented, and the last of `linesMax` ends in an
 * ellipsis when more would follow.
 */
export function wrap(text: string, columns: number, indent: number, linesMax: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.replaceAll(CONTROL, " ").split(/(?<=\S)(?=\s)/u)) {
    if (line === "" || displayWidth(line) + displayWidth(word) <= columns) line += word;
    else {
      lines.push(line);
      line = " ".repeat(indent) + word.trimStart();
    }
  }
  lines.push(line);
  const shown = lines.slice(0, linesMax);
  if (lines.length > linesMax) shown.push(`${shown.pop() ?? ""} ${lines.slice(linesMax).join(" ").trim()}`);
  return shown.map((one) => fitEnd(one, columns));
}
