/** The series that messages become, found by metric and tags; each belongs to what brought it first. */

import { PointList } from "../../mailbox/point-list.ts";
import type { InputPoint } from "../../model/input.ts";
import { canonicalUnit, metricOf } from "../../model/metrics.ts";
import { isUnit, unitFactor } from "../../model/units.ts";
import { showTopic } from "../../telemetry/show-found.ts";

/** What a value is called. */
export interface Naming {
  /** Names it in messages. */
  readonly name: string;
  readonly metric: string;
  /** Left out where nobody said. */
  readonly unit?: string | undefined;
  readonly tags: readonly string[];
  readonly states?: Readonly<Record<string, string>> | undefined;
  /** What it is of, where that speaks on several topics; leaving it out means its topic. */
  readonly owner?: string | undefined;
}

/** The number of a point, or why there is none. */
export type Found =
  | { readonly kind: "point"; readonly index: number }
  | { readonly kind: "full" }
  | { readonly kind: "unit"; readonly unit: string; readonly wanted: string }
  | { readonly kind: "taken"; readonly by: string };

/** Names what the units of the catalogue are called elsewhere. */
const UNIT_SPELLINGS: Readonly<Record<string, string>> = {
  "°C": "degC",
  "℃": "degC",
  C: "degC",
  "m³": "m3",
  "m³/h": "m3/h",
  "m/s²": "m/s2",
  "°": "deg",
};

/** Finds our symbol of a unit as a device spells it; undefined where we know none. */
export function knownUnit(spelling: string): string | undefined {
  const symbol = UNIT_SPELLINGS[spelling] ?? spelling;
  return isUnit(symbol) ? symbol : undefined;
}

/** Source: Datadog documentation, Getting Started with Tags, Define tags; Metrics, Naming. */
const LENGTH_MAX = 200;

/** Makes what stood in a topic fit into the name of a metric. */
export function metricSafe(text: string): string {
  const safe = text
    .replaceAll(/[^\w.]+/gu, "_")
    .replaceAll(/^[._\d]+|[._]+$/gu, "")
    .replaceAll(/\.{2,}/gu, ".")
    .slice(0, LENGTH_MAX);
  return safe === "" ? "unnamed" : safe;
}

/** Makes what stood in a topic fit into a tag. */
export function tagSafe(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}_\-:./]+/gu, "_").slice(0, LENGTH_MAX);
}

/** The points of one instance. */
export class PointBook {
  readonly #list: PointList;
  readonly #owners: string[] = [];

  /** `countMax` is how many there may be. */
  constructor(countMax: number) {
    this.#list = new PointList(countMax);
  }

  /** In the order in which they were found. */
  get points(): readonly InputPoint[] {
    return this.#list.points;
  }

  /** Finds the point of a value that came on `topic`, or makes it. */
  find(naming: Naming, topic: string): Found {
    const { name, metric, tags, states, owner = topic } = naming;
    const unit = naming.unit ?? metricOf(metric)?.unit ?? "";
    const wanted = canonicalUnit(metric, unit);
    // A metric of the catalogue has a unit, and a value in another quantity's is not its.
    if (unitFactor(unit, wanted) === undefined) return { kind: "unit", unit, wanted };
    const index = this.#list.indexOf([metric, ...tags].join("\n"), () => {
      this.#owners.push(owner);
      return { name: showTopic(name), metric, unit, tags, isBare: true, ...(states === undefined ? {} : { states }) };
    });
    if (index === undefined) return { kind: "full" };
    const first = this.#owners[index] ?? owner;
    return first === owner ? { kind: "point", index } : { kind: "taken", by: first };
  }
}
