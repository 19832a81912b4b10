/**
 * Lines out of a stream of bytes, as receivers of satellites send them: each begins with a mark, such as `$`, and ends
 * with a line break. What stands between lines is noise; a mark within a line begins it anew, as one that was cut off
 * has no end.
 */

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** What lines look like. */
export interface LineShape {
  /** The characters a line may begin with. */
  readonly marks: string;
  /** Whether a mark within a line begins another one. */
  readonly restartsAtMark: boolean;
  /** A longer line is no line. Units: bytes. */
  readonly bytesMax: number;
}

/**
 * Sentences of NMEA 0183. The standard allows 82 characters; receivers with many satellites and long positions send
 * more. Source: NMEA 0183, 5.3.
 */
export const SENTENCE_LINES: LineShape = { marks: "$!", restartsAtMark: true, bytesMax: 256 };

/** Objects of gpsd, one a line, beside sentences it passes through. Source: gpsd_json(5); `GPS_JSON_RESPONSE_MAX`. */
export const GPSD_LINES: LineShape = { marks: "{$!", restartsAtMark: false, bytesMax: 16_384 };

/** Finds lines in a stream. Limits: holds one line of the shape's length. */
export class LineSplitter {
  readonly #shape: LineShape;
  readonly #marks: ReadonlySet<number>;
  readonly #bytes: Uint8Array;
  #held = 0;
  #isInside = false;
  #overlongCount = 0;
  #cutShortCount = 0;
  #noiseByteCount = 0;

  constructor(shape: LineShape) {
    this.#shape = shape;
    this.#marks = new Set(Buffer.from(shape.marks, "latin1"));
    this.#bytes = new Uint8Array(shape.bytesMax);
  }

  /** Lines that met the limit. */
  get overlongCount(): number {
    return this.#overlongCount;
  }

  /** Lines within which another one began. */
  get cutShortCount(): number {
    return this.#cutShortCount;
  }

  /** What was of no line. Units: bytes. */
  get noiseByteCount(): number {
    return this.#noiseByteCount;
  }

  /** Whether a line has begun and not ended. */
  get isInside(): boolean {
    return this.#isInside;
  }

  /** Units: bytes. */
  get bytesHeld(): number {
    return this.#held;
  }

  /** Takes the next bytes and gives each line that they end, as one character for each byte. Shape: any length. */
  push(chunk: Uint8Array, take: (line: string) => void): void {
    for (const byte of chunk) {
      if (this.#marks.has(byte) && (!this.#isInside || this.#shape.restartsAtMark)) this.#begin(byte);
      else if (byte === CARRIAGE_RETURN || byte === LINE_FEED) this.#end(take);
      else if (!this.#isInside) this.#noiseByteCount += 1;
      else if (this.#held === this.#bytes.length) this.#giveUp();
      else this.#keep(byte);
    }
  }

  /** Forgets what has begun: what comes next is of another stream. */
  reset(): void {
    this.#noiseByteCount += this.#held;
    this.#held = 0;
    this.#isInside = false;
  }

  #begin(byte: number): void {
    if (this.#isInside) {
      this.#cutShortCount += 1;
      this.#noiseByteCount += this.#held;
    }
    this.#held = 0;
    this.#isInside = true;
    this.#keep(byte);
  }

  #end(take: (line: string) => void): void {
    if (!this.#isInside) return;
    this.#isInside = false;
    const line = Buffer.from(this.#bytes.buffer, 0, this.#held).toString("latin1");
    this.#held = 0;
    take(line);
  }

  #giveUp(): void {
    this.#overlongCount += 1;
    this.#noiseByteCount += this.#held + 1;
    this.#held = 0;
    this.#isInside = false;
  }

  #keep(byte: number): void {
    this.#bytes[this.#held] = byte;
    this.#held += 1;
  }
}
