/**
 * When and how much goes to one intake: windows of time, a spread start, and a budget that is to last.
 *
 * While nothing may go, everything waits in the log. What a plan holds back is passed and counted. A budget that is
 * used up to the last byte loses nothing: then everything waits for the next day or month.
 */

import type { MeteringConfig } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import type { Payload, PointBatch } from "../../model/intake.ts";
import type { Cursor, LogSlice, Sequence, Spent } from "../../model/log.ts";
import type { Series, SeriesId } from "../../model/series.ts";
import { type SeriesClass, seriesClassOf } from "../../model/series-class.ts";
import type { MeteredStatus } from "../../model/status.ts";
import { type Clock, type Millis, type MonotonicMillis, millis, type Random, seconds } from "../../model/time.ts";
import type { HttpClient, HttpRequest } from "../../platform/http-client.ts";
import type { SampleRoutes } from "../series-at-intake.ts";
import { createSeriesHeads } from "../series-heads.ts";
import { windowOpensIn } from "./calendar.ts";
import { describeMetering } from "./describe.ts";
import { Meter, type PeriodLeft } from "./meter.ts";
import { Offered } from "./offered.ts";
import { PayloadSize } from "./payload-size.ts";
import { choosePlan, EVERYTHING, LADDER, type Plan } from "./plan.ts";
import { createSieve, type PointSieve } from "./sieve.ts";
import { spreadOver } from "./spread.ts";
import { estimateWireBytes, type Opening } from "./wire-estimate.ts";

/** Servers close a connection that is idle for longer. */
const KEPT_FOR = seconds(55);

/** What a payload takes beside what is in it, before one was sent. Units: bytes. */
const PAYLOAD_BYTES = 1200;

/** What notes cost is averaged over this at least. Units: milliseconds. */
const NOTES_SPAN_MIN = 600_000;

/** What was spent is kept at the latest when this part of the smallest limit is not. */
const UNSAVED_SHARE_MAX = 0.01;

/** What a metering is made of. */
export interface MeteringParts {
  readonly config: MeteringConfig;
  /** Names gateway and intake, so that each begins at a moment of its own. */
  readonly spreadName: string;
  readonly cursor: Pick<Cursor, "spent" | "end" | "waiting">;
  /** Tells of the series of the intake. */
  readonly seriesOf: (id: SeriesId) => Series;
  readonly routes: SampleRoutes;
  readonly clock: Clock;
  readonly random: Random;
  readonly flushInterval: Millis;
}

/** The metering of one uplink. */
export class UplinkMetering {
  readonly classOf: (id: SeriesId) => SeriesClass;
  readonly #parts: MeteringParts;
  readonly #meter: Meter | undefined;
  readonly #offered: Offered;
  readonly #beginsAt: number;
  readonly #startedAt: MonotonicMillis;
  readonly #liveValues = new Map<SeriesId, number>();
  readonly #gapValues = new Map<SeriesId, number>();
  readonly #size = new PayloadSize();
  #gapEnd: Sequence | undefined;
  #plan = EVERYTHING;
  /** Payloads that were refused by the budget since the last one that went: so many steps further down. */
  #refusals = 0;
  #refusedBytes: number | undefined;
  #paceUntil = 0;
  #payload: Payload | undefined;
  #sentAt = new Map<string, MonotonicMillis>();
  #notesBytes = 0;
  #isOfSeries = false;

  constructor(parts: MeteringParts) {
    const { config, cursor, clock, seriesOf, routes, spreadName } = parts;
    this.#parts = parts;
    const headOf = createSeriesHeads(seriesClassOf);
    this.classOf = (id) => headOf(id, seriesOf);
    this.#offered = new Offered(this.classOf, routes);
    this.#meter = config.budget && new Meter(config.budget, clock, cursor.spent);
    this.#startedAt = clock.monotonic();
    this.#beginsAt = this.#startedAt + spreadOver(config.startJitter, spreadName);
  }

