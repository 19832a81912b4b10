/**
 * What `import { Check } from "tidegate/check"` gives: the class that a file of `checks.d` extends. It runs in the
 * process of its check, and what it is told goes into the report of the run. Methods and their meaning are those of the
 * Datadog Agent's checks.
 */

import { currentRun } from "./check-report.ts";

/** Options of a reading. */
export interface MetricOptions {
  /** As `key:value`, beside those of the instance. */
  readonly tags?: readonly string[];
  /** When it was measured; leaving it out means now. Units: a number is milliseconds since 1970. */
  readonly at?: Date | number;
  /** A unit such as `degC` or `kWh`; leaving it out means none, or that of the metric in the catalogue. */
  readonly unit?: string;
}

/** Options of a counter's reading. */
export interface CounterOptions extends MetricOptions {
  /** Whether the first reading counts as what was counted since zero. */
  readonly flushFirstValue?: boolean;
}

/** Options of a service check. */
export interface ServiceCheckOptions {
  readonly tags?: readonly string[];
  /** Why it is not well. */
  readonly message?: string;
}

/** Something that happened, in the words of the Agent; `title` and `text` stand for its `msg_title` and `msg_text`. */
export interface CheckEvent {
  readonly title?: string;
  readonly text?: string;
  readonly msg_title?: string;
  readonly msg_text?: string;
  readonly alert_type?: "info" | "warning" | "error" | "success";
  /** Events of one key are shown as one. */
  readonly aggregation_key?: string;
  readonly tags?: readonly string[];
  /** When it happened; leaving it out means now. Units: seconds since 1970, as in the Agent. */
  readonly timestamp?: number;
}

/** The state that a service check tells: a number of the Agent, or its word. */
export type CheckStatus = 0 | 1 | 2 | 3 | "ok" | "warning" | "critical" | "unknown";

/** What a check is made for and with: any keys of its file in `conf.d`. */
export interface CheckKeys {
  // biome-ignore lint/suspicious/noExplicitAny: keys are the user's own, and only the user knows what they hold.
  readonly [key: string]: any;
}

/** A check of your own. Extend it, and say in `check` what is measured. */
export abstract class Check {
  static readonly OK = 0;
  static readonly WARNING = 1;
  static readonly CRITICAL = 2;
  static readonly UNKNOWN = 3;

  /** The name of its two files. */
  readonly name: string = currentRun().name;
  /** What its file in `conf.d` says under `init_config`. */
  readonly initConfig: CheckKeys = currentRun().initConfig;
  /** The entry under `instances` that it was made for. */
  readonly instance: CheckKeys = currentRun().instance;

  /** Called at every interval with the entry under `instances` that it was made for. */
  abstract check(instance: CheckKeys): void | Promise<void>;

  /** A value as it is now. */
  gauge(name: string, value: number, options?: MetricOptions): void {
    currentRun().metric("gauge", name, value, options);
  }

  /** So many more since the last time; what is counted within one run adds up. */
  count(name: string, value: number, options?: MetricOptions): void {
    currentRun().metric("count", name, value, options);
  }

  /** The reading of a counter that only grows; what goes out is how much it grew. After a reset it counts on. */
  monotonicCount(name: string, value: number, options?: CounterOptions): void {
    currentRun().metric("monotonic", name, value, options);
  }

  /** The reading of something that grows; what goes out is how fast it grows, per second. */
  rate(name: string, value: number, options?: MetricOptions): void {
    currentRun().metric("rate", name, value, options);
  }

  /** The state of something: `Check.OK`, `Check.WARNING`, `Check.CRITICAL` or `Check.UNKNOWN`. */
  serviceCheck(name: string, status: CheckStatus, options?: ServiceCheckOptions): void {
    currentRun().serviceCheck(name, status, options);
  }

  /** Tells of something that happened. */
  event(event: CheckEvent): void {
    currentRun().event(event);
  }

  /** Says that something is not as it should be; the check is shown as WARNING with this text. */
  warning(text: string): void {
    currentRun().warning(text);
  }
}
