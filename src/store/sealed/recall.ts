/** Finds what came before: rows by a number they hold, or by the numbers they follow. */

/** How many right guesses in a row are told apart. */
export const HITS_MAX = 15;

/** How many numbers must agree before what followed them is worth a guess: none asks for no guesses. */
export const AGREEING: readonly number[] = [0, 2, 12];

/** One change in this many must be foretold before it pays to ask. */
const FORETOLD_SHARE = 8;

/** Fewer rows have no room for what pays. */
const ROWS_MIN = 32;

const SLOT_BITS = 12;

/** Spreads whole numbers over slots: an odd number near 2^32 over the golden ratio. */
const SPREAD = 0x9e37_79b1;

/** The last row of each number. Numbers that share a slot displace each other. */
export class RowMemory {
  readonly #rows = new Int32Array(2 ** SLOT_BITS);

  /** Forgets all rows. */
  start(): void {
    this.#rows.fill(-1);
  }

  /** The last row before `row` that held the same number, or -1; from now on it is `row`. */
  swap(wholes: Float64Array, row: number): number {
    const whole = wholes[row] ?? 0;
    const slot = Math.imul(whole ^ (whole / 4_294_967_296), SPREAD) >>> (32 - SLOT_BITS);
    const source = this.#rows[slot] ?? -1;
    this.#rows[slot] = row;
    return source >= 0 && wholes[source] === whole ? source : -1;
  }
}

/** Follows an earlier run of the same numbers for as long as it guesses right. */
export class Recall {
  /** Right guesses in a row, at most `HITS_MAX`. */
  hits = 0;
  readonly #rows = new Int32Array(2 ** SLOT_BITS);
  #agreeing = 0;
  #source = -1;

  /** Forgets all rows; from now on so many numbers must agree. */
  start(agreeing: number): void {
    this.#agreeing = agreeing;
    this.hits = 0;
    this.#source = -1;
    this.#rows.fill(-1);
  }

  /** The row whose number is the guess for `row`, or -1 where there is none. The rows before it are in place. */
  find(wholes: Float64Array, row: number): number {
    if (row < this.#agreeing) return -1;
    let hash = 0;
    for (let back = 1; back <= this.#agreeing; back += 1) hash = Math.imul(hash + (wholes[row - back] ?? 0), SPREAD);
    const slot = hash >>> (32 - SLOT_BITS);
    if (this.#source < 0) this.#source = this.#rows[slot] ?? -1;
    this.#rows[slot] = row;
    return this.#source;
  }

  /** Takes note of whether the guess was right. */
  learn(isThere: boolean): void {
    this.hits = isThere ? Math.min(this.hits + 1, HITS_MAX) : 0;
    this.#source = isThere ? this.#source + 1 : -1;
  }
}

const SCOUT = new Recall();

/** Says whether what came before foretells enough of the rows in which the first `count` numbers change. */
export function foretellsChanges(wholes: Float64Array, count: number, agreeing: number): boolean {
  if (count < ROWS_MIN) return false;
  let changes = 0;
  let foretold = 0;
  SCOUT.start(agreeing);
  for (let row = 1; row < count; row += 1) {
    const whole = wholes[row] ?? 0;
    const isChange = whole !== wholes[row - 1];
    if (isChange) changes += 1;
    const source = SCOUT.find(wholes, row);
    if (source < 0) continue;
    const isThere = wholes[source] === whole;
    if (isThere && isChange) foretold += 1;
    SCOUT.learn(isThere);
  }
  return foretold * FORETOLD_SHARE > changes;
}
