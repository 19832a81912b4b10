/**
 * What a payload takes by what is in it: so much for each series, and so much for each of its points. Both are learned
 * from payloads that went, by least squares in which the older ones count less and less.
 */

/** What is assumed before the first payload, and how many payloads that counts for. Units: bytes. */
const SERIES_BYTES = 15;
const POINT_BYTES = 4;
const ASSUMED_WEIGHT = 0.01;

/** What a payload counts once the next one went. */
const KEPT = 0.9;

/** Learns what series and points take. */
export class PayloadSize {
  #seriesSquared = 0;
  #pointsSquared = 0;
  #product = 0;
  #seriesBytes = 0;
  #pointsBytes = 0;

  /** Takes note of the body of a payload. Shape: at least one series, and no more of them than points. */
  note(seriesCount: number, pointCount: number, bytes: number): void {
    // By what a payload takes, so that a large one does not weigh more than all small ones.
    const weight = 1 / Math.max(1, bytes) ** 2;
    this.#seriesSquared = KEPT * this.#seriesSquared + weight * seriesCount ** 2;
    this.#pointsSquared = KEPT * this.#pointsSquared + weight * pointCount ** 2;
    this.#product = KEPT * this.#product + weight * seriesCount * pointCount;
    this.#seriesBytes = KEPT * this.#seriesBytes + weight * seriesCount * bytes;
    this.#pointsBytes = KEPT * this.#pointsBytes + weight * pointCount * bytes;
  }

  /** What a series and a point take. Units: bytes. */
  get found(): { readonly seriesBytes: number; readonly pointBytes: number } {
    const seriesWeight = ASSUMED_WEIGHT / SERIES_BYTES ** 2;
    const pointWeight = ASSUMED_WEIGHT / POINT_BYTES ** 2;
    const seriesSquared = this.#seriesSquared + seriesWeight;
    const pointsSquared = this.#pointsSquared + pointWeight;
    const seriesSum = this.#seriesBytes + seriesWeight * SERIES_BYTES;
    const pointsSum = this.#pointsBytes + pointWeight * POINT_BYTES;
    const determinant = seriesSquared * pointsSquared - this.#product ** 2;
    const seriesBytes = (seriesSum * pointsSquared - pointsSum * this.#product) / determinant;
    const pointBytes = (pointsSum * seriesSquared - seriesSum * this.#product) / determinant;
    if (pointBytes < 0) return { seriesBytes: seriesSum / seriesSquared, pointBytes: 0 };
    if (seriesBytes < 0) return { seriesBytes: 0, pointBytes: pointsSum / pointsSquared };
    return { seriesBytes, pointBytes };
  }
}
