import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import type { ReplayReport } from "../../../src/cli/filter/replay-report.ts";
import { answerLog } from "../../../src/cli/log/log-answers.ts";
import { anomalyOf, expectedOf } from "../../../src/model/companions.ts";
import type { Log } from "../../../src/model/log.ts";
import { FLAG, SampleBuilder } from "../../../src/model/samples.ts";
import type { Series } from "../../../src/model/series.ts";
import { summaryOf } from "../../../src/model/thinning.ts";
import { seconds } from "../../../src/model/time.ts";
import { serveControl } from "../../../src/platform/control-socket.ts";
import { openLog } from "../../../src/store/open-log.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { appendRows } from "../../conformance/log-suite.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { LOG_OPTIONS } from "../../support/log-options.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";
import { TROUBLED } from "../troubled-status.ts";

const FILES = {
  "tidegate.yaml": "api_key: abc\nhostname: h\nrun_path: run\ndd_url: http://127.0.0.1:1\n",
  "conf.d/mqtt.yaml": `instances:
  - name: press
    broker: mqtt://127.0.0.1:1
    min_collection_interval: 5
    filter: { threshold: { high: 400000 }, except: [load] }
    topics: [{ topic: press/pressure, metric: pressure, unit: Pa }]
`,
  "run/.keep": "",
};
const START = Date.UTC(2026, 10, 21, 6);
const TAGS = ["check:mqtt", "instance:press"];
const PRESSURE: Series = { metric: "pressure", tags: TAGS, kind: "gauge", unit: "Pa" };
const RUNNING: Series = { metric: "machine.running", tags: TAGS, kind: "gauge", unit: "" };
const ENERGY: Series = { metric: "energy.active.import", tags: TAGS, kind: "gauge", unit: "Wh" };
const LOAD: Series = { metric: "load", tags: TAGS, kind: "gauge", unit: "%" };
const UPTIME: Series = { metric: "tidegate.uptime", tags: [], kind: "gauge", unit: "s" };

