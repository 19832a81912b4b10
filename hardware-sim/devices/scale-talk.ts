/** What a scale says: answers of MT-SICS, and lines of the A&D standard format. Written apart from what reads them. */

/** What can ail a scale, or its cable. */
export const SCALE_FAULTS = ["garbage", "cut-short", "silent", "overload"] as const;
export type ScaleFault = (typeof SCALE_FAULTS)[number];

/** What a scale shows. Units: grams. */
export interface ScaleState {
  readonly grams: number;
  readonly tareGrams: number;
  readonly isSettled: boolean;
  readonly isOverloaded: boolean;
}

/** What is said, and how many quantities a reader can take from it. */
export interface ScaleSaying {
  readonly bytes: Uint8Array;
  readonly quantities: number;
}

const NOTHING: ScaleSaying = { bytes: new Uint8Array(), quantities: 0 };

/** Answers one command; what is none has the answer of the manual. Source: Reference Manual MT-SICS, SI and TA. */
export function answerCommand(command: string, state: ScaleState, fault: ScaleFault | undefined): ScaleSaying {
  const isOverloaded = state.isOverloaded || fault === "overload";
  switch (command) {
    case "SI":
      if (isOverloaded) return spoil("S +\r\n", 1, fault);
      return spoil(`S ${state.isSettled ? "S" : "D"} ${inGrams(state.grams)} g\r\n`, 3, fault);
    case "TA":
      return spoil(`TA A ${inGrams(state.tareGrams)} g\r\n`, 1, fault);
    default:
      return spoil("ES\r\n", 0, fault);
  }
}

/** Makes one line of a scale that speaks by itself. Source: GX-A/GF-A Communication Manual, A&D standard format. */
export function speakLine(state: ScaleState, fault: ScaleFault | undefined): ScaleSaying {
  if (state.isOverloaded || fault === "overload") return spoil("OL,+9999999E+19\r\n", 1, fault);
  const sign = state.grams < 0 ? "-" : "+";
  const digits = Math.abs(state.grams).toFixed(2).padStart(8, "0");
  return spoil(`${state.isSettled ? "ST" : "US"},${sign}${digits}  g\r\n`, 3, fault);
}

function inGrams(grams: number): string {
  return grams.toFixed(2).padStart(10, " ");
}

function spoil(text: string, quantities: number, fault: ScaleFault | undefined): ScaleSaying {
  const bytes = Buffer.from(text, "latin1");
  switch (fault) {
    case "silent":
      return NOTHING;
    case "garbage":
      // As a line at half the baud rate looks: every other bit is another one.
      return { bytes: bytes.map((byte) => (byte ^ 0x2a) | 0x80), quantities: 0 };
    case "cut-short":
      return { bytes: bytes.subarray(0, Math.floor(bytes.length / 2)), quantities: 0 };
    default:
      return { bytes, quantities };
  }
}
