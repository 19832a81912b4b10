/** An intake without a network: it accepts, checks and counts, in good weather and bad, in the words of its kind. */

import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import type { IntakePoint } from "../../hardware-sim/intake/check-series.ts";
import { checkEvent } from "../../hardware-sim/intake/events.ts";
import { checkHost } from "../../hardware-sim/intake/hosts.ts";
import { PointLedger } from "../../hardware-sim/intake/point-ledger.ts";
import { checkServiceChecks } from "../../hardware-sim/intake/service-checks.ts";
import type { Clock, Millis, Random } from "../../src/model/time.ts";
import type { HttpRequest, HttpResponse } from "../../src/platform/http-client.ts";
import type { Reaction } from "../support/fake-http-client.ts";
import { drawFault, type IntakeFault } from "./faults.ts";
import { DIALECTS, type IntakeDialect, OUT_OF_ORDER } from "./intake-dialects.ts";
import type { IntakeTraits } from "./intake-traits.ts";
import { IntakeWatch } from "./intake-watch.ts";
import { nameOf } from "./point-name.ts";

const VALID: HttpResponse = { status: 200, headers: { "content-type": "application/json" }, body: '{"valid":true}' };

/** An outage lasts at most this long. Units: milliseconds. */
const OUTAGE_MS_MAX = 120_000;

/** Of Datadog's kind alone, beside series. */
const NOTE_PATHS = ["/api/v1/check_run", "/api/v1/events", "/intake/"];

/** What an intake must know of the rest of the world to judge what comes. */
export interface IntakeSight {
  /** How many definitions of a series a life has found worn away. */
  countLost(metric: string | undefined, tags: readonly string[]): number;
  /** By how much a point may be early. */
  earlyMax(): Millis;
}

/** One intake of a world. */
export class SimulatedIntake {
  readonly ledger = new PointLedger(() => Number.POSITIVE_INFINITY);
  readonly violations: string[] = [];
  /** Points that arrived before their second. */
  readonly early: string[] = [];
  /** How many points it had at each payload, by the monotonic clock. */
  readonly arrivals: { readonly at: number; readonly held: number }[] = [];
  /** Titles of the events it took, in the order they came, repeats included. */
  readonly events: string[] = [];
  /** Follows the gateway's cursor. */
  readonly watch: IntakeWatch;
  readonly traits: IntakeTraits;
  /** How often it found fault with a payload, with cause or without. */
  rejections = 0;
  isHealed = false;
  /** Whether it takes samples of any age by now, and as many bytes as come. */
  isReleased = false;
  /** Whether lives began without it. */
  wasRetired = false;
  /** Plants a bug: errors of the server are passed on as acceptance. */
  isFlattering = false;
  readonly #dialect: IntakeDialect;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sight: IntakeSight;
  /** Where series end that it takes in their order only. */
  readonly #ends = new Map<string, { readonly second: number; readonly value: number }>();
  /** By the monotonic clock. */
  #outUntil = 0;

  constructor(clock: Clock, random: Random, traits: IntakeTraits, sight: IntakeSight) {
    this.#clock = clock;
    this.#random = random;
    this.#sight = sight;
    this.traits = traits;
    this.#dialect = DIALECTS[traits.kind];
    this.watch = new IntakeWatch(clock, traits);
  }

  /** What it takes now. Units: milliseconds. */
  get maxAge(): Millis {
    return this.isReleased && this.traits.older === "hold" ? (Number.POSITIVE_INFINITY as Millis) : this.traits.maxAge;
  }

