/**
 * What the GPIO character device of Linux is asked and what it answers, version 2, as bytes. All machines that the
 * gateway runs on are little-endian and lay these structures out alike.
 *
 * Source: Linux, include/uapi/linux/gpio.h.
 */

/** What is asked of a chip, or of a line of it, by `ioctl`. */
export const GPIO_CALL = {
  chipInfo: 0x8044_b401,
  lineInfo: 0xc100_b405,
  requestLine: 0xc250_b407,
  lineValues: 0xc010_b40e,
} as const;

/** Names are bytes up to the first zero, or all of them. */
const NAME_BYTES = 32;

const CHIP_INFO_BYTES = 2 * NAME_BYTES + 4;
const LINE_INFO_BYTES = 256;
const LINE_REQUEST_BYTES = 592;
const LINE_VALUES_BYTES = 16;

/** Bytes of one event of a line. */
export const EVENT_BYTES = 48;

/** The most events the kernel keeps for one line that nobody reads; the newest stay. */
export const EVENTS_KEPT_MAX = 1024;

/** Bits of the flags of a line. */
const FLAG = { used: 1, activeLow: 2, input: 4, rising: 16, falling: 32, pullUp: 256, pullDown: 512, noBias: 1024 };

/** The attribute of a request that tells how long a level has to last to count. */
const ATTRIBUTE_DEBOUNCE = 3;

/** What holds a line where nothing drives it: a resistor to 3.3 V, to ground, none, or what is set already. */
export type LineBias = "as-is" | "pull-up" | "pull-down" | "none";

const BIAS_FLAG: Readonly<Record<LineBias, number>> = {
  "as-is": 0,
  "pull-up": FLAG.pullUp,
  "pull-down": FLAG.pullDown,
  none: FLAG.noBias,
};

/** Which edges of a line are told of, in terms of what counts as active. */
export type LineEdges = "rising" | "both";

/** What a chip says of itself. */
export interface ChipInfo {
  readonly label: string;
  readonly lineCount: number;
}

/** What a chip says of a line. */
export interface LineInfo {
  /** Empty where it has none. */
  readonly name: string;
  /** Who uses it; undefined where nobody does, and empty where the user gives no name. */
  readonly consumer: string | undefined;
}

/** How a line is asked for. */
export interface LineRequest {
  readonly offset: number;
  readonly consumer: string;
  readonly bias: LineBias;
  /** Whether a low level counts as active. */
  readonly isInverted: boolean;
  /** How long a level has to last to count; 0 means that every edge does. Units: milliseconds. */
  readonly debounceMs: number;
  readonly edges: LineEdges;
  /** How many events are kept while nobody reads. Limits: 1,024. */
  readonly eventsKept: number;
}

/** Makes room for what `GPIO_CALL.chipInfo` answers. */
export function createChipInfo(): Uint8Array {
  return new Uint8Array(CHIP_INFO_BYTES);
}

/** Shape: `struct gpiochip_info`. */
export function decodeChipInfo(bytes: Uint8Array): ChipInfo {
  return { label: nameAt(bytes, NAME_BYTES), lineCount: viewOf(bytes).getUint32(2 * NAME_BYTES, true) };
}

/** Makes what `GPIO_CALL.lineInfo` is asked with, and answers into. */
export function createLineInfo(offset: number): Uint8Array {
  const bytes = new Uint8Array(LINE_INFO_BYTES);
  viewOf(bytes).setUint32(2 * NAME_BYTES, offset, true);
  return bytes;
}

/** Shape: `struct gpio_v2_line_info`. */
export function decodeLineInfo(bytes: Uint8Array): LineInfo {
  const flags = viewOf(bytes).getUint32(72, true);
  return {
    name: nameAt(bytes, 0),
    consumer: (flags & FLAG.used) === 0 ? undefined : nameAt(bytes, NAME_BYTES),
  };
}

