/** What must hold where the gateway of a world thinned out by itself: held against all that its log held in the end. */

import { courseOf } from "../../src/model/metrics.ts";
import type { BooksStatus } from "../../src/model/status.ts";
import { type LoggedRow, routeOfRow } from "./logged-rows.ts";
import { isCompanionMetric, isFullMetric, nameOf } from "./point-name.ts";
import type { SimulatedIntake } from "./simulated-intake.ts";
import { auditWindows } from "./told-windows.ts";
import type { WorldEnd } from "./world.ts";

/** Each summary tells of what was read, and nothing that was read is told of by none. */
export function findFalseWindows(end: WorldEnd): string[] {
  const { reduced, board, disk } = end;
  // What is summed up and what sums it up may be moved apart where nothing measures the boots they are of; and so is
  // what was summed up as the clock was put ahead, and told by it, where that is put back.
  if (reduced === undefined || board.wasPutAheadAndBack || isMovedApart(end)) return [];
  const { reduction, rows } = reduced;
  const isOfMeans = ({ metric }: LoggedRow): boolean => courseOf(metric) === "measurement" && reduction.isOfMeans;
  const { violations, untold } = auditWindows(rows, { window: reduction.window, isOfMeans });
  // Where the clock was not right at the start, or was put back since, nobody knows how long ago the last window of a
  // killed life was.
  const isLongAgoUnknown = end.beginsUnsure > 0 || (board.wasPutBack && end.kills + end.powerCuts > 0);
  const isTold = untold.length === 0 || isLongAgoUnknown || disk.isStalled || end.last.log.failure !== null;
  const [first] = untold;
  return [
    ...violations,
    ...(isTold ? [] : [`${untold.length} rows are told of by nothing, such as ${first?.name} of ${first?.at}`]),
  ];
}

/** Each intake has of each point what the log says that it gets, and no more. */
export function findMisrouted(end: WorldEnd): string[] {
  const { reduced, board, kills, powerCuts, stopsUnkept } = end;
  // What was delivered under one moment, and is moved later, lies elsewhere in the log than at the intake; and what was
  // delivered before it was written may not be there after a kill, or where a disk took nothing up to a stop.
  if (reduced === undefined || board.wasPutBack || isMovedApart(end) || kills + powerCuts + stopsUnkept > 0) return [];
  return end.last.intakes.flatMap(({ name, books }) => {
    const intake = end.intakes.get(name);
    if (intake === undefined || intake.traits.older === "thin") return [];
    const found = compare(reduced.rows, intake);
    const missing = isEverythingThere(books, intake) ? found.missing : [];
    return [...found.strange, ...missing].map((what) => `${name}: ${what}`);
  });
}

function isMovedApart({ board, disk }: WorldEnd): boolean {
  return board.unmeasured.size > 0 || disk.hasLostEpochs;
}

/** Whether all that was to go went, each by itself. */
function isEverythingThere(
  { expired, rejected, waiting, held_back: heldBack = 0 }: BooksStatus,
  { wasRetired }: SimulatedIntake,
): boolean {
  return !wasRetired && rejected + waiting + heldBack + expired.too_old + expired.log_full + expired.unreadable === 0;
}

function compare(rows: readonly LoggedRow[], { traits, ledger }: SimulatedIntake) {
  const { resolution, isThinning = false } = traits;
  const keyOf = (name: string, kind: string, at: number): string =>
    `${name} ${kind} ${Math.floor(at / resolution) * resolution}`;
  const wanted = new Map<string, number[]>();
  const copied = new Map<string, number[]>();
  for (const row of rows) {
    const route = routeOfRow(row, isThinning);
    const kind = row.kind === "companion" ? "companion" : route;
    if (kind !== "none") add(wanted, keyOf(row.name, kind, row.at), row.value);
    // What was before something odd goes in full as well.
    if (isThinning && row.kind === "read") add(copied, keyOf(row.name, "full", row.at), row.value);
  }
  const strange: string[] = [];
  const held = new Set<string>();
  for (const { tags, metric, second, value } of ledger.held()) {
    const kind = isCompanionMetric(metric) ? "companion" : isFullMetric(metric) ? "full" : "name";
    const key = keyOf(nameOf(tags), kind, Math.round(second * 1000));
    held.add(key);
    const values = [...(wanted.get(key) ?? []), ...(copied.get(key) ?? [])];
    const isOne = values.some((each) => Math.abs(each - value) <= 1e-9 * Math.abs(value));
    if (!isOne) strange.push(`${value} arrived as ${key}, where the log has ${values.join(" and ") || "nothing"}`);
  }
  const missing = [...wanted.keys()].filter((key) => !held.has(key)).map((key) => `${key} never arrived`);
  return { strange, missing };
}

function add(values: Map<string, number[]>, key: string, value: number): void {
  const known = values.get(key);
  if (known === undefined) values.set(key, [value]);
  else known.push(value);
}
