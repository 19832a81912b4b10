/**
 * `npm run bench:alarms`: a plant of many signals under a detector, with labelled faults of six kinds: what it raises
 * for nothing and what it finds, at both operating points, with thresholds as they are.
 *
 * `--plant seldom`: machines that do something now and then, without faults; else `usual`.
 * `--series 110 --days 28`: how large a plant, and for how long after learning. `--every 14`: days from fault to fault
 * of a series, 0 for none. `--interval 1000`: milliseconds from value to value. `--seed 1`, `--detector ensemble`.
 * `--signal "tank level"`, `--fault stuck`, `--size 1`: these alone. `--list`: each false one, and each fault of size 1
 * or more that was missed.
 */

import { parseArgs } from "node:util";
import { DETECTOR_KINDS } from "../../../src/model/filter.ts";
import { printByType, printByWeek, printFalse, printFound, printList } from "./alarm-tables.ts";
import { FAULT_KINDS, FAULT_SIZES } from "./faults.ts";
import { judgeSeries } from "./judging.ts";
import { SIGNAL_TYPES, type SignalType } from "./plant-signals.ts";
import { SELDOM_TYPES } from "./seldom-signals.ts";

const DAY = 86_400_000;

const PLANTS: Readonly<Record<string, readonly SignalType[]>> = { usual: SIGNAL_TYPES, seldom: SELDOM_TYPES };

const { values } = parseArgs({
  options: {
    series: { type: "string", default: "110" },
    days: { type: "string", default: "28" },
    every: { type: "string", default: "14" },
    interval: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    detector: { type: "string", default: "ensemble" },
    plant: { type: "string", default: "usual" },
    signal: { type: "string" },
    fault: { type: "string", default: FAULT_KINDS.join(",") },
    size: { type: "string", default: FAULT_SIZES.join(",") },
    list: { type: "boolean", default: false },
  },
});

const kind = DETECTOR_KINDS.find((each) => each === values.detector);
const faults = values.fault.split(",");
const sizes = FAULT_SIZES.filter((size) => values.size.split(",").map(Number).includes(size));
const signals = values.signal?.split(",");
const plant = PLANTS[values.plant] ?? [];
const types = plant
  .filter(({ name }) => signals?.includes(name) ?? true)
  .map((type) => ({
    ...type,
    kinds: type.kinds.filter((each) => faults.includes(each)),
  }));

if (kind === undefined || types.length === 0 || sizes.length === 0) {
  process.stderr.write(
    `bench:alarms takes --detector ${DETECTOR_KINDS.join(" | ")}, --size of ${FAULT_SIZES.join(",")},\n` +
      `--plant ${Object.keys(PLANTS).join(" | ")} and --signal of its own: ` +
      `${plant.map(({ name }) => name).join(",")}.\n`,
  );
  process.exitCode = 2;
} else {
  const every = Number(values.every);
  const plan = {
    kind,
    seed: Number(values.seed),
    interval: Number(values.interval),
    span: Number(values.days) * DAY,
    faultEvery: every > 0 ? every * DAY : Number.POSITIVE_INFINITY,
    sizes,
  };
  const begun = process.cpuUsage();
  const outcomes = Array.from({ length: Number(values.series) }, (_, index) => judgeSeries(plan, index, types));
  const seconds = process.cpuUsage(begun).user / 1e6;
  const { series, days, seed, interval } = values;
  process.stdout.write(
    `\n${kind}: ${series} series for ${days} days after learning, a value each ${interval} ms, seed ${seed}; ` +
      `${seconds.toFixed(0)} s of one core\n`,
  );
  printFalse(outcomes);
  printByWeek(outcomes);
  printFound(outcomes);
  printByType(outcomes);
  if (values.list) printList(outcomes);
}
