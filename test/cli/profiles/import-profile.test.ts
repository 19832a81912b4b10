import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { importPoints } from "../../../src/cli/profiles/import-profile.ts";
import { parseCsv } from "../../../src/cli/profiles/parse-csv.ts";
import { chooseMetric, phaseTagOf } from "../../../src/cli/profiles/point-meaning.ts";
import {
  parseDecimal,
  parseSentinels,
  parseTable,
  parseType,
  parseUnit,
} from "../../../src/cli/profiles/point-words.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";

const OPTIONS = { file: "meter.csv", id: "acme/pm-3", table: undefined, numbering: undefined };
const LISTS = fileURLToPath(new URL("../../fixtures/point-lists", import.meta.url));

describe("a point list", () => {
  test.each([
    ["", "says nothing"],
    ["name;type\nU;float", "no column for the address"],
    ["address\n1", "no column for the name"],
  ])("%j has no usable columns, and the message shows the headings to use", (csv, why) => {
    expect(() => importPoints(csv, OPTIONS)).toThrow(new RegExp(`${why}.*Head the columns name, address, type`, "su"));
  });

  test("of a manual becomes a profile without problems", async () => {
    const terminal = createTestTerminal();
    const argv = ["profiles", "import", `${LISTS}/plain.csv`, "--id", "acme/pm-3"];
    expect(await runCommand(argv, terminal)).toBe(0);
    await expect(terminal.output()).toMatchFileSnapshot("../../golden/cli/import-plain.yaml");
  });

  test("with slips becomes a profile whose problems stand above their lines", async () => {
    const text = importPoints(readFileSync(`${LISTS}/slips.csv`, "utf8"), { ...OPTIONS, file: "slips.csv" });
    await expect(text).toMatchFileSnapshot("../../golden/cli/import-slips.yaml");
  });

  test.each(["punkte.csv", "points.csv"])("as a spreadsheet in %s needs no more than a word on 40001", async (name) => {
    const terminal = createTestTerminal();
    const argv = ["profiles", "import", `${LISTS}/${name}`, "--id", "acme/pq-77"];
    expect(await runCommand([...argv, "--count-from", "40001"], terminal)).toBe(0);
    await expect(terminal.output().replaceAll(name, "FILE")).toMatchFileSnapshot(
      "../../golden/cli/import-foreign.yaml",
    );
    expect(await runCommand(argv, terminal)).toBe(78);
    expect(terminal.output()).toContain(
      "# ! address: the list counts registers from 40001, so 30014 is taken for address 13;",
    );
  });

  test.each([
    [[1, 2], undefined, 1, "the list begins with 1;"],
    [[1, 2], "1", 0, ""],
    [[1, 2], "0", 1, ""],
    [[0, 1], undefined, 0, ""],
    [[40_001, 12], undefined, "holding:40001", ""],
    [[40_101, 30_001], undefined, 100, "the list counts registers from 40001, so 30001 is taken for address 0;"],
    [[40_101, 30_001], "0", "holding:40101", ""],
    [[40_101, 30_001], "40001", 100, ""],
    [[400_101, 300_001], undefined, 100, "the list counts registers from 40001, so 300001 is taken for address 0;"],
  ] as const)("of the addresses %j counted from %j puts the first at %j", (addresses, numbering, first, doubt) => {
    const rows = addresses.map((address, index) => `f${index},${address},uint16,Hz\n`);
    const text = importPoints(`name,address,type,unit\n${rows.join("")}`, { ...OPTIONS, numbering });
    expect(text).toContain(`f0: { address: ${first},`);
    expect(/# ! address: (.*)/u.exec(text)?.[1] ?? "").toContain(doubt);
    expect(text.includes("# ! address")).toBe(doubt !== "");
  });

  test("that is asked to count in an unknown way names those there are", async () => {
    const terminal = createTestTerminal();
    const argv = ["profiles", "import", `${LISTS}/plain.csv`, "--id", "acme/pm-3", "--count-from", "2"];
    expect(await runCommand(argv, terminal)).toBe(2);
    expect(terminal.errors()).toContain('--count-from: found "2", expected one of 0, 1, 40001.');
  });

  test("that is a workbook asks for a CSV file and shows none of its bytes", async () => {
    const terminal = createTestTerminal();
    const folder = mkdtempSync(join(tmpdir(), "point-list-"));
    writeFileSync(join(folder, "points.xlsx"), Buffer.from("PK\u0003\u0004\0\0\0name"));
    expect(await runCommand(["profiles", "import", join(folder, "points.xlsx"), "--id", "a/b"], terminal)).toBe(78);
    rmSync(folder, { recursive: true });
    expect(terminal.errors()).toMatch(
      /points\.xlsx is no text but something else, such as a workbook; expected a CSV/u,
    );
  });

  test("that names no table takes the one of --table, and is no guess then", () => {
    const csv = "name,address,type,unit,metric\nU1,0,float,V,voltage";
    expect(importPoints(csv, OPTIONS)).toContain("# ! table: the list does not say");
    expect(importPoints(csv, { ...OPTIONS, table: "input-register" })).not.toContain("# !");
  });

  test("asks for an id and shows one", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["profiles", "import", "x.csv", "--id", "Acme"], terminal)).toBe(2);
    expect(terminal.errors()).toContain('--id: found "Acme", expected VENDOR/MODEL in small letters, as in acme/pm-3.');
  });
});

