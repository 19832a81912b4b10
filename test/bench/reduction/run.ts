/**
 * `npm run bench:reduction`: a day of the simulated plant, each point once a second, with planted events, through a
 * whole gateway to an intake of Datadog's; once with everything sent, once with `mode: reduce` after a day of learning.
 *
 * `--hours 24`: a shorter day. `--learn 24`: hours before it. `--seed 1`. `--detector`, `--sensitivity`, `--window`: as
 * in `filter`. `--self`: with what the gateway tells of itself, which no setting thins out.
 */

import { parseArgs } from "node:util";
import { DETECTOR_KINDS, SENSITIVITIES } from "../../../src/model/filter.ts";
import { seconds } from "../../../src/model/time.ts";
import { printTable } from "../store/table.ts";
import { type DayCounts, type DayOutcome, type EventOutcome, measureDay } from "./measure-day.ts";

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "24" },
    learn: { type: "string", default: "24" },
    seed: { type: "string", default: "1" },
    detector: { type: "string", default: "ensemble" },
    sensitivity: { type: "string", default: "alarm" },
    window: { type: "string", default: "60" },
    self: { type: "boolean", default: false },
  },
});

const detector = DETECTOR_KINDS.find((kind) => kind === values.detector);
const sensitivity = SENSITIVITIES.find((each) => each === values.sensitivity);

if (detector === undefined || sensitivity === undefined) {
  process.stderr.write(
    `bench:reduction takes --detector ${DETECTOR_KINDS.join(" | ")} and --sensitivity ${SENSITIVITIES.join(" | ")}.\n`,
  );
  process.exitCode = 2;
} else {
  const outcome = await measureDay({
    seed: Number(values.seed),
    machines: ["press", "pump", "meter"],
    hours: Number(values.hours),
    learnHours: Number(values.learn),
    filter: { detector, sensitivity, window: seconds(Number(values.window)) },
    hasSelfMetrics: values.self,
    interval: seconds(1),
  });
  printDay(outcome);
}

function printDay({ before, after, events, worst, hoursCompared, fullElsewhere }: DayOutcome): void {
  const row = (name: string, of: (counts: DayCounts) => number): string[] => {
    const [all, thinned] = [of(before), of(after)];
    const saved = all === 0 ? "-" : `${(100 - (100 * thinned) / all).toFixed(1)} %`;
    return [name, all.toLocaleString("en-US"), thinned.toLocaleString("en-US"), saved];
  };
  printTable(
    "What an intake gets",
    ["", "everything", "reduce", "saved"],
    [
      row("bytes on the wire", ({ seriesBytes, noteBytes }) => seriesBytes + noteBytes),
      row("of these series", ({ seriesBytes }) => seriesBytes),
      row("requests", ({ requests }) => requests),
      row("points", ({ points }) => points),
      row("series", ({ series }) => series),
    ],
  );
  printTable(
    "Planted events in NAME.full",
    ["event", "seconds", "in full", "before it, s", "after it, s"],
    events.map((each) => [
      `${each.event.kind}, ${each.event.machine} ${each.event.point}`,
      String(each.event.lastsS),
      `${each.inFull} of ${each.readings}`,
      String(each.preS),
      String(each.postS),
    ]),
  );
  printTable(
    `NAME by the hour against all readings, ${hoursCompared} hours of series`,
    ["course", "differs at most"],
    worst.map(({ course, percent, name }) => [`${course}: ${name.split(" ", 1)[0]}`, `${percent.toFixed(4)} %`]),
  );
  const whole = events.filter(isWhole).length;
  process.stdout.write(`\n  ${whole} of ${events.length} events are there as a whole; `);
  process.stdout.write(`${fullElsewhere.toLocaleString("en-US")} points of NAME.full are of no planted event\n`);
}

/** Whether all of it is there, and something of before and after. */
function isWhole({ readings, inFull, preS, postS }: EventOutcome): boolean {
  return readings > 0 && inFull === readings && preS > 0 && postS > 0;
}
