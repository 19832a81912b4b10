/**
 * The one error class and the table of its codes.
 *
 * A code is stable and never reused once released; the message is free to improve. `docs/errors.md` is rendered from
 * this table.
 */

/** Exit codes of the command line, after sysexits.h where it has one; a command that was stopped has that of shells. */
export const EXIT = {
  ...{ ok: 0, failed: 1, usage: 2, notRunning: 69, alreadyRunning: 75, config: 78 },
  interrupted: 130,
} as const;

/** When the one who met the error should try again. */
export type Retry = "never" | "next-poll" | "backoff";

interface ErrorEntry {
  readonly stage: "cli" | "config" | "input" | "decode" | "store" | "forward" | "gateway";
  readonly retry: Retry;
  readonly exit: number;
  readonly summary: string;
}

/** Every code with its stage, its retry rule, the exit code it leads to and one sentence of what it means. */
export const ERRORS = {
  CLI_USAGE: { stage: "cli", retry: "never", exit: EXIT.usage, summary: "The command line is not understood." },
  CLI_OUTPUT_FAILED: {
    stage: "cli",
    retry: "never",
    exit: EXIT.failed,
    summary: "What a command prints, or writes to a file, cannot be written: its disk is full, say.",
  },
  CONFIG_INVALID: { stage: "config", retry: "never", exit: EXIT.config, summary: "The configuration has problems." },
  CONFIG_NOT_FOUND: { stage: "config", retry: "never", exit: EXIT.config, summary: "No tidegate.yaml was found." },
  INPUT_UNREACHABLE: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "No connection to the device could be made.",
  },
  INPUT_LINK_CLOSED: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "The connection closed before the answer was complete.",
  },
  INPUT_TIMEOUT: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "The device did not answer in time.",
  },
  INPUT_EXCEPTION: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "The device answered with an exception code.",
  },
  INPUT_REFUSED: {
    stage: "input",
    retry: "backoff",
    exit: EXIT.failed,
    summary: "The device refuses registers of a point, asked for alone; they are seldom tried again.",
  },
  INPUT_OTHER_DEVICE: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "Another device answers than is expected, or than before; its readings are held back.",
  },
  INPUT_BAD_REPLY: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "The device answered with something that does not fit the request.",
  },
  INPUT_BAD_VALUE: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "A point was answered, yet its value cannot be represented.",
  },
  INPUT_NOT_ALLOWED: {
    stage: "input",
    retry: "backoff",
    exit: EXIT.failed,
    summary: "A broker refuses the gateway, or something that it asks for.",
  },
  INPUT_DOUBTFUL: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "Readings have broken their quality rules for a while, and are marked or dropped.",
  },
  INPUT_FLOODED: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "More readings came than the gateway holds between two polls; those beyond were dropped and counted.",
  },
  INPUT_SERIES_LIMIT: {
    stage: "input",
    retry: "never",
    exit: EXIT.failed,
    summary: "Readings of further series were dropped and counted: the instance has as many as `max_series` allows.",
  },
  INPUT_CHECK_FAILED: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "A check of the user threw, or could not be loaded; what it told before counts.",
  },
  INPUT_CHECK_ENDED: {
    stage: "input",
    retry: "backoff",
    exit: EXIT.failed,
    summary: "The process of a check of the user ended, or was ended because it took too long or too much memory.",
  },
  INPUT_CHECK_WARNING: {
    stage: "input",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "A check of the user warns of something, or told something that was left out.",
  },
  INPUT_WRITE_REFUSED: {
    stage: "input",
    retry: "never",
    exit: EXIT.failed,
    summary: "A function code that writes to a machine was refused; the gateway only reads.",
  },
  DECODE_SHORT_FRAME: {
    stage: "decode",
    retry: "next-poll",
    exit: EXIT.failed,
    summary: "A frame holds fewer bytes than the value needs.",
  },
  STORE_LOCKED: {
    stage: "store",
    retry: "never",
    exit: EXIT.alreadyRunning,
    summary: "Another gateway has the store open.",
  },
  STORE_NEWER_FORMAT: {
    stage: "store",
    retry: "never",
    exit: EXIT.failed,
    summary: "The store was written by a newer version; it is left untouched.",
  },
  STORE_FAILED: {
    stage: "store",
    retry: "backoff",
    exit: EXIT.failed,
    summary: "The store could not be read or written.",
  },
  STORE_CLOSED: { stage: "store", retry: "never", exit: EXIT.failed, summary: "The store is closed already." },
  INTAKE_UNREACHABLE: {
    stage: "forward",
    retry: "backoff",
    exit: EXIT.failed,
    summary: "The intake could not be reached.",
  },
  GATEWAY_SERIES_LIMIT: {
    stage: "gateway",
    retry: "never",
    exit: EXIT.failed,
    summary: "Readings of series found while running were dropped and counted: the gateway has `max_series` of them.",
  },
  GATEWAY_NOT_RUNNING: {
    stage: "gateway",
    retry: "never",
    exit: EXIT.notRunning,
    summary: "No gateway is running here.",
  },
  GATEWAY_SILENT: {
    stage: "gateway",
    retry: "backoff",
    exit: EXIT.failed,
    summary: "A gateway is there and does not answer: it is busy, suspended, or hangs.",
  },
  GATEWAY_NOT_ALLOWED: {
    stage: "gateway",
    retry: "never",
    exit: EXIT.failed,
    summary: "A gateway may be running here, and this user may not ask it.",
  },
  GATEWAY_RUNNING: {
    stage: "gateway",
    retry: "never",
    exit: EXIT.alreadyRunning,
    summary: "A gateway is running on this store already.",
  },
  CHECK_UNKNOWN: {
    stage: "cli",
    retry: "never",
    exit: EXIT.failed,
    summary: "No valid check of this name is configured.",
  },
  PROFILE_UNKNOWN: {
    stage: "cli",
    retry: "never",
    exit: EXIT.failed,
    summary: "No device profile of this id is there.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** A code of the table. */
export type ErrorCode = keyof typeof ERRORS;

/** Facts about an error that are safe to print: never a key, a password or a header. */
export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

/** An operating error: weather, not a bug. It is always handled; a bug is an `AssertionError` and ends the process. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly context: ErrorContext;

  /** `message` says what was found, what was expected and what to do; `context` holds the same facts for machines. */
  constructor(code: ErrorCode, message: string, options: { context?: ErrorContext; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.context = options.context ?? {};
  }

  /** The exit code this error leads to when it ends a command. */
  get exit(): number {
    return ERRORS[this.code].exit;
  }
}
