/** `tidegate profiles import FILE.csv`: a list of points, as a manual or a spreadsheet has it, to a profile. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { PROFILE_SCHEMA, schemaLine } from "../../config/editor-schemas.ts";
import { loadProfile } from "../../config/profiles.ts";
import { formatPlainAddress } from "../../config/register-address.ts";
import type { ConfigProblem } from "../../model/config.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import { TABLES, type Table } from "../../model/profile.ts";
import { readForeignText } from "../../platform/files.ts";
import { writeTo } from "../../platform/writing.ts";
import { type DraftPoint, draftPoint, toYaml } from "./draft-point.ts";
import { findNumbering, NUMBERINGS, type Numbering } from "./numbering.ts";
import { parseCsv } from "./parse-csv.ts";
import { readColumns } from "./point-columns.ts";
import { parseTable } from "./point-words.ts";
import type { ProfileAction } from "./profiles.ts";

/** What marks a problem in the profile that is written. */
const MARK = "# !";

/**
 * Writes the profile to standard output; its problems stand in it as comments, above the lines they are about. Exit
 * code 78 when there are any.
 *
 * Errors: `CLI_USAGE`; `CONFIG_INVALID` when the file cannot be read or has no usable columns; those of `writeTo`.
 */
export const importProfile: ProfileAction = (options, _folders, terminal) => {
  const file = options.words[1] ?? "";
  const id = options.text("id") ?? "";
  if (!/^[a-z\d][a-z\d-]*\/[a-z\d][a-z\d-]*$/u.test(id)) {
    throw new GatewayError(
      "CLI_USAGE",
      `--id: found "${id}", expected VENDOR/MODEL in small letters, as in acme/pm-3.`,
    );
  }
  const tableWord = options.text("table");
  const table = tableWord === undefined ? undefined : parseTable(tableWord);
  if (tableWord !== undefined && table === undefined) {
    throw new GatewayError("CLI_USAGE", `--table: found "${tableWord}", expected one of ${TABLES.join(", ")}.`);
  }
  const counted = options.text("count-from");
  const numbering = NUMBERINGS.find((one) => one === counted);
  if (counted !== undefined && numbering === undefined) {
    throw new GatewayError("CLI_USAGE", `--count-from: found "${counted}", expected one of ${NUMBERINGS.join(", ")}.`);
  }
  const found = readForeignText(file);
  if ("failure" in found)
    throw new GatewayError(
      "CONFIG_INVALID",
      `${file} is ${found.failure}; expected a CSV file, as a spreadsheet saves it.`,
    );
  const text = importPoints(found.text, { file, id, table, numbering });
  terminal.out(text);
  const count = text.split("\n").filter((line) => line.trimStart().startsWith(MARK)).length;
  if (count === 0) return EXIT.ok;
  terminal.err(`${count} problem${count === 1 ? "" : "s"} to mend, marked "${MARK}" above the lines they are about.\n`);
  return EXIT.config;
};

/** What the list itself does not say. */
export interface ImportOptions {
  /** The name of the list. */
  readonly file: string;
  readonly id: string;
  /** The table of points that do not name theirs. */
  readonly table: ReturnType<typeof parseTable>;
  /** What the list calls the first register; undefined where its numbers have to tell. */
  readonly numbering: Numbering | undefined;
}

/** Makes the text of a profile from a point list. Errors: `CONFIG_INVALID` when a needed column is missing. */
export function importPoints(csv: string, options: ImportOptions): string {
  const [header, ...rows] = parseCsv(csv);
  const columns = readColumns(options.file, header);
  const { numbering, doubt } = findNumbering(options.numbering, rows, columns);
  const points = nameApart(rows.map((row) => draftPoint(row, columns, numbering)));
  const lines = writeProfile(points, { unused: columns.unused, doubt }, options);
  return `${setProblemsAside(lines, options.id).join("\n")}\n`;
}

