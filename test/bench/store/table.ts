/** Tables for a terminal. */

/** Writes a table: the first column to the left, the others to the right. Shape: rows as long as the head. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  process.stdout.write(`\n${title}\n\n${[head, ...rows].map((row) => `  ${line(row)}\n`).join("")}`);
}

/** A number with so many decimals; a dash where there is none. */
export function fixed(value: number | undefined, decimals = 3): string {
  return value === undefined ? "-" : value.toFixed(decimals);
}