/** Makes what `GPIO_CALL.requestLine` is asked with, and answers into. Shape: `struct gpio_v2_line_request`. */
export function encodeLineRequest(request: LineRequest): Uint8Array {
  const bytes = new Uint8Array(LINE_REQUEST_BYTES);
  const view = viewOf(bytes);
  const edges = request.edges === "both" ? FLAG.rising | FLAG.falling : FLAG.rising;
  const flags = FLAG.input | edges | BIAS_FLAG[request.bias] | (request.isInverted ? FLAG.activeLow : 0);
  view.setUint32(0, request.offset, true);
  bytes.set(new TextEncoder().encode(request.consumer).subarray(0, NAME_BYTES - 1), 256);
  view.setUint32(288, flags, true);
  if (request.debounceMs > 0) {
    view.setUint32(296, 1, true);
    view.setUint32(320, ATTRIBUTE_DEBOUNCE, true);
    view.setUint32(328, Math.round(request.debounceMs * 1000), true);
    // The attribute is meant for the first line of the request, which is the only one.
    view.setUint32(336, 1, true);
  }
  view.setUint32(560, 1, true);
  view.setUint32(564, request.eventsKept, true);
  return bytes;
}

/** The file descriptor that the kernel answered a request with. Shape: `struct gpio_v2_line_request`. */
export function decodeLineDescriptor(bytes: Uint8Array): number {
  return viewOf(bytes).getInt32(588, true);
}

/** Makes what `GPIO_CALL.lineValues` is asked with for the only line of a request, and answers into. */
export function createLineValues(): Uint8Array {
  const bytes = new Uint8Array(LINE_VALUES_BYTES);
  viewOf(bytes).setUint32(8, 1, true);
  return bytes;
}

/** Whether the only line of a request is active. Shape: `struct gpio_v2_line_values`. */
export function decodeLineValue(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 1) === 1;
}

/** Edges of one line in columns, in the order they happened. */
export class EdgeBatch {
  /** Units: milliseconds of the monotonic clock. */
  readonly at: Float64Array;
  /** 1 where the line became active, 0 where it ceased to be. */
  readonly isRising: Uint8Array;
  /** Counts the edges of the line since it was opened, from 1, those that nobody saw too. */
  readonly number: Uint32Array;
  count = 0;

  /** `countMax` is how many there is room for. */
  constructor(countMax: number) {
    this.at = new Float64Array(countMax);
    this.isRising = new Uint8Array(countMax);
    this.number = new Uint32Array(countMax);
  }

  /** Adds one. Units: `at` milliseconds of the monotonic clock. */
  push(at: number, isRising: boolean, number: number): void {
    this.at[this.count] = at;
    this.isRising[this.count] = isRising ? 1 : 0;
    this.number[this.count] = number;
    this.count += 1;
  }
}

/**
 * Reads events into `batch`, which they replace; gives what is wrong with them, or undefined.
 *
 * Shape: whole `struct gpio_v2_line_event`, as many as `batch` has room for at most.
 */
export function decodeEvents(bytes: Uint8Array, batch: EdgeBatch): string | undefined {
  batch.count = 0;
  const view = viewOf(bytes);
  const whole = Math.floor(bytes.length / EVENT_BYTES);
  for (let offset = 0; offset < whole * EVENT_BYTES; offset += EVENT_BYTES) {
    const kind = view.getUint32(offset + 8, true);
    if (kind !== 1 && kind !== 2) return `an event of kind ${kind}, where 1 and 2 are all there are`;
    const nanos = view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
    batch.push(nanos / 1e6, kind === 1, view.getUint32(offset + 20, true));
  }
  return bytes.length === whole * EVENT_BYTES ? undefined : `${bytes.length} bytes, which are no whole events`;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function nameAt(bytes: Uint8Array, offset: number): string {
  const field = bytes.subarray(offset, offset + NAME_BYTES);
  const end = field.indexOf(0);
  const name = Buffer.from(end === -1 ? field : field.subarray(0, end)).toString("utf8");
  // Names go into messages, and a driver may have put anything there.
  return name.replaceAll(/[\p{Cc}\uFFFD]/gu, "?");
}
