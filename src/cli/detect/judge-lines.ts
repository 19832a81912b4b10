/** From lines of `timestamp,value` to lines with what a detector makes of each. */

import { ALARM, type Detector, WATCH } from "../../filter/detectors/detector.ts";
import { bare, splitFields } from "./describe-line.ts";
import { readMoment } from "./read-moment.ts";

/** What stands at the head of what is written. */
export const HEADING = "timestamp,value,anomaly_score,low,high";

/** A line that is not as it should be. */
export interface OddLine {
  /** Counted from 1. */
  readonly line: number;
  readonly found: string;
}

/** What came of all lines. */
export interface Verdicts {
  readonly rows: number;
  /** Rows of which nothing was learned, because their moment or value is none. */
  readonly skipped: number;
  /** The first of those. */
  readonly firstSkipped: OddLine | undefined;
  /** Rows whose moment is before that of the row ahead of them. */
  readonly back: number;
  /** The first of those. */
  readonly firstBack: OddLine | undefined;
  /** Rows of more than two fields below a heading of two: what stands behind a decimal comma is cut off. */
  readonly wide: number;
  /** The first of those. */
  readonly firstWide: OddLine | undefined;
  /** Rows from the beginning that only were learned from. */
  readonly learning: number;
  /** Rows that came up to the operating point `watch`, those of `alarm` among them. */
  readonly watch: number;
  readonly alarm: number;
}

/** Judges the lines of one file, from its heading on. */
export class LineJudge {
  readonly #detector: Detector;
  #line = 0;
  #rows = 0;
  #skipped = 0;
  #firstSkipped: OddLine | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  #back = 0;
  #firstBack: OddLine | undefined;
  #isNarrow = false;
  #wide = 0;
  #firstWide: OddLine | undefined;
  #learning = 0;
  #watch = 0;
  #alarm = 0;

  constructor(detector: Detector) {
    this.#detector = detector;
  }

  /** What came of the lines so far. */
  get verdicts(): Verdicts {
    return {
      rows: this.#rows,
      skipped: this.#skipped,
      firstSkipped: this.#firstSkipped,
      back: this.#back,
      firstBack: this.#firstBack,
      wide: this.#wide,
      firstWide: this.#firstWide,
      learning: this.#learning,
      watch: this.#watch,
      alarm: this.#alarm,
    };
  }

  /** Gives what is written for lines: each row with its score and the expected range, nothing for a heading. */
  judge(lines: readonly string[]): string {
    let text = "";
    for (const line of lines) {
      this.#line += 1;
      if (line === "") continue;
      if (this.#line === 1 && isHeading(line)) this.#isNarrow = line.split(",", 3).length === 2;
      else text += this.#judgeRow(line);
    }
    return text;
  }

  #judgeRow(line: string): string {
    this.#rows += 1;
    const { time, value: text } = splitFields(line);
    const at = readMoment(bare(time));
    const value = readNumber(bare(text));
    if (Number.isNaN(at) || !Number.isFinite(value)) {
      this.#skipped += 1;
      this.#firstSkipped ??= this.#quote(line);
      return `${time},${text},,,\n`;
    }
    if (this.#isNarrow && line.length > time.length + text.length + 1) {
      this.#wide += 1;
      this.#firstWide ??= this.#quote(line);
    }
    if (at < this.#lastAt) {
      this.#back += 1;
      this.#firstBack ??= this.#quote(line);
    }
    this.#lastAt = at;
    const detector = this.#detector;
    detector.take(at, value);
    const { score } = detector;
    if (detector.isLearning) this.#learning += 1;
    if (score >= WATCH) this.#watch += 1;
    if (score >= ALARM) this.#alarm += 1;
    return `${time},${text},${Math.round(score * 1e4) / 1e4},${toText(detector.low)},${toText(detector.high)}\n`;
  }

  #quote(line: string): OddLine {
    return { line: this.#line, found: line.slice(0, 60) };
  }
}

/** A file may begin with a heading, or with its first row. */
function isHeading(line: string): boolean {
  return Number.isNaN(readMoment(bare(line.split(",", 1)[0] ?? "")));
}

/** An empty text is no number, and not 0; nor is what is a number to programmers alone, as `0x10`. */
function readNumber(text: string): number {
  return /^\s*(?:$|0[box])/iu.test(text) ? Number.NaN : Number(text);
}

/** What is not known yet is left out; six digits are finer than any expectation. */
function toText(value: number): string {
  return Number.isNaN(value) ? "" : String(Number(value.toPrecision(6)));
}
