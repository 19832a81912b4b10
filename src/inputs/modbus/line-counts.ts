/** What went over a line, of one unit: which drop is bad, and in which way. */
export interface UnitCounts {
  /** Answers that were taken, exceptions among them. */
  answered: number;
  /** Requests that nothing answered in time. */
  silent: number;
  /** Answers that came whole and whose checksum did not hold. */
  broken: number;
  /** Answers that began and did not end. */
  cutShort: number;
  /** Answers to requests that had been given up. */
  late: number;
  /** Answers with another function code or another length than was asked for. */
  unfitting: number;
  /** Answers of other units while this one was asked. */
  ofAnotherUnit: number;
  /** Requests that came back before their answer, or instead of it. */
  echoed: number;
  /** Bytes that belong to no frame, since this unit was asked and until another was. */
  noiseBytes: number;
}

/** The counts of all units of a line. */
export class LineCounts {
  readonly #units = new Map<number, UnitCounts>();

  /** The counts of a unit, to read and to add to. */
  of(unit: number): UnitCounts {
    let counts = this.#units.get(unit);
    if (counts === undefined) {
      counts = {
        answered: 0,
        silent: 0,
        broken: 0,
        cutShort: 0,
        late: 0,
        unfitting: 0,
        ofAnotherUnit: 0,
        echoed: 0,
        noiseBytes: 0,
      };
      this.#units.set(unit, counts);
    }
    return counts;
  }
}
