import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";

const MOMENTS =
  "Moments are 2026-11-21 10:00:00, in UTC, or 2026-11-21 10:00:00+01:00 in another zone, or seconds since 1970.";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-detect-"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function detect(text: string | Uint8Array, ...words: readonly string[]) {
  const input = join(folder, "input.csv");
  writeFileSync(input, text);
  const terminal = createTestTerminal();
  const code = await runCommand(["detect", "--input", input, ...words], terminal);
  const strip = (said: string): string => said.replaceAll(`${folder}/`, "");
  return { code, output: strip(terminal.output()), errors: strip(terminal.errors()) };
}

/** A reading a minute that swings by the hour, and stands far out at the minutes that are given. */
function readings(count: number, odd: readonly number[] = []): string {
  const rows = Array.from({ length: count }, (_, minute) => {
    const time = new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString();
    const ripple = ((minute * 7919) % 101) / 100;
    return `${time},${odd.includes(minute) ? 400 : (50 + 10 * Math.sin(minute / 10) + ripple).toFixed(2)}\n`;
  });
  return `timestamp,value\n${rows.join("")}`;
}

describe("detect", () => {
  test("writes each row again with its score and the range that was expected, and says what it found", async () => {
    const { code, output, errors } = await detect(readings(3000, [2500]));
    const rows = output.trim().split("\n");
    expect(code).toBe(0);
    expect(rows[0]).toBe("timestamp,value,anomaly_score,low,high");
    expect(rows).toHaveLength(3001);
    expect(rows[1]).toBe("2026-01-01T00:00:00.000Z,50.00,0,,");
    const [time, value, score, low, high] = (rows[2501] ?? "").split(",");
    expect([time, value]).toEqual(["2026-01-02T17:40:00.000Z", "400"]);
    expect(Number(score)).toBeGreaterThanOrEqual(0.5);
    expect(Number(low)).toBeLessThan(60);
    expect(Number(high)).toBeLessThan(100);
    expect(errors).toMatch(/^3,000 rows of input\.csv: \d+ worth a look, \d+ of them an alarm; the first [\d,]+ were/u);
  });

  test("writes to a file, and then says what it found on standard output", async () => {
    const output = join(folder, "output.csv");
    const { output: said } = await detect(readings(300), "--output", output, "--detector", "basic");
    expect(said).toMatch(/^300 rows of input\.csv: .* \(basic\)\n$/u);
    expect(readFileSync(output, "utf8").split("\n")).toHaveLength(302);
  });

  test("writes rows to standard output for the output - too, and makes no file of that name", async () => {
    const { output, errors } = await detect("1767225600,1\n", "--output", "-");
    expect(output).toBe("timestamp,value,anomaly_score,low,high\n1767225600,1,0,,\n");
    expect(errors).toMatch(/^1 row of/u);
    expect(existsSync("-")).toBe(false);
  });

  test("gives the same for one file in pieces of any size: a long one is like its rows", async () => {
    const text = readings(20_000);
    expect(text.length).toBeGreaterThan(2 * 256 * 1024);
    const { output } = await detect(text, "--detector", "threshold", "--range", "0,100");
    const rows = output.trim().split("\n").slice(1);
    expect(rows.map((row) => row.split(",").slice(0, 2).join(","))).toEqual(text.trim().split("\n").slice(1));
  });

  test("takes the range of a sensor, also one below zero", async () => {
    expect((await detect(readings(10), "--range", "-40,120")).code).toBe(0);
  });

  test("says with which detector a range changes nothing", async () => {
    const said = async (kind: string) => (await detect(readings(10), "--detector", kind, "--range", "0,90")).errors;
    expect(await said("basic")).toContain(
      "tidegate detect: --range changes nothing with basic; ensemble and threshold go by it.\n",
    );
    for (const kind of ["ensemble", "threshold"]) expect(await said(kind)).not.toContain("changes nothing");
  });

  test("reads moments of every usual kind, rows without a heading, quotes and Windows' line ends", async () => {
    const text = '1767225600,1\r\n1767225660000,2\r\n"2026-01-01 00:02:00","3"\r\n2026-01-01T01:03:00+01:00,4';
    const { output, errors } = await detect(text);
    expect(errors).toMatch(/^4 rows/u);
    expect(errors).not.toContain("without a score");
    expect(output.split("\n")[4]).toBe("2026-01-01T01:03:00+01:00,4,0,,");
  });

  test("takes the hours that spreadsheets write without a zero for UTC too, wherever the machine is", async () => {
    vi.stubEnv("TZ", "America/New_York");
    const moments = ["8:58", "8:59:00", "9:00 am", "11:00:00 PM", "23:01:00", "19:02:00-04:00", "20:03:00 EDT"];
    const { errors } = await detect(moments.map((time) => `2026-07-01 ${time},1\n`).join(""), "--json");
    expect(JSON.parse(errors)).toMatchObject({ rows: 7, skipped: 0, back: 0 });
    const { errors: both } = await detect("2026-07-01 9:59,1\n2026-07-01T10:00,1\n2026-07-01T9:59,1\n", "--json");
    expect(JSON.parse(both)).toMatchObject({ skipped: 0, back: 1, first_back: { line: 3 } });
  });

  test("takes a zone of whole hours for one, as databases write it", async () => {
    vi.stubEnv("TZ", "America/New_York");
    const moments = [" 10:00:00+00", " 11:01:00+01", "T11:02:00.25+01", " 5:03:00-05", " 10:04:00"];
    const { errors } = await detect(moments.map((time) => `2026-07-01${time},1\n`).join(""), "--json");
    expect(JSON.parse(errors)).toMatchObject({ rows: 5, skipped: 0, back: 0 });
  });

  test("takes no day that there is not, and no number that only programs write", async () => {
    const rows =
      "2026-02-28 10:00,1\n2026-02-31 10:00,2\n2026-02-31 9:00 am,3\n2026-03-01 10:00,0x10\n2026-03-01 11:00,-4e1\n";
    const { errors } = await detect(`timestamp,value\n${rows}`, "--json");
    expect(JSON.parse(errors)).toMatchObject({ rows: 5, skipped: 3, back: 0 });
  });

  test("passes over blanks round a field", async () => {
    const { output, errors } = await detect(' 2026-01-01 00:00:00 , 3.5 \n 1767225660, "4"\n');
    expect(output).toContain("\n 2026-01-01 00:00:00 , 3.5 ,0,,\n");
    expect(errors).not.toContain("without a score");
  });

  test("says where more fields than headings hint at decimal commas, and says nothing of columns that have a heading", async () => {
    const { code, errors } = await detect("timestamp,value\n1767225600,20,047\n1767225660,21\n");
    expect(code).toBe(0);
    expect(errors).toContain(
      'tidegate detect: 1 row has more fields than the heading. The first is line 2: found "1767225600,20,047". ' +
        "Only the second was taken for the value: numbers have a point, as in 50.13, and no comma.\n",
    );
    expect((await detect("timestamp,value,unit\n1767225600,20,bar\n")).errors).not.toContain("more fields");
    const { errors: told } = await detect("timestamp,value\n1767225600,20,047\n", "--json");
    expect(JSON.parse(told)).toMatchObject({ wide: 1, first_wide: { line: 2, found: "1767225600,20,047" } });
  });

  test("refuses what is packed, and says how to unpack it", async () => {
    const packed = await detect(gzipSync(readings(3)));
    expect([packed.code, packed.output]).toEqual([2, ""]);
    expect(packed.errors).toMatch(
      /input\.csv is packed by gzip: `gunzip -c input\.csv \| tidegate detect --input -` unpacks it on the way\./u,
    );
    const workbook = await detect(new Uint8Array([0x50, 0x4b, 3, 4, 20, 0]));
    expect(workbook.errors).toContain(
      "input.csv is a ZIP archive, as workbooks (.xlsx) are too: save a workbook as CSV",
    );
  });

  test("takes moments in micro- and nanoseconds since 1970 for what they are", async () => {
    const judged = async (unit: string): Promise<string> => {
      const rows = Array.from({ length: 500 }, (_, row) => `${1767225600 + row * 60}${unit},${row % 17}\n`);
      return (await detect(rows.join(""), "--detector", "basic")).output.replaceAll(`${unit},`, ",");
    };
    const expected = await judged("");
    expect(expected).toMatch(/,-?[\d.]+,[\d.]+\n$/u);
    for (const unit of ["000", "000000", "000000000"]) expect(await judged(unit)).toBe(expected);
  });

  test("keeps no more of a file without line ends than of a line", async () => {
    const { code, output, errors } = await detect("1767225600,1 ".repeat(100_000));
    expect(code).toBe(1);
    expect(errors).toMatch(/^tidegate detect: no row of input\.csv is understood, of 31\d\./u);
    expect(output.length).toBeLessThan(320 * 40);
  });

  test("shows of a line that was not understood what a terminal would make something else of", async () => {
    expect((await detect("\n1767225600\t1\u001b[2J\n")).errors).toContain('found "1767225600\\t1\\u001b[2J"');
  });

  test("takes the mark at the begin of a file for no part of its first row", async () => {
    expect((await detect("\uFEFF1767225600,1\n")).output).toContain("\n1767225600,1,0,,\n");
    expect((await detect("\uFEFFtimestamp,value\n1767225600,1\n")).errors).toMatch(/^1 row of/u);
  });

  test("says of rows that go back in time how many these are, and where the first is", async () => {
    const { code, errors } = await detect("1767225660,1\n1767225600,2\n1767225600,3\n1767225599,4\n");
    expect(code).toBe(0);
    expect(errors).toContain(
      'tidegate detect: 2 rows are older than the row before. The first is line 2: found "1767225600,2". ' +
        "A value is judged by what came before it: sort the file by time.\n",
    );
    const { errors: told } = await detect("1767225660,1\n1767225600,2\n", "--json");
    expect(JSON.parse(told)).toMatchObject({ back: 1, first_back: { line: 2, found: "1767225600,2" } });
    expect((await detect("1767225600,1\n1767225600,2\n")).errors).not.toContain("older");
  });

  test("says where all rows were learned from, and how long it learns", async () => {
    const { errors } = await detect(readings(10), "--detector", "basic");
    expect(errors).toBe(
      "10 rows of input.csv: all were learned from, and none was judged; basic learns for 1h at least, and longer " +
        "where values come seldom\n",
    );
  });

  test("passes on what it does not understand, and says where the first of it stands", async () => {
    const { code, output, errors } = await detect(
      "timestamp,value\n2026-01-01 00:00:00,\nyesterday,3\n2026-01-01 00:00:00,3\n",
    );
    expect(code).toBe(0);
    expect(output).toBe(
      "timestamp,value,anomaly_score,low,high\n2026-01-01 00:00:00,,,,\nyesterday,3,,,\n2026-01-01 00:00:00,3,0,,\n",
    );
    expect(errors).toContain('2 rows are passed on without a score. The first is line 2: found "2026-01-01 00:00:00,"');
  });

  test("says the same as JSON", async () => {
    const { errors } = await detect(readings(50), "--json");
    const counts = { rows: 50, skipped: 0, back: 0, first_back: null, alarm: 0 };
    expect(JSON.parse(errors)).toMatchObject({ schema: 1, detector: "ensemble", ...counts });
  });

  test.each([
    [["--detector", "magic"], /found the detector "magic", expected basic, agile, .* or ensemble\./u],
    [["--range", "5"], /found --range 5, expected its two ends as LOW,HIGH, such as 0,16\./u],
    [["--range", "7,5"], /found --range 7,5/u],
  ])("refuses %j and says what was expected", async (words, expected) => {
    const { code, output, errors } = await detect(readings(3), ...words);
    expect([code, output, errors]).toEqual([2, "", expect.stringMatching(expected)]);
  });

  test("has limits learned that no range states", async () => {
    const rows = (await detect(readings(3000, [2500]), "--detector", "threshold")).output.split("\n");
    expect(rows[400]).toMatch(/,0,,$/u);
    const [, value, score, low, high] = (rows[2501] ?? "").split(",").map(Number);
    expect(value).toBe(400);
    expect(score).toBeGreaterThanOrEqual(0.5);
    expect(low).toBeGreaterThan(30);
    expect(high).toBeLessThan(70);
  });

  test("fails over a file without rows, and says what it looks for", async () => {
    for (const text of ["", "timestamp,value\n", "\u0001\n"]) {
      const { code, errors } = await detect(text);
      expect([code, errors]).toEqual([1, expect.stringContaining("input.csv holds no rows; expected lines such as")]);
    }
    expect((await detect("", "--json")).code).toBe(1);
  });

  test.each([
    ["1767225600;50.13", "Fields are parted by commas: `tr ';' ','` makes them so."],
    ["1767225600;50,13", "Fields are parted by commas, and numbers have a point: `tr ',;' '.,'` makes them so."],
    ["1767225600\t50.13", "Fields are parted by commas: `tr '\\t' ','` makes them so."],
    ['"1767225600","50,13"', "Numbers have a point, as in 50.13."],
    ["01.01.2026 10:00,3", MOMENTS],
    ["2026-01-01 10:00:00 CET,3", MOMENTS],
    ["2026-01-01 10:00:00,3.6 bar", "The value is a number alone, without a unit."],
    [
      "1767225600,pump,3",
      "The value is the second field of a line: `awk -F, '{ print $1 \",\" $3 }'` would take the third.",
    ],
    ["1767225600,pump", "The value is the second field of a line."],
    [
      "20.5,2026-01-01 00:00:00",
      "The moment is the first field of a line: `awk -F, '{ print $2 \",\" $1 }'` puts the second there.",
    ],
    [
      "17,2026-01-01 00:00:00,20.5",
      "The moment is the first field of a line: `awk -F, '{ print $2 \",\" $3 }'` puts the second there.",
    ],
    ["1767225600,NaN", "It has no value."],
    ["1767225600,", "It has no value."],
    ["1767225600", "It has one field: behind the moment come a comma and the value."],
    ["1767225600,1\r1767225601,2", "Lines end with a line feed: `tr '\\r' '\\n'` makes them so."],
    ["1\u00007\u00006\u00007\u0000,\u00005", "The file is in UTF-16: `iconv -f UTF-16 -t UTF-8` converts it."],
  ])("fails where it understands no row, and says what to do about %j", async (row, hint) => {
    const { code, errors } = await detect(`timestamp,value\n${row}\n${row}\n`);
    expect(code).toBe(1);
    expect(errors).toMatch(/^tidegate detect: no row of input\.csv is understood, of 2\. The first is line 2: found /u);
    expect(errors.endsWith(`, expected a moment and a number, such as 2026-11-21 10:00:00,3.6. ${hint}\n`)).toBe(true);
  });

  test("refuses to write over its input, or where it cannot, and to read what is not there", async () => {
    const input = join(folder, "input.csv");
    expect((await detect(readings(3), "--output", input)).errors).toContain(
      "input.csv is the input; name another file",
    );
    linkSync(input, join(folder, "same.csv"));
    expect((await detect(readings(3), "--output", join(folder, "same.csv"))).errors).toContain("same.csv is the input");
    expect(readFileSync(input, "utf8")).toBe(readings(3));
    const { errors } = await detect(readings(3), "--output", join(folder, "no/where.csv"));
    expect(errors).toContain("no/where.csv cannot be written: no such folder; make it, or name another place.");
    const terminal = createTestTerminal();
    expect(await runCommand(["detect", "--input", join(folder, "absent.csv")], terminal)).toBe(2);
    expect(terminal.errors()).toContain("absent.csv cannot be read: no such file.");
    expect(await runCommand(["detect"], terminal)).toBe(2);
    expect(terminal.errors()).toContain("expected --input FILE.csv, or - for standard input.");
  });
});
