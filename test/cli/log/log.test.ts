import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { answerLog } from "../../../src/cli/log/log-answers.ts";
import type { Log } from "../../../src/model/log.ts";
import { FLAG } from "../../../src/model/samples.ts";
import { seconds } from "../../../src/model/time.ts";
import { serveControl } from "../../../src/platform/control-socket.ts";
import { openLevelDatabase } from "../../../src/platform/level-database.ts";
import { blockKey, definitionKey } from "../../../src/store/keys.ts";
import { openLog } from "../../../src/store/open-log.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { appendRows } from "../../conformance/log-suite.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { LOG_OPTIONS } from "../../support/log-options.ts";
import { quarantineFor } from "../../support/quarantine.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";
import { TROUBLED } from "../troubled-status.ts";

const FILES = {
  "tidegate.yaml": "api_key: abc\nhostname: h\nrun_path: run\ndd_url: http://127.0.0.1:1\n",
  "run/.keep": "",
};
const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const AT = Date.UTC(2026, 10, 21, 10);

describe("the command log", () => {
  let folder: ConfigFolder;
  let store: string;

  beforeEach(() => {
    folder = new ConfigFolder(FILES);
    store = join(folder.path, "run", "log");
  });

  afterEach(() => folder[Symbol.dispose]());

  function open(): Promise<Log> {
    const options = { ...LOG_OPTIONS, history: seconds(1e10), clock: new FakeClock() };
    return openLog({ path: store, notice: () => undefined, ...options });
  }

  /** Two blocks: two samples of voltage and one of power, then one of voltage. */
  async function fill(): Promise<Log> {
    const log = await open();
    const voltage = log.defineSeries({ metric: "voltage", tags: ["phase:l1", "site:a,b"], kind: "gauge", unit: "V" });
    const power = log.defineSeries({ metric: "power.active", tags: [], kind: "gauge", unit: "W" });
    await log.cursor("datadog");
    await log.cursor("retired");
    const rows = [
      [voltage, AT, 230.1],
      [power, AT + 500, -7, FLAG.suspect | FLAG.stale],
      [voltage, AT + 60_000, 230.2],
    ] as const;
    await Promise.all([appendRows(log, rows), log.sync()]);
    await Promise.all([appendRows(log, [[voltage, AT + 120_000, 231]]), log.sync()]);
    return log;
  }

  async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
    const terminal = createTestTerminal();
    const code = await runCommand(["log", ...words, "--config", folder.path], terminal);
    return { code, out: terminal.output(), err: terminal.errors() };
  }

  async function flipBlock(first: number): Promise<void> {
    const database = await openLevelDatabase(store, quarantineFor(store));
    const bytes = Uint8Array.from((await database.get(blockKey(first))) ?? []);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await database.write([{ type: "put", key: blockKey(first), value: bytes }], { sync: true });
    await database.close();
  }

  test.each([
    [[""], "expected stats, verify, repair, export, quarantine, cursors, found nothing."],
    [["stat"], 'found "stat". Did you mean stats?'],
    [["export", "--format", "xml"], 'expected csv or jsonl, found "xml".'],
    [["export", "--from", "noon"], 'found "noon".'],
    [["export", "--series", "a{"], 'found "a{".'],
    [["stats", "--drop", "x"], "Unknown option '--drop'."],
  ])("with %j is refused", async (words, why) => {
    await (await fill()).close();
    const { code, err } = await run(...words);
    expect([code, err]).toEqual([2, expect.stringContaining(why)]);
  });

  test("where no gateway has run makes no log", async () => {
    const { code, err } = await run("stats");
    expect([code, err]).toEqual([1, expect.stringContaining("no gateway has run here yet")]);
    expect(readdirSync(join(folder.path, "run"))).toEqual([".keep"]);
  });

  test("stats says what is held in which form", async () => {
    await (await fill()).close();
    const { code, out } = await run("stats");
    await expect(out.replace(store, "/var/lib/tidegate/log")).toMatchFileSnapshot("../../golden/cli/log-stats.txt");
    expect(code).toBe(0);
    expect(JSON.parse((await run("stats", "--json")).out)).toMatchObject({
      schema: 1,
      written: 4,
      series: 2,
      losses: [],
    });
  });

  test("export writes every sample as CSV, or as lines of JSON", async () => {
    await (await fill()).close();
    expect((await run("export")).out).toBe(
      "time,metric,tags,value,unit,flags\n" +
        '2026-11-21T10:00:00.000Z,voltage,"phase:l1,site:a,b",230.1,V,\n' +
        "2026-11-21T10:00:00.500Z,power.active,,-7,W,suspect stale\n" +
        '2026-11-21T10:01:00.000Z,voltage,"phase:l1,site:a,b",230.2,V,\n' +
        '2026-11-21T10:02:00.000Z,voltage,"phase:l1,site:a,b",231,V,\n',
    );
    const chosen = ["--from", "2026-11-21T10:01", "--to", "2026-11-21T10:01:59", "--series", "volt*{phase:l1}"];
    expect((await run("export", "--format", "jsonl", ...chosen)).out).toBe(
      '{"time":"2026-11-21T10:01:00.000Z","metric":"voltage","tags":["phase:l1","site:a,b"],"value":230.2,"unit":"V",' +
        '"flags":[]}\n',
    );
    expect((await run("export", "--from", "-1h", "--json")).out).toBe("");
  });

  test("verify finds nothing in a sound log", async () => {
    await (await fill()).close();
    expect(await run("verify")).toEqual({
      code: 0,
      out: "2 blocks were read, with 4 samples.\nAll is sound.\n",
      err: "",
    });
  });

  test("export and verify say what is broken, and repair what was lost", async () => {
    await (await fill()).close();
    await flipBlock(0);
    const found =
      "The block at 0 is damaged: its checksum does not fit.\n" +
      "  3 samples, 2026-11-21 10:00:00 to 2026-11-21 10:01:00 UTC\n" +
      "          2  voltage{phase:l1,site:a,b}\n" +
      "          1  power.active\n";
    expect((await run("export")).err).toBe(
      "tidegate log: up to 3 samples of that time are damaged and left out; `tidegate log verify` says which.\n",
    );
    expect(await run("verify")).toEqual({
      code: 1,
      out:
        `${found}2 blocks were read, with 1 samples.\n1 thing is wrong.\n` +
        "`tidegate log repair` takes out what cannot be read and keeps its bytes; the rest stays as it is.\n",
      err: "",
    });
    const quarantine = join(folder.path, "run", "quarantine");
    const repaired = await run("repair");
    expect([repaired.code, repaired.out]).toEqual([
      0,
      `${found}1 thing was mended, and 3 samples are lost, as listed.\n` +
        `What cannot be read is kept in ${quarantine}, with a report.\n`,
    ]);
    const [folderOfRepair = ""] = readdirSync(quarantine);
    expect(readdirSync(join(quarantine, folderOfRepair)).sort()).toEqual(["block-0", "report.txt"]);
    expect(await run("verify")).toMatchObject({ code: 0, out: expect.stringContaining("All else is sound") });
    expect((await run("repair")).out).toBe("Nothing was repaired: all is sound.\n");
    expect((await run("stats")).out).toContain("2 unreadable of voltage{phase:l1,site:a,b}");
  });

  test("verify turns back a bit that turned over in a table of the database, and says so", async () => {
    await (await fill()).close();
    const database = await openLevelDatabase(store, quarantineFor(store));
    await database.compact(Uint8Array.of(0), Uint8Array.of(0xff));
    await database.close();
    const table = join(store, readdirSync(store).find((name) => name.endsWith(".ldb")) ?? "");
    const bytes = readFileSync(table);
    bytes[40] = (bytes[40] ?? 0) ^ 4;
    writeFileSync(table, bytes);
    const { code, out, err } = await run("verify");
    expect([code, out]).toEqual([0, "2 blocks were read, with 4 samples.\nAll is sound.\n"]);
    expect(err).toMatch(/^Corrected one flipped bit in \d+\.ldb .*: bit 2 of byte 40\./u);
  });

  test("verify and stats say that nobody knows what samples are, without a line for each of their series", async () => {
    await (await fill()).close();
    const database = await openLevelDatabase(store, quarantineFor(store));
    await database.write(
      [0, 1].map((id) => ({ type: "del", key: definitionKey(id) })),
      { sync: true },
    );
    await database.close();
    rmSync(join(store, "definitions.copy"));
    const { code, out } = await run("verify");
    expect([code, out]).toEqual([
      1,
      "In the block at 0 are samples of series whose definition is lost.\n" +
        "  3 samples, 2026-11-21 10:00:00 to 2026-11-21 10:01:00 UTC\n" +
        "          3  nobody knows what\n" +
        "In the block at 3 are samples of series whose definition is lost.\n" +
        "  1 samples, 2026-11-21 10:02:00 to 2026-11-21 10:02:00 UTC\n" +
        "          1  nobody knows what\n" +
        "2 blocks were read, with 4 samples.\n2 things are wrong.\n",
    ]);
    expect((await run("stats")).out).toContain("Definitions lost: of 2 series nobody knows what they are");
    expect(JSON.parse((await run("stats", "--json")).out)).toMatchObject({ series: 2, nameless_series: 2 });
  });

  test("shows no empty log where the disk does not let the log be opened", async () => {
    mkdirSync(join(store, "MANIFEST-000001"), { recursive: true });
    writeFileSync(join(store, "CURRENT"), "MANIFEST-000001\n");
    for (const action of ["stats", "verify", "export"]) {
      const { code, out, err } = await run(action);
      expect([code, out, err]).toEqual([1, "", expect.stringMatching(/could not be opened: .*then try again\.$/mu)]);
    }
  });

  test("ends where the log does not open", () => {
    mkdirSync(join(store, "MANIFEST-000001"), { recursive: true });
    writeFileSync(join(store, "CURRENT"), "MANIFEST-000001\n");
    const words = [MAIN, "log", "stats", "--config", folder.path];
    const { status, signal } = spawnSync(process.execPath, words, { timeout: 30_000 });
    expect([status, signal]).toEqual([1, null]);
  }, 60_000);

  test("cursors are listed, and one that is retired is dropped", async () => {
    await (await fill()).close();
    expect((await run("cursors")).out).toContain("retired         0        4");
    expect(await run("cursors", "--drop", "datadog")).toMatchObject({
      code: 2,
      err: expect.stringContaining("belongs to an intake that is configured"),
    });
    expect((await run("cursors", "--drop", "nobody")).err).toContain('no cursor "nobody"; there is datadog, retired');
    expect((await run("cursors", "--drop", "retired")).code).toBe(0);
    const { cursors } = JSON.parse((await run("cursors", "--json")).out);
    expect(cursors).toMatchObject([{ name: "datadog", position: 0, lag: 4, keeps_samples: true }]);
  });

  test("beside a gateway asks it, and says the same", async () => {
    const log = await fill();
    const asked: unknown[] = [];
    const control = await serveControl(join(folder.path, "run"), async (request) => {
      asked.push(request["question"]);
      return request.command === "status" ? TROUBLED : await answerLog(log, request);
    });
    const beside = [await run("export"), await run("verify"), await run("stats")];
    expect(asked).toContain("page");
    await control[Symbol.asyncDispose]();
    await log.close();
    expect(beside[2]?.out).toContain("  Disk: writes 212 MB and 2,880 syncs a day at this rate\n");
    expect([await run("export"), await run("verify")]).toEqual(beside.slice(0, 2));
  });

  test("a question that it does not know is refused", async () => {
    const log = await fill();
    await expect(answerLog(log, { command: "log", question: "why" })).rejects.toMatchObject({ code: "CLI_USAGE" });
    await log.close();
  });
});
