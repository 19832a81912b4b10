/** Weighs what a metered uplink sends, and holds it against its budget and its times; knows nothing of estimates. */

import type { MeteringConfig } from "../../src/model/config.ts";
import type { Spent } from "../../src/model/log.ts";
import type { Clock } from "../../src/model/time.ts";
import type { HttpRequest } from "../../src/platform/http-client.ts";

const DAY_MS = 86_400_000;

/** Counts bytes that went over the wire for sure: bodies, headers and addresses. */
export class BudgetWatch {
  readonly violations: string[] = [];
  readonly #config: MeteringConfig;
  readonly #clock: Pick<Clock, "now" | "isTrusted">;
  /** What this life sent in the day and the month of now, and what it knew of before. */
  #day = { at: 0, bytes: 0, before: 0 };
  #month = { at: 0, bytes: 0, before: 0 };
  #saved: Spent | undefined;

  constructor(config: MeteringConfig, clock: Pick<Clock, "now" | "isTrusted">) {
    this.#config = config;
    this.#clock = clock;
  }

  /** A life begins that remembers so much; `mayForget` where the record of its cursor need not be there. */
  begin(spent: Spent | undefined, mayForget: boolean): void {
    const saved = this.#saved;
    if (!mayForget && saved !== undefined && saved.dayBytes > 0 && this.#config.budget !== undefined) {
      const isForgotten = spent === undefined || (spent.dayAt === saved.dayAt && spent.dayBytes < saved.dayBytes);
      if (isForgotten) this.violations.push(`${spent?.dayBytes} bytes are known of ${saved.dayBytes} that were kept`);
    }
    this.#saved = spent;
    this.#day = { at: spent?.dayAt ?? 0, bytes: 0, before: spent?.dayBytes ?? 0 };
    this.#month = { at: spent?.monthAt ?? 0, bytes: 0, before: spent?.monthBytes ?? 0 };
    this.#roll();
  }

  /** What was spent is kept. */
  noteSaved(spent: Spent): void {
    this.#saved = spent;
  }

  /** A request goes out; `isOfSeries` where it is none of notes. */
  take({ url, headers, body }: HttpRequest, isOfSeries: boolean): void {
    this.#roll();
    const named = Object.entries(headers).reduce((length, pair) => length + pair.join(": ").length + 2, 0);
    const bytes = (body?.byteLength ?? 0) + named + url.href.length;
    const { dayBytesMax = Number.POSITIVE_INFINITY, monthBytesMax = Number.POSITIVE_INFINITY } =
      this.#config.budget ?? {};
    for (const [name, period, most] of [
      ["day", this.#day, dayBytesMax],
      ["month", this.#month, monthBytesMax],
    ] as const) {
      period.bytes += bytes;
      const sum = period.before + period.bytes;
      if (sum > most) this.violations.push(`${sum} bytes went in a ${name} of ${most}`);
    }
    if (isOfSeries && this.#isShut()) this.violations.push(`series went at ${this.#clock.now()}, outside of its times`);
  }

  #isShut(): boolean {
    const { schedule, isSendingAlarmsAtOnce } = this.#config;
    if (schedule.length === 0 || isSendingAlarmsAtOnce || !this.#clock.isTrusted()) return false;
    const time = this.#clock.now() % DAY_MS;
    return schedule.every(({ from, to }) => (from <= to ? time < from || time >= to : time < from && time >= to));
  }

  /** A clock that is not right, or is put back a little, begins no day. */
  #roll(): void {
    if (!this.#clock.isTrusted()) return;
    const now = new Date(this.#clock.now());
    const dayAt = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
    const monthAt = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
    if (dayAt > this.#day.at) this.#day = { at: dayAt, bytes: 0, before: 0 };
    if (monthAt > this.#month.at) this.#month = { at: monthAt, bytes: 0, before: 0 };
  }
}
