import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { answerLog } from "../../../src/cli/log/log-answers.ts";
import type { RunningGateway } from "../../../src/cli/log/quarantine-answers.ts";
import { GatewayError } from "../../../src/model/errors.ts";
import type { Log } from "../../../src/model/log.ts";
import type { RetryReport } from "../../../src/model/retry-report.ts";
import { seconds } from "../../../src/model/time.ts";
import { serveControl } from "../../../src/platform/control-socket.ts";
import { openLog } from "../../../src/store/open-log.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { appendRows } from "../../conformance/log-suite.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { LOG_OPTIONS } from "../../support/log-options.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";
import { TROUBLED } from "../troubled-status.ts";

const FILES = {
  "tidegate.yaml": "api_key: abc\nhostname: h\nrun_path: run\ndd_url: http://127.0.0.1:1\n",
  "run/.keep": "",
};
const AT = Date.UTC(2026, 10, 21, 10);
const CONFLICT =
  'field type conflict: input field "value" on measurement "voltage" is type float, already exists as type integer';
const UNSENT = { tooOld: 0, tooFarAhead: 0, inOrderOnly: 0, untold: 0, nameless: 0 };
const NOTHING: RetryReport = {
  ...{ intake: "datadog", isRunning: false, chosen: 0, delivered: 0, collapsed: 0, refused: 0 },
  ...{ unsent: UNSENT, reason: "" },
};

