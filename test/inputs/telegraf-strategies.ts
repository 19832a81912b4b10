/**
 * The four ways in which Telegraf's `inputs.modbus` puts fields into requests, as its manual describes the setting
 * `optimization`. What a field with `omit` is there, a register that is named only to be read through, is here every
 * register of a gap of at most `fill`.
 */

/** A value of one table. */
export interface Field {
  readonly start: number;
  readonly end: number;
}

interface Limits {
  readonly countMax: number;
  /** Registers between two fields that may be read through. */
  readonly fill: number;
}

/** Makes requests of fields. Shape: fields sorted by address, without overlaps. */
type Strategy = (fields: readonly Field[], limits: Limits) => readonly Field[];

/** The strategies by the names they have there. */
export const STRATEGIES: Readonly<Record<"none" | "shrink" | "rearrange" | "max_insert", Strategy>> = {
  /** A run is read from end to end, fillers and all, and cut where it is too long. */
  none: (fields, limits) =>
    runsOf(fields, limits).flatMap((run) => {
      const requests: Field[] = [];
      let { start } = run[0] as Field;
      for (const [index, { end }] of run.entries()) {
        const next = run[index + 1];
        if (next !== undefined && next.end - start <= limits.countMax) continue;
        const isFilled = next !== undefined && next.start - start <= limits.countMax;
        requests.push({ start, end: isFilled ? next.start : end });
        start = next?.start ?? end;
      }
      return requests;
    }),

  /** The same without fillers before the first field of a request and behind its last. */
  shrink: (fields, limits) => runsOf(fields, limits).flatMap((run) => cutWhenFull(run, limits.countMax)),

  /** As many requests as `shrink`, cut where the fewest registers are read: the best that it could find. */
  rearrange: (fields, limits) =>
    runsOf(fields, limits).flatMap((run) => {
      const requestsMax = cutWhenFull(run, limits.countMax).length;
      return cutForFewest(run, limits.countMax, requestsMax) ?? [];
    }),

  /** Goes from field to field, and joins whatever is near enough and has room. */
  max_insert: (fields, { countMax, fill }) => {
    const requests: Field[] = [];
    for (const field of fields) {
      const last = requests.at(-1);
      if (last !== undefined && field.start - last.end <= fill && field.end - last.start <= countMax) {
        requests[requests.length - 1] = { start: last.start, end: field.end };
      } else requests.push(field);
    }
    return requests;
  },
};

function runsOf(fields: readonly Field[], { fill }: Limits): Field[][] {
  const runs: Field[][] = [];
  for (const field of fields) {
    const run = runs.at(-1);
    if (run !== undefined && field.start - (run.at(-1)?.end ?? 0) <= fill) run.push(field);
    else runs.push([field]);
  }
  return runs;
}

function cutWhenFull(run: readonly Field[], countMax: number): Field[] {
  return [...STRATEGIES.max_insert(run, { countMax, fill: Number.POSITIVE_INFINITY })];
}

/** Finds the requests, at most so many, that read the fewest registers; undefined when there are none. */
function cutForFewest(run: readonly Field[], countMax: number, requestsMax: number): Field[] | undefined {
  const [first] = run;
  if (first === undefined) return [];
  if (requestsMax === 0) return undefined;
  let best: Field[] | undefined;
  for (let count = 1; count <= run.length; count += 1) {
    const request = { start: first.start, end: run[count - 1]?.end ?? first.end };
    if (request.end - request.start > countMax) break;
    const others = cutForFewest(run.slice(count), countMax, requestsMax - 1);
    if (others === undefined) continue;
    const found = [request, ...others];
    if (best === undefined || registersOf(found) < registersOf(best)) best = found;
  }
  return best;
}

function registersOf(requests: readonly Field[]): number {
  return requests.reduce((sum, { start, end }) => sum + end - start, 0);
}