/** A name that comes twice would make the file no YAML, so its second point is set aside with a word. */
function nameApart(points: readonly DraftPoint[]): DraftPoint[] {
  const taken = new Map<string, number>();
  return points.map((point) => {
    const first = taken.get(point.name);
    taken.set(point.name, first ?? point.line);
    if (first === undefined || point.name === "") return point;
    const problem = `name: ${point.name} is that of line ${first} too, expected one of its own.`;
    return { ...point, problems: [...point.problems, problem] };
  });
}

function writeProfile(
  points: readonly DraftPoint[],
  { unused, doubt }: { readonly unused: readonly string[]; readonly doubt: string },
  options: ImportOptions,
): string[] {
  const { id, file } = options;
  const isGuess = options.table === undefined && points.some((point) => point.table === undefined);
  const table = options.table ?? "holding-register";
  return [
    schemaLine(`device-profiles/${id}.yaml`, PROFILE_SCHEMA),
    `# Made from ${basename(file)}. Put it beside tidegate.yaml as device-profiles/${id}.yaml.`,
    ...(unused.length === 0 ? [] : [`# Columns that were not used: ${unused.join(", ")}.`]),
    `id: ${id}`,
    `description: ${toYaml(id.replace("/", " "))}`,
    "source:",
    `  title: ${toYaml(basename(file))}`,
    "protocol: modbus",
    ...(isGuess ? [`${MARK} table: the list does not say; if this guess is wrong, write input-register instead.`] : []),
    `table: ${table}`,
    ...(doubt === "" ? [] : [`${MARK} address: ${doubt}`]),
    "points:",
    ...points.flatMap((point) => writePoint(point, table)),
  ];
}

/** A number that could also be a register number gets its table before it. */
function toAddress(yaml: string, table: Table): string {
  return formatPlainAddress({ address: Number(yaml), table });
}

function writePoint({ name, line, keys: drafted, table, problems }: DraftPoint, usual: Table): string[] {
  const keys = drafted.map(([key, yaml]) => [key, key === "address" ? toAddress(yaml, table ?? usual) : yaml] as const);
  const own: [string, string][] = table === undefined || table === usual ? [] : [["table", table]];
  const text = `${name}: { ${[...own, ...keys].map(([key, value]) => `${key}: ${value}`).join(", ")} }`;
  if (problems.length === 0) return [`  ${text}`];
  return [...problems.map((problem) => `  ${MARK} line ${line}, ${problem}`), `  # ${text}`];
}

/** Holds the text against the rules that a check will hold it against. */
function verifyText(text: string, id: string): readonly ConfigProblem[] {
  const folder = writeTo(tmpdir(), () => mkdtempSync(join(tmpdir(), "tidegate-import-")));
  try {
    const path = join(folder, `${id}.yaml`);
    writeTo(path, () => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    });
    return loadProfile(id, [folder])?.problems ?? [];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Turns points with problems into comments until what remains is sound: a mistake in the form of one point hides those
 * in the meaning of the others.
 */
function setProblemsAside(lines: readonly string[], id: string): readonly string[] {
  const problems = lines.some(isPoint) ? verifyText(`${lines.join("\n")}\n`, id) : [];
  if (problems.length === 0) return lines;
  const isAboutPoints = problems.some(({ line }) => isPoint(lines[line - 1]));
  const marked = lines.flatMap((line, index) => {
    const own = problems.filter((problem) => problem.line === index + 1 && isPoint(line) === isAboutPoints);
    if (own.length === 0) return [line];
    const indent = isAboutPoints ? "  " : "";
    const marks = own.map(({ path, found, expected, hint }) => {
      return `${indent}${MARK} ${path}: found ${found}, expected ${expected}.${hint === "" ? "" : ` ${hint}`}`;
    });
    return [...marks, isAboutPoints ? line.replace("  ", "  # ") : line];
  });
  return isAboutPoints ? setProblemsAside(marked, id) : marked;
}

function isPoint(line: string | undefined): boolean {
  return /^ {2}[a-z\d]/u.test(line ?? "") && line?.includes(": {") === true;
}