describe("filter replay", () => {
  let folder: ConfigFolder;

  beforeEach(() => {
    folder = new ConfigFolder(FILES);
  });

  afterEach(() => folder[Symbol.dispose]());

  function open(): Promise<Log> {
    const options = { ...LOG_OPTIONS, maxBytes: 50_000_000, history: seconds(1e10), clock: new FakeClock() };
    return openLog({ path: join(folder.path, "run", "log"), notice: () => undefined, ...options });
  }

  /** So many seconds of a press, read every five; from `oddFrom` on it has three times its pressure for a minute. */
  async function fill({ lasts = 3 * 3600, oddFrom = 9000, flags = 0 } = {}): Promise<Log> {
    const log = await open();
    const random = createSeededRandom(7);
    const [pressure, running, energy, uptime] = [PRESSURE, RUNNING, ENERGY, UPTIME].map((of) => log.defineSeries(of));
    const batch = new SampleBuilder();
    for (let second = 0; second < lasts; second += 5) {
      const at = START + 1000 * second;
      const isOdd = second >= oddFrom && second < oddFrom + 60;
      batch.push(pressure as number, at, Math.round((isOdd ? 3 : 1) * 200_000 + 4000 * random.next()), flags);
      batch.push(running as number, at, second % 900 < 450 ? 1 : 0, flags);
      batch.push(energy as number, at, 5_000_000 + 3 * second, flags & FLAG.ordinary);
      if (second % 15 === 0) batch.push(uptime as number, at, second, 0);
    }
    await Promise.all([log.append(batch, { sampled: batch.count, dropped: {} }), log.sync()]);
    return log;
  }

  async function run(...words: string[]) {
    const terminal = createTestTerminal();
    const code = await runCommand(["filter", ...words, "--config", folder.path], terminal);
    return { code, out: terminal.output(), err: terminal.errors() };
  }

  async function report(...words: string[]): Promise<ReplayReport> {
    const { out, err, code } = await run("replay", "--json", ...words);
    expect([code, err]).toEqual([0, expect.not.stringContaining("tidegate filter")]);
    return JSON.parse(out) as ReplayReport;
  }

  test.each([
    [[""], "expected replay, found nothing."],
    [["replya"], 'found "replya". Did you mean replay?'],
    [["replay", "--mode", "all"], 'expected mark or reduce after --mode, found "all": with all nothing is detected'],
    [["replay", "--mode", "thin"], 'after --mode, found "thin".'],
    [
      ["replay", "--window", "7"],
      'expected a number of seconds that divides an hour, such as 60 after --window, found "7".',
    ],
    [["replay", "--window", "soon"], 'after --window, found "soon".'],
    [["replay", "--deadband", "wide"], 'after --deadband, found "wide".'],
    [["replay", "--keep", "deadband"], "expected how far a value may move, found deadband without a deadband."],
    [["replay", "--intake", "nobody"], 'there is no intake "nobody"; there is datadog.'],
    [["replay", "--from", "noon"], 'found "noon".'],
    [["replay", "--from", "2026-11-22", "--to", "2026-11-21"], 'expected a --to after --from, found "2026-11-21".'],
    [["replay", "--series", "a{"], 'found "a{".'],
    [["replay", "--detektor", "basic"], "Did you mean --detector?"],
  ])("with %j is refused", async (words, why) => {
    await (await fill({ lasts: 1 })).close();
    const { code, err, out } = await run(...words);
    expect([code, err, out]).toEqual([2, expect.stringContaining(why), ""]);
  });

  test("where no gateway has run makes no log", async () => {
    const { code, err } = await run("replay");
    expect([code, err]).toEqual([1, expect.stringContaining("no gateway has run here yet")]);
    expect(readdirSync(join(folder.path, "run"))).toEqual([".keep"]);
  });

  test("says so where the log holds nothing of that time", async () => {
    await (await fill({ lasts: 10 })).close();
    const { code, out } = await run("replay", "--from", "2026-11-22", "--to", "2026-11-23");
    expect([code, out]).toEqual([0, "The log holds no readings of that time and those series.\n"]);
  });

  test("names options that change nothing with the setting that is tried", async () => {
    await (await fill({ lasts: 60 })).close();
    expect((await run("replay", "--deadband", "5")).err).toContain(
      "tidegate filter: deadband under filter does nothing: `keep: mean` goes by windows; add `keep: deadband` or `swinging-door`.\n",
    );
    expect((await run("replay", "--mode", "mark", "--keep", "deadband", "--deadband", "5")).err).toContain(
      "keep, deadband under filter do nothing: `mode: mark` thins nothing out",
    );
    expect((await run("replay", "--keep", "deadband", "--deadband", "5")).err).not.toContain("deadband");
  });

  test("shows what a setting sends and saves, what was odd, and how true the hours stay", async () => {
    await (await fill()).close();
    const { code, out } = await run("replay", "--detector", "threshold", "--pre", "60");
    expect(code).toBe(0);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    await expect(out).toMatchFileSnapshot("../../golden/cli/filter-replay.txt");
  });

  test("sends what crosses a configured limit in full, with what was before and after it", async () => {
    await (await fill()).close();
    const found = await report("--detector", "threshold", "--pre", "100", "--post", "50");
    expect(found.odd).toMatchObject([
      { metric: "pressure", start_at: START + 9_000_000, end_at: START + 9_055_000, is_under_way: false },
    ]);
    // The first and the last reading go beside the means of 180 windows.
    const pressure = found.series.find(({ metric }) => metric === "pressure");
    expect(pressure).toMatchObject({ mode: "reduce", readings: 2160, name: 182, full: 20 + 12 + 10 });
    expect(found.before).toMatchObject({ points: 3 * 2160 + 720, series: 4 });
    expect(found.after).toMatchObject({ series: 6 });
    expect(found.after.points).toBe(
      found.series.reduce((sum, { name, full, companions }) => sum + name + full + companions, 0),
    );
    expect(found.hours_compared).toBe(12);
    for (const { hour_differs_percent: percent } of found.series) expect(percent).toBeLessThan(0.1);
  });

  test("with mark sends everything, and beside it how odd it is", async () => {
    await (await fill({ lasts: 7200, oddFrom: 5000 })).close();
    const found = await report("--mode", "mark", "--series", "pressure");
    expect(found.series).toMatchObject([{ mode: "mark", readings: 1440, name: 1440, full: 0 }]);
    expect(found.series[0]?.companions).toBeGreaterThan(1);
    expect(found.odd).toHaveLength(1);
    expect([found.before.points, found.before.series, found.after.series]).toEqual([1440, 1, 2]);
  });

  test("tells of every change of a state, and in full of what the filter is not for", async () => {
    await (await fill({ lasts: 3600 })).close();
    const { series } = await report("--series", "");
    const of = (name: string) => series.find(({ metric }) => metric === name);
    // One for each of 60 windows, each change at half of one, and the last.
    expect(of("machine.running")).toMatchObject({ readings: 720, name: 60 + 4 + 1, full: 0 });
    expect(of("tidegate.uptime")).toMatchObject({ mode: "all", readings: 240, name: 240 });
  });

  test("leaves out of it what the configuration leaves out", async () => {
    const log = await open();
    const load = log.defineSeries(LOAD);
    const rows = Array.from({ length: 300 }, (_, second) => [load, START + 1000 * second, second % 7] as const);
    await Promise.all([appendRows(log, rows), log.sync()]);
    await log.close();
    expect((await report("--mode", "reduce")).series).toMatchObject([{ mode: "all", readings: 300, name: 300 }]);
  });

  test("takes off what an earlier setting has marked and made, so that any other can be tried", async () => {
    await (await fill({ lasts: 7200, oddFrom: 5000 })).close();
    const plain = await report();
    folder[Symbol.dispose]();
    folder = new ConfigFolder(FILES);
    const log = await fill({ lasts: 7200, oddFrom: 5000, flags: FLAG.ordinary | FLAG.anomalous | FLAG.onset });
    const made = [summaryOf(PRESSURE), anomalyOf(PRESSURE), expectedOf(PRESSURE).low].map((of) => log.defineSeries(of));
    const rows = made.flatMap((id) => [1, 2, 3].map((minute) => [id, START + 60_000 * minute, 0.5] as const));
    await Promise.all([appendRows(log, rows), log.sync()]);
    await log.close();
    expect(await report()).toEqual(plain);
  });

  test("learns from what is before the time it is asked for", async () => {
    await (await fill({ oddFrom: 9000 })).close();
    const words = ["--from", "2026-11-21T08:00", "--detector", "basic", "--sensitivity", "watch"];
    const found = await report(...words);
    expect(found.from_at).toBe(Date.UTC(2026, 10, 21, 8));
    expect(found.series.map(({ readings }) => readings)).toEqual([720, 720, 720, 240]);
    expect(found.series.some(({ is_learning: isLearning }) => isLearning)).toBe(false);
    expect(found.odd).toMatchObject([{ metric: "pressure" }]);
    // Its first window is one of many: there is no first reading of a run in it.
    expect(found.series.find(({ metric }) => metric === "pressure")).toMatchObject({ name: 61 });
  });

  test("goes through the gateway that runs, a page at a time, and finds the same", async () => {
    const log = await fill({ lasts: 1200 });
    await log.close();
    const alone = await report();
    const opened = await open();
    const asked: unknown[] = [];
    {
      await using _control = await serveControl(join(folder.path, "run"), (request) => {
        if (request.command === "status") return Promise.resolve(TROUBLED);
        asked.push(request["question"]);
        return answerLog(opened, request);
      });
      expect(await report()).toEqual(alone);
    }
    expect(new Set(asked)).toEqual(new Set(["page"]));
    await opened.close();
  });
});