describe("the command log quarantine", () => {
  let folder: ConfigFolder;

  beforeEach(() => {
    folder = new ConfigFolder(FILES);
  });

  afterEach(() => folder[Symbol.dispose]());

  /** A log of which datadog refused three samples of voltage and one of power, and influx one of voltage. */
  async function fill(): Promise<Log> {
    const options = { ...LOG_OPTIONS, history: seconds(1e10), clock: new FakeClock() };
    const log = await openLog({ path: join(folder.path, "run", "log"), notice: () => undefined, ...options });
    const voltage = log.defineSeries({ metric: "voltage", tags: ["phase:l1"], kind: "gauge", unit: "V" });
    const power = log.defineSeries({ metric: "power.active", tags: [], kind: "gauge", unit: "W" });
    const rows = [
      [voltage, AT, 230.1],
      [power, AT + 500, -7],
      [voltage, AT + 60_000, 230.2],
      [voltage, AT + 120_000, 231],
    ] as const;
    await Promise.all([appendRows(log, rows), log.sync()]);
    await refuse(log, "datadog", rows, (at) => `400: the point at ${at} is too old`);
    await refuse(log, "influx", rows.slice(0, 1), () => `400: partial write: ${CONFLICT} dropped=1`);
    return log;
  }

  async function refuse(
    log: Log,
    name: string,
    rows: readonly (readonly [number, number, number])[],
    say: (at: number) => string,
  ): Promise<void> {
    const cursor = await log.cursor(name);
    const setAside = rows.map(([series, at, value], sequence) => ({ sequence, series, at, value, answer: say(at) }));
    await cursor.read(rows.length);
    await cursor.commit({ to: rows.length, counts: { rejected: rows.length }, moments: new Map(), setAside });
  }

  async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
    const terminal = createTestTerminal();
    const code = await runCommand(["log", "quarantine", ...words, "--config", folder.path], terminal);
    return { code, out: terminal.output(), err: terminal.errors() };
  }

  test.each([
    [[], 'expected 2 words, found "quarantine"'],
    [["lst"], 'found "lst". Did you mean list?'],
    [["list", "more"], "expected 2 words"],
    [["list", "--intake", "graphite"], 'there is no intake "graphite"; there is datadog, influx.'],
    [["drop", "--series", "a{"], 'found "a{".'],
    [["drop"], "this forgets 5 samples for good: no intake will ever get them. Add --yes if that is meant."],
  ])("with %j is refused", async (words, why) => {
    await (await fill()).close();
    const { code, err } = await run(...words);
    expect([code, err]).toEqual([2, expect.stringContaining(why)]);
  });

  test("lists what was refused by intake, series and answer, the newest first", async () => {
    await (await fill()).close();
    const { code, out } = await run("list");
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot("../../golden/cli/log-quarantine.txt");
    expect(JSON.parse((await run("list", "--json", "--intake", "influx")).out)).toEqual({
      schema: 1,
      more: 0,
      groups: [
        {
          ...{ intake: "influx", series: "voltage{phase:l1}", count: 1, from_at: AT, to_at: AT },
          ...{ first_value: 230.1, last_value: 230.1, answer: `400: partial write: ${CONFLICT} dropped=1` },
        },
      ],
    });
  });

  test("names what went in full, and what had no right clock, as the intake knows it", async () => {
    const log = await fill();
    const [id = -1] = log.care.series()[0] ?? [];
    const rows = [[id + 2 ** 30, AT, 1] as const, [id + 2 ** 30 + 2 ** 31, AT, 2] as const];
    await Promise.all([
      appendRows(log, [
        [id, AT, 1],
        [id, AT, 2],
      ]),
      log.sync(),
    ]);
    const cursor = await log.cursor("datadog");
    const from = cursor.position;
    const setAside = rows.map(([series, at, value], row) => ({
      sequence: from + row,
      series,
      at,
      value,
      answer: "400",
    }));
    await cursor.read(2);
    await cursor.commit({ to: from + 2, counts: { rejected: 2 }, moments: new Map(), setAside });
    await log.close();
    const { groups } = JSON.parse((await run("list", "--json", "--series", "voltage.full")).out);
    expect(groups.map(({ series }: { series: string }) => series).sort()).toEqual([
      "voltage.full{clock:untrusted,phase:l1}",
      "voltage.full{phase:l1}",
    ]);
  });

  test("lists nothing in so many words", async () => {
    await (await fill()).close();
    expect((await run("list", "--series", "current")).out).toMatch(/^Nothing is set aside/u);
  });

  test("drops what is meant for good, and the books go on counting it", async () => {
    await (await fill()).close();
    expect(await run("drop", "--intake", "datadog", "--series", "volt*", "--yes")).toMatchObject({
      code: 0,
      out: "3 samples forgotten for good. The books go on counting them as rejected.\n",
    });
    expect((await run("list")).out.match(/\d+ sample/gu)).toEqual(["1 sample", "1 sample", "1 sample", "1 sample"]);
    expect(JSON.parse((await run("drop", "--yes", "--json")).out)).toEqual({ schema: 1, dropped: 2 });
    expect((await run("drop")).out).toContain("nothing was dropped");
    const terminal = createTestTerminal();
    await runCommand(["log", "cursors", "--config", folder.path], terminal);
    expect(terminal.output()).toContain("datadog: 4 rejected");
  });

  test("sends nothing where no gateway runs", async () => {
    await (await fill()).close();
    const { code, err } = await run("retry");
    expect([code, err]).toEqual([69, expect.stringContaining("no gateway runs, and nobody else sends anything")]);
  });

  /** Runs a command beside a gateway that answers with these reports in turn. */
  async function runBeside(words: readonly string[], ...answers: (readonly RetryReport[])[]) {
    await using log = Object.assign(await fill(), { [Symbol.asyncDispose]: () => log.close() });
    const asked: unknown[] = [];
    const told: string[] = [];
    const gateway: RunningGateway = {
      retrySetAside: (intake, matches) => {
        if (intake === "influx") throw new GatewayError("CLI_USAGE", "the gateway sends to no intake influx.");
        asked.push([intake, log.care.series().filter(([, series]) => matches(series)).length]);
      },
      retryReports: () => answers.shift() ?? [],
      tell: (what) => told.push(what),
    };
    const control = await serveControl(join(folder.path, "run"), async (request) =>
      request.command === "status" ? TROUBLED : await answerLog(log, request, gateway),
    );
    const result = await run(...words);
    await control[Symbol.asyncDispose]();
    return { ...result, asked, told };
  }

  test("has the gateway send what is meant once more, and waits for how that ends", async () => {
    const running = { ...NOTHING, isRunning: true, chosen: 4 };
    const done = { ...running, isRunning: false, delivered: 1, collapsed: 1, unsent: { ...UNSENT, tooOld: 2 } };
    const { code, out, asked } = await runBeside(["retry", "--series", "voltage"], [running], [running], [done]);
    expect(asked).toEqual([[undefined, 1]]);
    expect([code, out]).toEqual([
      0,
      "datadog: 4 samples set aside\n" +
        "        1  taken now\n" +
        "        1  gave way to a later value of the same moment, or took the place of an earlier\n" +
        "        2  not sent, and kept: older than the intake takes\n",
    ]);
  });

  test("ends with exit code 1 where some are refused again, or the intake is away", async () => {
    const refused = { ...NOTHING, chosen: 3, refused: 3 };
    const away = { ...NOTHING, intake: "other", reason: "it is retrying: the intake answered 503" };
    const { code, out } = await runBeside(["retry"], [refused, away]);
    expect(code).toBe(1);
    expect(out).toContain("        3  refused again: `tidegate log quarantine list` says with which answer\n");
    expect(out).toContain("  It ended early, and the rest is kept: it is retrying: the intake answered\n  503.\n");
  });

  test("says in JSON how it went", async () => {
    const { out } = await runBeside(["retry", "--json"], [NOTHING]);
    expect(JSON.parse(out)).toEqual({ schema: 1, intakes: [NOTHING] });
  });

  test("says so where there is nothing to send", async () => {
    expect((await runBeside(["retry"], [NOTHING])).out).toContain("nothing was sent");
  });

  test("refuses to send to an intake there is not", async () => {
    expect(await runBeside(["retry", "--intake", "influx"])).toMatchObject({ code: 2 });
  });

  test("has the gateway tell its log what was dropped", async () => {
    const { code, told } = await runBeside(["drop", "--yes", "--intake", "influx"]);
    expect([code, told]).toEqual([0, ["1 samples that influx refused were dropped for good, as asked"]]);
  });
});
