/** Colours for a terminal, laid over finished text, so that layouts and their widths know nothing of them. */

const RED = "\u001b[31m";
const GREEN = "\u001b[32m";
const YELLOW = "\u001b[33m";
const FAINT = "\u001b[90m";
const PLAIN = "\u001b[39m";

/** Which words of a layout have a colour; each pattern has one group, which is what is painted. */
const PAINTS: readonly (readonly [RegExp, string])[] = [
  [/(\[OK\])/gu, GREEN],
  [/(\[WARNING\]|\[UNKNOWN\])/gu, YELLOW],
  [/(\[ERROR\])/gu, RED],
  [/^(All is well)/gmu, GREEN],
  [/^(Needs attention)/gmu, RED],
  [/(?<=^Intake {2}\S+ )(holding|retrying)\b/gmu, YELLOW],
  [/^(\d\d:\d\d:\d\d (?:DEBUG|INFO|WARN|ERROR) .*)$/gmu, FAINT],
  [/(?<=^\s*)(PASS)\b/gmu, GREEN],
  [/(?<=^\s*)(WARNING|Warning:|Odd:)/gmu, YELLOW],
  [/(?<=^\s*)(FAIL|Error:)/gmu, RED],
  [/(?<=health: )(PASS)$/gmu, GREEN],
  [/(?<=health: )(FAIL)$/gmu, RED],
];

/** Colours the states in `text` where colours are wanted; otherwise gives it back as it is. */
export function paint(text: string, { isColoured }: { readonly isColoured: boolean }): string {
  if (!isColoured) return text;
  return PAINTS.reduce((painted, [words, colour]) => painted.replaceAll(words, `${colour}$1${PLAIN}`), text);
}
