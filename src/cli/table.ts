/** Tables of text for a terminal. */

/** One column: its heading, and on which side its cells line up. */
export interface Column {
  readonly heading: string;
  readonly align?: "left" | "right";
}

/** Lays rows out under headings, two spaces apart. Shape: each row has one cell per column. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const layOut = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return [columns.map(({ heading }) => heading), rule, ...rows].map(layOut);
}

/**
 * Breaks a text between words into lines of at most `width` columns; a longer word has a line of its own, and spaces
 * before the first word stay.
 */
export function wrapWords(text: string, width: number): string[] {
  const [first = "", ...words] = text.trimStart().split(/\s+/u);
  const lines = [`${text.slice(0, text.length - text.trimStart().length)}${first}`];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
