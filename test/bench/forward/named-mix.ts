/** The stated mix as a plant names it: each machine has readings of every kind, with the tags they carry. */

import assert from "node:assert/strict";
import type { Series } from "../../../src/model/series.ts";
import { kindOf } from "../store/stated-mix.ts";

/** Series of one machine. */
const MACHINE_SERIES = 25;

/** Metric, tag and unit of what a machine tells, by the kind of its course. */
const READINGS: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  "walk of 0.1": [
    ["voltage", "phase:l1", "V"],
    ["voltage", "phase:l2", "V"],
    ["voltage", "phase:l3", "V"],
    ["voltage.line", "phases:l1-l2", "V"],
    ["voltage.line", "phases:l2-l3", "V"],
    ["voltage.line", "phases:l3-l1", "V"],
    ["power.active", "phase:l1", "W"],
    ["power.active", "phase:l2", "W"],
    ["power.active", "phase:l3", "W"],
    ["motor.temperature", "part:winding", "degC"],
    ["temperature", "part:cabinet", "degC"],
  ],
  "walk of 0.01": [
    ["current", "phase:l1", "A"],
    ["current", "phase:l2", "A"],
    ["current", "phase:l3", "A"],
    ["frequency", "", "Hz"],
    ["power.factor", "", ""],
    ["pressure", "", "Pa"],
  ],
  counter: [
    ["energy.active.import", "", "Wh"],
    ["energy.active.export", "", "Wh"],
    ["energy.reactive.import", "", "varh"],
    ["energy.reactive.export", "", "varh"],
    ["machine.cycles", "", ""],
    ["machine.uptime", "", "s"],
  ],
  state: [
    ["machine.state", "", ""],
    ["machine.running", "", ""],
    ["machine.state", "part:pump", ""],
    ["machine.state", "part:feeder", ""],
    ["machine.state", "part:door", ""],
  ],
  "full double": [
    ["vibration", "", "mm/s"],
    ["flow", "", "m3/h"],
    ["level", "", "%"],
  ],
};

/** What the series of the mix are called, in the order in which the machines are polled. */
export function nameMix(seriesCount: number): readonly Series[] {
  const used = new Map<string, number>();
  return Array.from({ length: seriesCount }, (_, index) => {
    const machine = Math.floor(index / MACHINE_SERIES) + 1;
    const kind = kindOf(index, seriesCount);
    const nth = used.get(`${machine} ${kind}`) ?? 0;
    used.set(`${machine} ${kind}`, nth + 1);
    const reading = READINGS[kind]?.[nth];
    assert(reading !== undefined, `a machine has no ${nth + 1} readings of the kind ${kind}`);
    const [metric, tag, unit] = reading;
    const tags = ["check:modbus", `instance:press-${machine}`, "line:3", ...(tag === "" ? [] : [tag])].sort();
    return { metric, tags, kind: "gauge", unit } as Series;
  });
}
