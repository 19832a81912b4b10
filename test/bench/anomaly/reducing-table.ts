/** How fast what thins out is, by what it is told to keep. */

import { Reducer } from "../../../src/filter/reducing/reducer.ts";
import { DEFAULT_FILTER, KEEP_POLICIES } from "../../../src/model/filter.ts";
import { SampleBuilder } from "../../../src/model/samples.ts";
import { seconds } from "../../../src/model/time.ts";
import { fixed, printTable } from "../store/table.ts";

const SERIES = 1000;
const WARM_SECONDS = 300;

/** Prints samples a second of CPU time, of 1,000 series that are read each second. */
export function printReducing(count: number): void {
  const rules = [
    ...KEEP_POLICIES.map((keep) => ({ name: keep, course: "measurement", keep }) as const),
    { name: "total", course: "total", keep: "mean" } as const,
    { name: "state", course: "state", keep: "mean" } as const,
  ];
  const rows = rules.map(({ name, course, keep }) => {
    const reducer = new Reducer();
    const policy = { ...DEFAULT_FILTER, keep, deadband: { size: 1, unit: "percent" } as const };
    for (let id = 0; id < SERIES; id += 1) {
      reducer.set(id, { policy, course, interval: seconds(1), summary: SERIES + id, statistics: {} });
    }
    const batch = new SampleBuilder(SERIES);
    const target = new SampleBuilder(2 * SERIES);
    let toldCount = 0;
    const read = (second: number): void => {
      batch.clear();
      for (let id = 0; id < SERIES; id += 1) {
        const value = course === "measurement" ? 230 + Math.sin((second + id) / 100) * 9 : Math.floor(second / 100);
        batch.push(id, second * 1000 + 500, value, 0);
      }
      target.clear();
      toldCount += reducer.pass(batch, target, second * 1000);
    };
    for (let second = 0; second < WARM_SECONDS; second += 1) read(second);
    toldCount = 0;
    const until = WARM_SECONDS + Math.ceil(count / SERIES);
    const begin = process.cpuUsage();
    for (let second = WARM_SECONDS; second < until; second += 1) read(second);
    const { user } = process.cpuUsage(begin);
    const passed = (until - WARM_SECONDS) * SERIES;
    const addedPart = `${fixed((100 * toldCount) / passed, 1)} %`;
    return [name, Math.round((1e6 * passed) / user).toLocaleString("en"), addedPart];
  });
  const title = `${count.toLocaleString("en")} samples of ${SERIES.toLocaleString("en")} series thinned out, CPU time of one core`;
  printTable(title, ["What is kept", "Samples a second", "Summaries added"], rows);
}
