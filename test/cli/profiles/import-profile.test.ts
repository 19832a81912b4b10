import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { importPoints } from "../../../src/cli/profiles/import-profile.ts";
import { parseCsv } from "../../../src/cli/profiles/parse-csv.ts";
import { parseDecimal, parseTable, parseType, parseUnit } from "../../../src/cli/profiles/point-words.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";

const OPTIONS = { file: "meter.csv", id: "acme/pm-3", table: undefined };
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
    ["U8", undefined],
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
});