  /** How long nothing goes by the live lane and the gaps; 0 while they may. */
  closedFor(): Millis {
    const { clock, cursor } = this.#parts;
    this.#offered.mark(clock.monotonic(), cursor.end);
    const paced = this.#paceUntil - clock.monotonic();
    return millis(Math.max(0, paced, this.#shutFor()));
  }

  /** Whether alarms go while all else is to wait. */
  get isSendingAhead(): boolean {
    const { clock, config } = this.#parts;
    if (!clock.isTrusted() || clock.monotonic() < this.#beginsAt || this.#usedUpFor() > 0) return false;
    const isOutside = windowOpensIn(clock.now(), config.schedule) > 0;
    return isOutside ? config.isSendingAlarmsAtOnce : this.#offered.has("alarms");
  }

  /** How long a note waits of which the last was sent then. Urgent ones go with the alarms. */
  noteWait(isUrgent: boolean, lastAt: MonotonicMillis | undefined): Millis {
    const { clock, config } = this.#parts;
    const now = clock.monotonic();
    if (isUrgent && config.isSendingAlarmsAtOnce) return millis(Math.max(0, this.#beginsAt - now, this.#usedUpFor()));
    const paced = isUrgent || lastAt === undefined ? 0 : lastAt + this.#current.pace - now;
    return millis(Math.max(0, paced, this.#shutFor()));
  }

  /** Something to add to the wait after a failure, so that not everyone returns at once. */
  returnDelay(): Millis {
    return millis(this.#parts.config.startJitter * this.#parts.random.next());
  }

  /** Chooses what goes from now on. */
  plan(): void {
    const { clock, cursor, flushInterval } = this.#parts;
    const offers = this.#offered.offers(clock.monotonic(), cursor.end);
    if (this.#meter === undefined || offers === undefined) return;
    const periods = this.#meter.left().map(({ bytes, reserve, span }) => ({ bytes: bytes - reserve, span }));
    const elapsed = Math.max(NOTES_SPAN_MIN, clock.monotonic() - this.#startedAt);
    const demand = {
      periods,
      offers,
      waiting: cursor.waiting * this.#offered.share,
      ...this.#size.found,
      payloadBytes: (pace: Millis) => this.#payloadBytes(pace),
      notesRate: (1000 * this.#notesBytes) / elapsed,
      flushInterval,
    };
    this.#plan = choosePlan(demand, this.#plan);
  }

  /** What holds back points of a lane; undefined where nothing is. A gap is named by its end. */
  sieveOf(gapEnd: Sequence | undefined): PointSieve | undefined {
    if (this.#meter === undefined) return undefined;
    if (gapEnd !== undefined && gapEnd !== this.#gapEnd) {
      this.#gapEnd = gapEnd;
      this.#gapValues.clear();
    }
    const lastValues = gapEnd === undefined ? this.#liveValues : this.#gapValues;
    return createSieve({ plan: this.#current, classOf: this.classOf, lastValues });
  }

  /** Takes note of what the live lane has read, or what was looked through for alarms. */
  noteOffered(slice: LogSlice): void {
    this.#offered.note(slice);
  }

  /** Whether the budget carries a payload. Where it does not, what is sent next is less. */
  takes(payload: Payload, url: URL): boolean {
    const bytes = this.#estimate({ method: "POST", url, headers: payload.headers, body: payload.body });
    const isOfAlarms = LADDER.length - this.#current.level <= 2;
    this.#isOfSeries = true;
    this.#payload = payload;
    if (this.#meter?.carries(bytes, isOfAlarms) !== false) return true;
    this.#isOfSeries = false;
    if (this.#current.level === LADDER.length - 1) this.#refusedBytes = bytes;
    else this.#refusals += 1;
    return false;
  }

  /** Takes note of points that were accepted. */
  noteSent(points: PointBatch, gapEnd: Sequence | undefined): void {
    const values = gapEnd === undefined ? this.#liveValues : this.#gapValues;
    let seriesCount = 0;
    for (let row = 0; row < points.count; row += 1) {
      if (points.series[row] !== points.series[row - 1]) seriesCount += 1;
      values.set(points.series[row] as number, points.value[row] as number);
    }
    this.#size.note(seriesCount, points.count, this.#payload?.body.byteLength ?? 0);
    this.#refusals = 0;
  }

  /** Everything that waited was sent, in a turn that began then. */
  noteDrained(startedAt: MonotonicMillis): void {
    this.plan();
    const { pace } = this.#current;
    this.#paceUntil = pace > this.#parts.flushInterval ? startedAt + pace : 0;
  }

  /** What was spent and is to be kept with the next step; undefined where nothing is counted. */
  toSave(): Spent | undefined {
    return this.#meter?.toSave();
  }

  /** Whether much was spent since the last step. */
  get isUnsaved(): boolean {
    const { dayBytesMax = Number.POSITIVE_INFINITY, monthBytesMax = Number.POSITIVE_INFINITY } =
      this.#parts.config.budget ?? {};
    return (this.#meter?.unsavedBytes ?? 0) > UNSAVED_SHARE_MAX * Math.min(dayBytesMax, monthBytesMax);
  }

  /** Counts every request of a client. Its errors are those of the client, and that the budget is used up. */
  meterHttp(http: HttpClient): HttpClient {
    return {
      close: () => http.close(),
      send: (request, signal) => {
        this.#charge(request);
        return http.send(request, signal);
      },
    };
  }

  /** Tells how it goes. */
  state(): MeteredStatus {
    const { config, clock } = this.#parts;
    const spent = this.#meter?.spent;
    const opensIn = this.#shutFor();
    const facts = {
      day_bytes: spent?.dayBytes ?? null,
      day_bytes_max: config.budget?.dayBytesMax ?? null,
      month_bytes: spent?.monthBytes ?? null,
      month_bytes_max: config.budget?.monthBytesMax ?? null,
      opens_in_ms: opensIn > 0 ? opensIn : null,
    };
    const isUsedUp = this.#usedUpFor() > 0;
    return { ...facts, text: describeMetering(facts, { plan: this.#current, isUsedUp, now: clock.now() }) };
  }

  get #current(): Plan {
    return LADDER[Math.min(this.#plan.level + this.#refusals, LADDER.length - 1)] as Plan;
  }

  #charge(request: HttpRequest): void {
    const bytes = this.#estimate(request);
    const isOfSeries = this.#isOfSeries;
    this.#isOfSeries = false;
    if (this.#meter?.carries(bytes, true) === false) {
      throw new GatewayError("INTAKE_UNREACHABLE", "not sent: the budget of the uplink is used up.");
    }
    this.#meter?.charge(bytes);
    if (!isOfSeries) this.#notesBytes += bytes;
    this.#sentAt.set(request.url.host, this.#parts.clock.monotonic());
  }

  #estimate(request: HttpRequestSize): number {
    const before = this.#sentAt.get(request.url.host);
    const idle = before === undefined ? undefined : this.#parts.clock.monotonic() - before;
    const opening: Opening = idle === undefined ? "first" : idle > KEPT_FOR ? "again" : "kept";
    return estimateWireBytes(request, opening);
  }

  #payloadBytes(pace: number): number {
    const { headers } = this.#payload ?? {};
    if (headers === undefined) return PAYLOAD_BYTES;
    const [host] = this.#sentAt.keys();
    const size = { method: "POST", url: new URL(`https://${host ?? "intake"}/`), headers };
    return estimateWireBytes(size, pace > KEPT_FOR ? "again" : "kept");
  }

  /** How long nothing but what goes ahead may go. */
  #shutFor(): number {
    const { clock, config } = this.#parts;
    const window = clock.isTrusted() ? windowOpensIn(clock.now(), config.schedule) : 0;
    return Math.max(0, this.#beginsAt - clock.monotonic(), window, this.#usedUpFor());
  }

  /** How long it takes until a budget that does not even carry alarms begins anew. */
  #usedUpFor(): number {
    const needed = this.#refusedBytes;
    if (needed === undefined || this.#meter === undefined) return 0;
    const short = this.#meter.left().filter(({ bytes }: PeriodLeft) => bytes < needed);
    if (short.length > 0) return Math.max(...short.map(({ span }) => span));
    this.#refusedBytes = undefined;
    this.#refusals = 0;
    return 0;
  }
}

type HttpRequestSize = Parameters<typeof estimateWireBytes>[0];
