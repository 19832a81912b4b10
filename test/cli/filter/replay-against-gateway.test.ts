/** What a replay says a setting sends, held against what a gateway with that setting has sent. */

import { inflateSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { ReplayReport } from "../../../src/cli/filter/replay-report.ts";
import { ReplayRun } from "../../../src/cli/filter/replay-run.ts";
import { TriedRules } from "../../../src/cli/filter/tried-rules.ts";
import { composeIntake } from "../../../src/forward/compose-intake.ts";
import type { GatewayConfig, IntakeConfig } from "../../../src/model/config.ts";
import { DEFAULT_FILTER } from "../../../src/model/filter.ts";
import type { Intake } from "../../../src/model/intake.ts";
import type { Log } from "../../../src/model/log.ts";
import { isOfLeads } from "../../../src/model/thinning.ts";
import { seconds } from "../../../src/model/time.ts";
import { openLevelLog } from "../../../src/store/level-log.ts";
import { DayIntake } from "../../bench/reduction/day-intake.ts";
import { beginOfDay, configOf, passDay } from "../../bench/reduction/gateway-day.ts";
import type { PlantedEvent } from "../../bench/reduction/planted-events.ts";

/** In the second hour the pump shakes a little more for a minute, and then much more for another. */
const EVENTS: readonly PlantedEvent[] = [
  {
    ...{ kind: "drift", machine: "pump", point: "vibration", fromS: 2400, lastsS: 120 },
    read: (value, inS) => value + (inS < 60 ? 0.6 : 20),
  },
];

/** The first hour is to learn. */
const OPTIONS = {
  seed: 1,
  machines: ["pump"] as const,
  events: EVENTS,
  filter: {
    ...{ ...DEFAULT_FILTER, mode: "reduce" as const, detector: "basic" as const, sensitivity: "watch" as const },
    ...{ hasExpected: true, statistics: ["min", "count"] as const },
  },
  ...{ learnHours: 1, isLearning: true, hours: 1, hasSelfMetrics: false, interval: seconds(10), isWhole: true },
};

/** A point as it was sent. */
type Sent = readonly [metric: string, tags: string, second: number, value: number];

describe("a replay of what a gateway has read", () => {
  const sent: Sent[] = [];
  const tried: Sent[] = [];
  let bytes = 0;
  let config: GatewayConfig;
  let log: Log;

  beforeAll(async () => {
    const heard = new DayIntake((metric, tags, second, value) => sent.push([metric, tags.join(), second, value]));
    // What it learned from was sent too.
    Object.defineProperty(heard, "isListening", { get: () => true, set: () => undefined });
    const { disk, clock } = await passDay(OPTIONS, heard);
    bytes = heard.seriesBytes;
    config = configOf(OPTIONS);
    log = await openLevelLog(disk.open(), clock, config.store, () => undefined);
    return async () => await log.close();
    // Two hours of a gateway, for which a busy machine may take its time.
  }, 60_000);

  /** Replays the log with nothing laid over the configuration. */
  async function replay(fromAt: number): Promise<ReplayReport> {
    tried.length = 0;
    const [intake] = config.intakes as [IntakeConfig];
    const opened: Intake[] = [];
    const openIntake = (): Intake => {
      opened.push(openKeeping(intake, config, opened.length === 0 ? [] : tried));
      return opened.at(-1) as Intake;
    };
    const run = new ReplayRun({ rules: new TriedRules(config, {}), config: intake, openIntake, fromAt });
    for (let from: number | undefined = 0; from !== undefined; ) {
      const { batch, next } = await log.care.page({ from, fromAt: 0, toAt: Number.MAX_SAFE_INTEGER });
      const column = (of: Uint8Array | Uint32Array | Float64Array): number[] => [...of.subarray(0, batch.count)];
      const rows = {
        ...{ series: column(batch.series), at: column(batch.at) },
        ...{ value: column(batch.value), flags: column(batch.flags) },
      };
      await run.take({ rows, seriesOf: (id) => log.seriesOf(id) });
      from = next;
    }
    return await run.end({ options: "", unreadable: 0, is_stopped: false });
  }

  test("sends the same points, each with its value and moment, in nearly as many bytes", async () => {
    const { after, series } = await replay(Number.NEGATIVE_INFINITY);
    expect(sorted(tried)).toEqual(sorted(sent));
    expect(after.points).toBe(sent.length);
    expect(after.series).toBe(new Set(sent.map(([metric, tags]) => `${metric} ${tags}`)).size);
    expect(Math.abs(after.bytes / bytes - 1)).toBeLessThan(0.01);
    for (const { metric, tags, readings, name, full } of series) {
      const own = (ending: string) =>
        sent.filter((each) => each[0] === metric + ending && tags.every((tag) => each[1].split(",").includes(tag)));
      expect([metric, readings, name, full]).toEqual([metric, 729, own("").length, own(".full").length]);
    }
  });

  test("sends as much of what is odd, of what was before it began, and of what is told beside", async () => {
    const { series, odd } = await replay(Number.NEGATIVE_INFINITY);
    expect(odd).toHaveLength(1);
    const leads = new Set(log.care.series().flatMap(([id, each]) => (isOfLeads(each) ? [id] : [])));
    const { batch } = await log.care.page({ from: 0, fromAt: 0, toAt: Number.MAX_SAFE_INTEGER, series: leads });
    expect([...batch.value.subarray(0, batch.count)]).toEqual([120]);
    // Two minutes of before, the two that it had lasted about, one that is odd and two of after.
    expect(series.map(({ metric, full }) => [metric, full]).filter(([, full]) => full !== 0)).toEqual([
      ["vibration", 12 + 12 + 6 + 12],
    ]);
    const endings = [".full", ".anomaly", ".expected.low", ".expected.high", ".min", ".count"];
    for (const ending of endings) expect(sent.some(([metric]) => metric.endsWith(ending))).toBe(true);
  });

  test("of a part of it sends the same, as it has learned from what was before", async () => {
    const fromAt = beginOfDay(OPTIONS);
    await replay(fromAt);
    const isOfPart = ([, , second]: Sent): boolean => 1000 * second >= fromAt;
    expect(sorted(tried.filter(isOfPart))).toEqual(sorted(sent.filter(isOfPart)));
  });
});

/** Makes an intake that was never sent anything, and keeps what it encodes. */
function openKeeping(intake: IntakeConfig, { hostname, tags }: GatewayConfig, into: Sent[]): Intake {
  const world = {
    readKey: () => "",
    earlierRun: { hasDelivered: false, mayHaveSent: () => false },
    logger: { warn: () => undefined },
  };
  const made = composeIntake(intake, { hostname, tags, version: "0.0.0" }, world).intake;
  return {
    ...made,
    encode: (points, seriesOf) => {
      const payload = made.encode(points, seriesOf);
      const { series } = JSON.parse(inflateSync(payload.body).toString("utf8")) as {
        series: { metric: string; tags: string[]; points: { timestamp: number; value: number }[] }[];
      };
      for (const each of series) {
        for (const { timestamp, value } of each.points) into.push([each.metric, each.tags.join(), timestamp, value]);
      }
      return payload;
    },
  };
}

function sorted(points: readonly Sent[]): string[] {
  return points.map((point) => point.join(" ")).sort();
}
