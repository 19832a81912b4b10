import type { Detector } from "../../src/filter/detectors/detector.ts";
import type { MakeDetector } from "../../src/filter/marking/watched-series.ts";
import type { DetectorKind } from "../../src/model/filter.ts";

/** After so many values it has learned. */
export const FAKE_LEARNING = 3;

const COUNT = 0;
const TOP = 1;
const VALUE = 2;

/**
 * Finds a value as odd as a tenth of it, up to 1, and expects -2 to 2. What is not above all since the last calm value
 * has no score.
 */
class FakeDetector implements Detector {
  readonly kind: DetectorKind;
  readonly #state = new Float64Array(3);
  score = 0;

  constructor(kind: DetectorKind, saved?: Uint8Array) {
    this.kind = kind;
    if (saved !== undefined) new Uint8Array(this.#state.buffer).set(saved);
  }

  take(_at: number, value: number): void {
    const state = this.#state;
    state[COUNT] = (state[COUNT] ?? 0) + 1;
    state[VALUE] = value;
    const top = state[TOP] ?? 0;
    this.score = this.oddness > top ? this.oddness : 0;
    state[TOP] = this.oddness >= 0.5 ? Math.max(top, this.oddness) : 0;
  }

  get oddness(): number {
    return this.isLearning ? 0 : Math.min(1, Math.abs(this.#state[VALUE] ?? 0) / 10);
  }

  get low(): number {
    return this.isLearning ? Number.NaN : -2;
  }

  get high(): number {
    return this.isLearning ? Number.NaN : 2;
  }

  get isLearning(): boolean {
    return (this.#state[COUNT] ?? 0) <= FAKE_LEARNING;
  }

  get stateBytes(): number {
    return this.#state.byteLength;
  }

  save(): Uint8Array {
    return new Uint8Array(this.#state.slice().buffer);
  }
}

/** Makes fake detectors of any kind. */
export const makeFakeDetector: MakeDetector = (kind, _settings, saved) => ({
  detector: new FakeDetector(kind, saved),
  isRestored: saved !== undefined,
});
