/** What of a stream may be a frame of Modbus ASCII. Source: MODBUS over Serial Line V1.02, 2.5.2. */

const COLON = 0x3a;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Unit, function code and checksum, by two characters each, between colon, carriage return and line feed. */
const CHARACTERS_MIN = 1 + 2 * 3 + 2;

/** Source: MODBUS over Serial Line V1.02, 2.5.2.1. */
const CHARACTERS_MAX = 513;

/** Who is told what was found. */
export interface AsciiLinesEvents {
  /** Shape: a colon, an even number of hexadecimal digits, carriage return and line feed. */
  onLine(line: Buffer): void;
  /** So many characters belong to no line. */
  onNoise(count: number): void;
}

/**
 * Cuts a stream into whole lines that are well-formed; whether their checksum holds is for others.
 *
 * Limits: holds one line of 513 characters; what goes on for longer is noise.
 */
export class AsciiLines {
  readonly #events: AsciiLinesEvents;
  readonly #line = Buffer.alloc(CHARACTERS_MAX);
  #length = 0;

  constructor(events: AsciiLinesEvents) {
    this.#events = events;
  }

  /** Takes the next bytes. Shape: `bytes` of any length. */
  push(bytes: Uint8Array): void {
    let noise = 0;
    for (const byte of bytes) {
      if (byte === COLON) {
        noise += this.#length;
        this.#line[0] = byte;
        this.#length = 1;
      } else if (this.#length === 0) {
        noise += 1;
      } else if (this.#length < CHARACTERS_MAX && this.#mayFollow(byte)) {
        this.#line[this.#length] = byte;
        this.#length += 1;
        if (byte === LINE_FEED) this.#endLine();
      } else {
        noise += this.#length + 1;
        this.#length = 0;
      }
    }
    if (noise > 0) this.#events.onNoise(noise);
  }

  #mayFollow(byte: number): boolean {
    const isAfterReturn = this.#line[this.#length - 1] === CARRIAGE_RETURN;
    if (byte === LINE_FEED) return isAfterReturn && this.#length + 1 >= CHARACTERS_MIN;
    // Behind the colon stand pairs of digits, so the return is at an odd place.
    return !isAfterReturn && (byte === CARRIAGE_RETURN ? this.#length % 2 === 1 : isDigit(byte));
  }

  #endLine(): void {
    const line = Buffer.from(this.#line.subarray(0, this.#length));
    this.#length = 0;
    this.#events.onLine(line);
  }
}

function isDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}
