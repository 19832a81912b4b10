import type { StartCheck } from "../../src/inputs/custom/check-host.ts";
import type { CustomSettings } from "../../src/inputs/custom/spec.ts";
import type { InstanceConfig } from "../../src/model/config.ts";
import { seconds } from "../../src/model/time.ts";
import type { CheckProcess, RunEnd } from "../../src/platform/check-process.ts";
import type { MetricKind, RunReport, ToldReading, ToldSeries } from "../../src/platform/check-words.ts";

/** A report in which nothing was told. */
export const EMPTY_REPORT: RunReport = {
  ...{ series: [], readings: [], serviceChecks: [], events: [], warnings: [], lines: [] },
  lost: { notANumber: 0, flood: 0, seriesLimit: 0 },
};

/** One thing a check told: how, of what, the value, and where they differ the tags, the unit, and how long ago. */
export interface Told {
  readonly kind: MetricKind;
  readonly name: string;
  readonly value: number;
  readonly tags?: readonly string[];
  readonly unit?: string;
  readonly at?: number;
  readonly ageMs?: number;
  readonly isFlushed?: boolean;
}

/** When every report of a fake comes, by the clock that processes share. */
export const RECEIVED_AT = 9_000_000;

/** Numbers series as the process of a check does, over all its runs. */
export class Teller {
  readonly #numbers = new Map<string, number>();

  report(told: readonly Told[], own: Partial<RunReport> = {}): RunReport {
    const series: ToldSeries[] = [];
    const readings = told.map(({ kind, name, value, tags = [], unit = "", at, ageMs = 0, isFlushed }): ToldReading => {
      const key = JSON.stringify([kind, name, tags, unit]);
      let number = this.#numbers.get(key);
      if (number === undefined) {
        number = this.#numbers.size;
        this.#numbers.set(key, number);
        series.push({ kind, name, tags, unit });
      }
      return [number, value, RECEIVED_AT - ageMs, at ?? null, isFlushed === true ? 1 : 0];
    });
    return { ...EMPTY_REPORT, series, readings, ...own };
  }
}

/** Processes that do what a test says. */
export class FakeChecks {
  /** Those that were started and have not ended. */
  aliveCount = 0;
  startedCount = 0;
  /** What a run comes to; undefined for one that never ends. */
  play: (teller: Teller) => RunEnd | undefined = () => undefined;
  canStart = true;
  /** What a run that is ended has told by then. */
  leaves: readonly Told[] | undefined;
  privateBytes = 0;
  readonly #ends = new Set<() => void>();

  readonly start: StartCheck = () => {
    const teller = new Teller();
    const { promise: gone, resolve } = Promise.withResolvers<RunEnd>();
    const canStart = this.canStart;
    let isAlive = canStart;
    if (canStart) this.aliveCount += 1;
    this.startedCount += 1;
    const end = (): void => {
      if (isAlive) this.aliveCount -= 1;
      isAlive = false;
      resolve({ kind: "ended", what: "was ended by SIGKILL" });
    };
    this.#ends.add(end);
    const process: CheckProcess = {
      opened: Promise.resolve(canStart ? undefined : { kind: "ended", what: "could not be started" }),
      run: async () => {
        if (!isAlive) return await gone;
        const outcome = this.play(teller);
        if (outcome !== undefined && outcome.kind !== "report") end();
        return outcome ?? (await gone);
      },
      privateBytes: () => this.privateBytes,
      end: () => {
        end();
        return this.leaves && { report: teller.report(this.leaves), receivedAt: RECEIVED_AT };
      },
    };
    return Promise.resolve(process);
  };

  /** Every process ends by itself. */
  kill(): void {
    for (const end of this.#ends) end();
  }

  /** What a run that tells this comes to. */
  tells(told: readonly Told[], own: Partial<RunReport> = {}): void {
    this.play = (teller) => ({ kind: "report", report: teller.report(told, own), receivedAt: RECEIVED_AT });
  }
}

/** An instance of a check in a file of this name. */
export function checkInstance(
  settings: Partial<CustomSettings> = {},
  own: Partial<InstanceConfig> = {},
): InstanceConfig {
  return {
    ...{ check: "my_metric", name: "one", file: "conf.d/my_metric.yaml", line: 2, tags: [], namespace: "" },
    interval: seconds(15),
    ...own,
    settings: {
      ...{ memory_limit: 96, code: { file: "/etc/tidegate/checks.d/my_metric.ts", print: "" } },
      ...{ init_config: {}, instance: {}, secrets: [] },
      ...settings,
    } satisfies CustomSettings,
  };
}
