/** The mix of series that the goals are stated for. */

import { type SampleBatch, SampleBuilder } from "../../../src/model/samples.ts";
import type { Random } from "../../../src/model/time.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

/** What share of the series is of each kind. */
export const MIX = [
  { kind: "walk of 0.1", share: 0.4 },
  { kind: "walk of 0.01", share: 0.2 },
  { kind: "counter", share: 0.2 },
  { kind: "state", share: 0.15 },
  { kind: "full double", share: 0.05 },
] as const;

/** How the moments of one round of polls differ. */
export type Jitter = "each reading" | "each poll";

const START = Date.UTC(2026, 10, 22);
const INTERVAL_MS = 1_000;
const JITTER_MS = 6;

/** Series read together in one poll. */
const POLL_SERIES = 25;

/** Rows of `seriesCount` series at 1 Hz with 0 to 5 ms jitter. Shape: `rounds` rows of each series. */
export function mixRows(seriesCount: number, rounds: number, jitter: Jitter, seed: number): SampleBatch {
  const random = createSeededRandom(seed);
  const sources = Array.from({ length: seriesCount }, (_, index) => createSource(kindOf(index, seriesCount), random));
  const rows = new SampleBuilder(seriesCount * rounds);
  for (let round = 0; round < rounds; round += 1) {
    let late = 0;
    for (const [index, source] of sources.entries()) {
      if (jitter === "each reading" || index % POLL_SERIES === 0) late = Math.floor(random.next() * JITTER_MS);
      rows.push(index, START + round * INTERVAL_MS + late, source(), 0);
    }
  }
  return rows;
}

/** The kind of the series at `index` among `seriesCount`. */
export function kindOf(index: number, seriesCount: number): string {
  let rest = ((index * 37) % seriesCount) / seriesCount;
  for (const { kind, share } of MIX) {
    rest -= share;
    if (rest < -1e-9) return kind;
  }
  return "full double";
}

function createSource(kind: string, random: Random): () => number {
  if (kind === "walk of 0.1") return createWalk(10, 20 + 200 * random.next(), random);
  if (kind === "walk of 0.01") return createWalk(100, 1 + 50 * random.next(), random);
  if (kind === "counter") return createCounter(random);
  if (kind === "state") return createState(random);
  const mean = 50 + 400 * random.next();
  return () => mean * Math.exp(0.05 * normal(random));
}

/** A quantity that drifts by a step a second or so, read with noise of about one step. */
function createWalk(stepsPerUnit: number, start: number, random: Random): () => number {
  let level = start * stepsPerUnit;
  return () => {
    level += 0.5 * normal(random);
    return Math.round(level + normal(random)) / stepsPerUnit;
  };
}

/** A total that grows by what a machine with a slowly changing load takes. */
function createCounter(random: Random): () => number {
  let total = Math.floor(1e6 * random.next());
  let load = 5 + 40 * random.next();
  return () => {
    load = Math.max(0, load + 0.2 * normal(random));
    total += Math.max(0, Math.round(load + Math.sqrt(load) * 0.3 * normal(random)));
    return total;
  };
}

/** A state that changes every few minutes. */
function createState(random: Random): () => number {
  let state = 0;
  return () => {
    if (random.next() < 1 / 300) state = Math.floor(random.next() * 6);
    return state;
  };
}

/** A normal deviate, of twelve even ones. */
function normal(random: Random): number {
  let sum = -6;
  for (let index = 0; index < 12; index += 1) sum += random.next();
  return sum;
}