describe("a spreadsheet", () => {
  test.each([
    [
      "a,b\r\n1,2\r\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "a;b\n1,5;2",
      [
        ["a", "b"],
        ["1,5", "2"],
      ],
    ],
    [
      "a\tb\n1\t2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      '\uFEFFa,b\n"x, ""y""\nz",2',
      [
        ["a", "b"],
        ['x, "y"\nz', "2"],
      ],
    ],
  ])("%j is taken apart", (text, cells) => {
    expect(parseCsv(text).map((row) => row.cells)).toEqual(cells);
  });

  test("keeps the line of each row, over empty rows and line breaks in quotes", () => {
    expect(parseCsv('a,b\n\n"x\ny",1\nz,2').map((row) => row.line)).toEqual([1, 3, 5]);
  });
});

describe("words of manuals", () => {
  test.each([
    ["U16", "uint16"],
    ["INT32", "int32"],
    ["Float", "float32"],
    ["unsigned short", "uint16"],
    ["S64", "int64"],
    ["INT16U", "uint16"],
    ["IEEE754", "float32"],
    ["bool", "bit"],
    ["text", undefined],
    ["U8", "uint8"],
    ["INT32-M10K", "int32-m10k"],
    ["BCD", "bcd16"],
  ])("the type %s is %s", (word, type) => expect(parseType(word)).toBe(type));

  test.each([
    ["Holding Register", "holding-register"],
    ["FC04", "input-register"],
    ["3", "holding-register"],
    ["3x", "input-register"],
    ["Coils", "coil"],
    ["??", undefined],
  ])("the table %s is %s", (word, table) => expect(parseTable(word)).toBe(table));

  test.each([
    ["0,1", 0.1],
    ["1.234,5", 1234.5],
    ["1,234.5", 1234.5],
    ["-10", -10],
    ["1e-3", 0.001],
    ["x10", undefined],
    ["", undefined],
  ])("the number %s is %s", (word, value) => expect(parseDecimal(word)).toBe(value));

  test.each([
    ["°C", "degC"],
    ["m³/h", "m3/h"],
    ["KWH", "kWh"],
    ["mw", "mw"],
    ["%", "%"],
  ])("the unit %s is %s", (word, unit) => expect(parseUnit(word)).toBe(unit));

  test.each([
    ["65535", ["65535"]],
    ["0xFFFF; -1", ["0xFFFF", "-1"]],
    ["n/a", undefined],
  ])("the sentinels %s are %j", (word, numbers) => expect(parseSentinels(word)).toEqual(numbers));

  test.each([
    ["spannung-l1-n", "V", "voltage", "phase:l1"],
    ["tension-composee-l1-l2", "V", "voltage.line", "phase:l1-l2"],
    ["u", "V", undefined, undefined],
    ["strom-l3", "A", "current", "phase:l3"],
    ["motor-current", "A", "motor.current", undefined],
    ["wirkleistung-gesamt", "kW", "power.active", "phase:total"],
    ["energie-active-soutiree", "kWh", "energy.active.import", undefined],
    ["energy-delivered", "kWh", undefined, undefined],
    ["leistungsfaktor-l2", "", "power.factor", "phase:l2"],
    ["betriebszustand", "", "machine.state", undefined],
    ["setting", "", undefined, undefined],
  ])("the name %s in %j is %s with %s", (name, unit, metric, phase) => {
    expect(chooseMetric(name, unit)).toBe(metric);
    expect(phaseTagOf(name, metric ?? "")).toBe(phase);
  });
});
