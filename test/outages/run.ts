/**
 * `npm run outage:forward`: a day without network in simulated time, and what of it can be read from the intake
 * afterwards. The forwarder and the log are the real ones.
 *
 * `--hours 24`: how long the network is away. `--series 200`: how many are sampled once a second. `--only thin`: the
 * cases that have this in their name.
 */

import { parseArgs } from "node:util";
import { millis, seconds } from "../../src/model/time.ts";
import { quantile } from "../bench/log/usage.ts";
import { fixed, printTable } from "../bench/store/table.ts";
import { type OutagePlan, OutageWorld } from "./outage-world.ts";

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "24" },
    series: { type: "string", default: "200" },
    only: { type: "string", default: "" },
  },
});
const hours = Number(values.hours);
const seriesCount = Number(values.series);

const HOUR = seconds(3600);
const ANY = millis(Number.POSITIVE_INFINITY);
const DSL = { bitsPerSecond: 10e6, latency: millis(50) };
const MODEM = { bitsPerSecond: 128e3, latency: millis(300) };
const WINDOW = { window: HOUR, ages: { maxAge: HOUR } };
const HISTORICAL = { window: ANY, ages: { maxAge: ANY } };
const HOLDING = { window: HOUR, ages: { maxAge: HOUR, isHoldingOld: true } };
const THINNING = { window: ANY, ages: { maxAge: ANY, rollUpAge: HOUR } };

const CASES: readonly (readonly [string, Omit<OutagePlan, "seriesCount">])[] = [
  ["1 h, expire; 10 Mbit/s", { ...WINDOW, ...DSL }],
  ["1 h, expire; 128 kbit/s", { ...WINDOW, ...MODEM }],
  ["1 h, hold; 10 Mbit/s", { ...HOLDING, ...DSL }],
  ["historical, send; 10 Mbit/s", { ...HISTORICAL, ...DSL }],
  ["historical, send; 128 kbit/s", { ...HISTORICAL, ...MODEM }],
  ["historical, thin; 10 Mbit/s", { ...THINNING, ...DSL }],
];

/** Beyond this a case is given up. Units: seconds. */
const DRAIN_SECONDS_MAX = 86_400;

/** What a case showed. */
interface Shown {
  readonly share: number;
  readonly minutes: number;
  readonly drained: number;
  readonly noticed: number;
  readonly delays: readonly number[];
}

const table: string[][] = [];
for (const [name, plan] of CASES.filter(([name]) => name.includes(values.only))) {
  const world = new OutageWorld({ ...plan, seriesCount });
  await world.open();
  const shown = await live(world);
  table.push(toRow(name, world, shown));
  if (plan.ages.isHoldingOld === true) table.push(await turnOnHistorical(world));
  await world.close();
}
printTable(
  `${hours} h without network, ${seriesCount} samples a second, ${hours * 3600 * seriesCount} of them in that time`,
  [
    "window, older; uplink",
    "read back %",
    "of minutes %",
    "too old",
    "thinned",
    "held",
    "vanished",
    "wrong",
    "drained s",
    "noticed s",
    "live p50 s",
    "p99 s",
    "most s",
  ],
  table,
);

/** Lives through the outage, and until all of it that will be is filled in. */
async function live(world: OutageWorld): Promise<Shown> {
  await world.run(seconds(60));
  const from = world.seconds;
  world.isDown = true;
  await world.run(seconds(3600 * hours));
  return await drain(world, from, world.seconds);
}

async function drain(world: OutageWorld, from: number, to: number): Promise<Shown> {
  const began = world.clock.now();
  world.awaitIntake();
  do {
    await world.run(seconds(1));
  } while (!isDrained(world) && world.seconds - to < DRAIN_SECONDS_MAX);
  return {
    share: world.shareHeld(from, to),
    minutes: world.shareOfMinutes(from, to),
    drained: (world.clock.now() - began) / 1000,
    noticed: ((world.noticedAt ?? Number.NaN) - began) / 1000,
    delays: world.liveDelays,
  };
}

/** Nothing is left to be filled in but what is held. */
function isDrained(world: OutageWorld): boolean {
  const { backfill } = world.forwarder.state();
  const isBack = world.noticedAt !== undefined && world.cursor.end - world.cursor.position <= 15 * seriesCount;
  return isBack && (backfill === null || backfill.waiting === backfill.held);
}

/** The account takes readings of any age from now on, and the gateway is told so. */
async function turnOnHistorical(world: OutageWorld): Promise<string[]> {
  await world.stop();
  world.intake.window = ANY;
  await world.open({ maxAge: ANY });
  const shown = await drain(world, 60, 60 + 3600 * hours);
  return toRow("  then historical turned on", world, shown);
}

function toRow(name: string, world: OutageWorld, { share, minutes, drained, noticed, delays }: Shown): string[] {
  const { counts } = world.cursor;
  const held = world.forwarder.state().backfill?.held ?? 0;
  return [
    name,
    fixed(100 * share, 2),
    fixed(100 * minutes, 2),
    String(counts.tooOld),
    String(counts.thinned),
    String(held),
    String(world.intake.vanished),
    String(world.wrong),
    fixed(drained, 0),
    fixed(noticed, 1),
    fixed(quantile(delays, 0.5) / 1000, 1),
    fixed(quantile(delays, 0.99) / 1000, 1),
    fixed(delays.reduce((most, delay) => Math.max(most, delay), 0) / 1000, 1),
  ];
}
