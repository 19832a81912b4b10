/** What the gateway and the process of a check say to each other: a line of JSON for each. */

/** The longest line. Units: bytes. */
export const LINE_BYTES_MAX = 8 * 1024 * 1024;

/** Readings of one run; those beyond are dropped and counted. */
export const READINGS_MAX = 10_000;

/** What else one run may bring, and how long texts may be. Units: characters, or how many. */
export const REPORT_LIMITS = {
  /** Of a name, a tag or a unit. */
  name: 200,
  tags: 100,
  text: 4000,
  notes: 100,
  warnings: 20,
  lines: 50,
  line: 500,
} as const;

/** How a metric was told. */
export const METRIC_KINDS = ["gauge", "count", "monotonic", "rate"] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];

/** What the process is made for; the first line it gets. */
export interface CheckOrder {
  /** Where the check is. */
  readonly file: string;
  readonly name: string;
  readonly initConfig: Readonly<Record<string, unknown>>;
  readonly instance: Readonly<Record<string, unknown>>;
  readonly seriesMax: number;
}

/** A series as the check told it; readings refer to it by its place among all that the process has told. */
export interface ToldSeries {
  readonly kind: MetricKind;
  readonly name: string;
  readonly tags: readonly string[];
  readonly unit: string;
}

/**
 * One reading: the series, the value, when it was told, and when it was measured where the check says so.
 *
 * Units: `toldAt` milliseconds of the monotonic clock of the machine; `at` milliseconds since 1970, null for then. The
 * last is 1 where a first reading counts from zero.
 */
export type ToldReading = readonly [series: number, value: number, toldAt: number, at: number | null, isFlushed: 0 | 1];

/** What a check told in one run. */
export interface RunReport {
  readonly series: readonly ToldSeries[];
  readonly readings: readonly ToldReading[];
  readonly serviceChecks: readonly {
    readonly name: string;
    readonly status: 0 | 1 | 2 | 3;
    readonly tags: readonly string[];
    readonly message: string;
  }[];
  readonly events: readonly {
    readonly title: string;
    readonly text: string;
    readonly alertType: "info" | "warning" | "error" | "success";
    readonly aggregationKey: string;
    readonly tags: readonly string[];
    /** Units: milliseconds since 1970. */
    readonly at: number | null;
  }[];
  readonly warnings: readonly string[];
  /** What it printed. */
  readonly lines: readonly string[];
  /** Readings that are not among these, by reason. */
  readonly lost: { readonly notANumber: number; readonly flood: number; readonly seriesLimit: number };
  /** What it threw, in words; absent where it came to its end. */
  readonly error?: string;
}

/** What the process says: that it waits for runs, why it cannot, or what came of one. */
export type CheckWord =
  | { readonly isReady: true }
  | { readonly failed: string }
  | { readonly run: number; readonly report: RunReport };
