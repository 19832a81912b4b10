/** CSV as spreadsheets write it: commas, semicolons or tabs, quotes where needed, with or without a byte order mark. */

/** One row and where it begins. */
export interface CsvRow {
  /** 1-based. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Parses rows; the delimiter is the one the first line has most of. Rows without any text are left out. */
export function parseCsv(text: string): readonly CsvRow[] {
  const plain = text.replace(/^\uFEFF/u, "");
  const delimiter = findDelimiter(plain.split("\n", 1)[0] ?? "");
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  let line = 1;
  let startLine = 1;
  const endRow = (): void => {
    const row = [...cells, cell].map((one) => one.trim());
    if (row.some((one) => one !== "")) rows.push({ line: startLine, cells: row });
    cells = [];
    cell = "";
    startLine = line;
  };
  for (let index = 0; index < plain.length; index += 1) {
    const character = plain[index] ?? "";
    if (character === "\n") line += 1;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (plain[index + 1] === '"') {
        cell += '"';
        index += 1;
      } else isQuoted = false;
    } else if (character === '"' && cell.trim() === "") isQuoted = true;
    else if (character === delimiter) {
      cells.push(cell);
      cell = "";
    } else if (character === "\n") endRow();
    else cell += character;
  }
  endRow();
  return rows;
}

function findDelimiter(line: string): string {
  const count = (delimiter: string): number => line.split(delimiter).length;
  return [",", "\t"].reduce((best, next) => (count(next) > count(best) ? next : best), ";");
}
