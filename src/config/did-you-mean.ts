/** Shorter beginnings are those of too much. Units: letters. */
const BEGINNING_MIN = 4;

/**
 * Finds the candidate that `word` was probably meant to be; undefined when none is near. Near means that about a third
 * of its letters differ and never half of them, counting a swap of two neighbours as one; else that one is the
 * beginning of the other.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = toPlain(word);
  const all = [...candidates];
  let nearest: string | undefined;
  let nearestDistance = Math.max(1, Math.ceil(wanted.length / 3)) + 1;
  for (const candidate of all) {
    const distance = editDistance(wanted, toPlain(candidate));
    const isHalf = wanted.length > 2 && 2 * distance >= wanted.length;
    if (distance < nearestDistance && distance < candidate.length && !isHalf) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest ?? onlyOne(all.filter((candidate) => isBeginning(wanted, toPlain(candidate))));
}

/** Who writes `user` or `baudrate` means `username` and `baud`. */
function isBeginning(wanted: string, candidate: string): boolean {
  const length = Math.min(wanted.length, candidate.length);
  return length >= BEGINNING_MIN && wanted.slice(0, length) === candidate.slice(0, length);
}

function onlyOne(found: readonly string[]): string | undefined {
  return found.length === 1 ? found[0] : undefined;
}

/** Case and the choice of `_`, `-` or space are the commonest slips and cost nothing. */
function toPlain(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/gu, "");
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + change);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