  readonly react = (request: HttpRequest): Reaction => {
    const isOfSeries = request.body !== undefined && !NOTE_PATHS.includes(request.url.pathname);
    if (!this.isReleased) this.watch.budget?.take(request, isOfSeries);
    const { refuse, accepted } = this.#dialect;
    const fault = this.isHealed ? undefined : this.#drawFault();
    switch (fault) {
      case "throttled":
        return refuse(429);
      case "throttled-for":
        return refuse(429, { "retry-after": String(1 + this.#drawBelow(20)) });
      case "throttled-until": {
        const now = this.#clock.now();
        const until = now + 1000 * this.#drawBelow(20);
        return refuse(503, { date: new Date(now).toUTCString(), "retry-after": new Date(until).toUTCString() });
      }
      case "rate-limited":
        return refuse(429, { "x-ratelimit-reset": String(this.#drawBelow(20)) });
      case "server-error":
        return this.isFlattering ? accepted : refuse(500 + this.#drawBelow(12));
      case "too-large":
        return refuse(413);
      case "rejected":
        this.rejections += 1;
        return refuse(400);
      case "refused-key":
        return refuse(this.#drawOf([401, 403]));
      case "held":
        return refuse(this.#drawOf([404, 407]));
      case "retried":
        return refuse(this.#drawOf([408, 425]));
      case "unknown-code":
        return refuse(this.#drawOf([100, 402, 409, 418, 451, 499, 600, 999]));
      case "portal":
        return { status: 200, headers: { "content-type": "text/html" }, body: "<html>Please sign in</html>" };
      case "redirect":
        return { status: this.#drawOf([301, 302, 307]), headers: { location: "http://portal.example/" }, body: "" };
      case "silence":
      case "unreachable":
        return fault;
      case "answer-lost":
        return { lost: this.#answer(request, false) };
      case "answer-cut":
        return { cut: this.#answer(request, false) };
      default:
        return this.#answer(request, true);
    }
  };

  #drawFault(): IntakeFault | undefined {
    const now = this.#clock.monotonic();
    if (now < this.#outUntil) return "unreachable";
    const { intake, outage } = this.traits.weather;
    if (this.#random.next() < outage) this.#outUntil = now + OUTAGE_MS_MAX * this.#random.next();
    return drawFault(intake, this.#random);
  }

  #drawBelow(end: number): number {
    return Math.floor(this.#random.next() * end);
  }

  #drawOf(statuses: readonly number[]): number {
    return statuses[this.#drawBelow(statuses.length)] ?? 0;
  }

  #answer(request: HttpRequest, isHeard: boolean): HttpResponse {
    if (request.body === undefined) return VALID;
    if (this.traits.kind === "datadog" && NOTE_PATHS.includes(request.url.pathname))
      return this.#takeNote(request.url.pathname, request.body);
    const nowSecond = Math.floor(this.#clock.now() / 1000);
    const { points, errors } = this.#dialect.read(request, nowSecond, this.maxAge / 1000);
    this.violations.push(...errors);
    const answer = this.#judge(points);
    const isTaken = answer.status < 300;
    if (!isTaken) this.rejections += 1;
    const kept = isTaken
      ? points
      : this.#dialect.isKeepingTheRest
        ? points.filter((point) => !this.#isPoison(point))
        : [];
    if (kept.length > 0) this.#keep(kept, nowSecond, isHeard && isTaken);
    return answer;
  }

  #takeNote(path: string, body: Uint8Array): HttpResponse {
    const json: unknown = JSON.parse(inflateSync(body).toString("utf8"));
    const nowSecond = Math.floor(this.#clock.now() / 1000);
    const { accepted } = this.#dialect;
    switch (path) {
      case "/api/v1/check_run":
        this.violations.push(...checkServiceChecks(json, nowSecond).errors);
        return accepted;
      case "/api/v1/events": {
        const { event, errors } = checkEvent(json, nowSecond);
        this.violations.push(...errors);
        this.events.push(event.title);
        return { ...accepted, body: '{"status":"ok"}' };
      }
      default:
        this.violations.push(...checkHost(json, nowSecond).errors);
        return accepted;
    }
  }

  /** Finds fault with a point that is poison, or that comes too late where order counts. */
  #judge(points: readonly IntakePoint[]): HttpResponse {
    if (points.some((point) => this.#isPoison(point))) return this.#dialect.condemned;
    if (this.traits.order === "any") return this.#dialect.accepted;
    const isLate = ({ series, second, value }: IntakePoint): boolean => {
      const end = this.#ends.get(series);
      return end !== undefined && (second < end.second || (second === end.second && value !== end.value));
    };
    if (!points.some(isLate)) return this.#dialect.accepted;
    this.watch.inspect(this.#tellApart(points));
    return OUT_OF_ORDER;
  }

  #isPoison({ tags, second }: IntakePoint): boolean {
    const { share, isCurable } = this.traits.poison;
    if (share === 0 || (isCurable && this.isHealed)) return false;
    const hash = createHash("sha256")
      .update(`${nameOf(tags)} ${Math.floor(second)}`)
      .digest();
    return hash.readUInt32LE() / 2 ** 32 < share;
  }

  #keep(points: readonly IntakePoint[], nowSecond: number, isHeard: boolean): void {
    const now = this.#clock.now();
    for (const { tags, series, second, value } of points) {
      if (second * 1000 > now + this.#sight.earlyMax())
        this.early.push(`${nameOf(tags)} of ${second} arrived at ${nowSecond}`);
      if (second * 1000 < now - this.maxAge)
        this.violations.push(`${nameOf(tags)} of ${second} arrived at ${nowSecond}, when it was too old`);
      if (this.traits.order === "per-series") this.#ends.set(series, { second, value });
    }
    this.ledger.record(points, nowSecond);
    this.arrivals.push({ at: this.#clock.monotonic(), held: this.ledger.distinct });
    this.watch.take(this.#tellApart(points), isHeard);
  }

  /** A series whose definition was worn away is a new one to the gateway, which knows nothing of what went before. */
  #tellApart(points: readonly IntakePoint[]): IntakePoint[] {
    return points.map((point) => {
      const lost = this.#sight.countLost(
        this.traits.kind === "datadog" ? point.metric.replace(/\.full$/u, "") : undefined,
        point.tags,
      );
      return lost === 0 ? point : { ...point, series: `${point.series} begun anew ${lost}` };
    });
  }
}
