/** The simulator's intake without a network: its own checks and its ledger, behind faults. */

import { inflateSync } from "node:zlib";
import { checkSeries, type IntakePoint } from "../../hardware-sim/intake/check-series.ts";
import { checkEvent } from "../../hardware-sim/intake/events.ts";
import { checkHost } from "../../hardware-sim/intake/hosts.ts";
import { RAW_BYTES_MAX, WIRE_BYTES_MAX } from "../../hardware-sim/intake/limits.ts";
import { PointLedger } from "../../hardware-sim/intake/point-ledger.ts";
import { checkServiceChecks } from "../../hardware-sim/intake/service-checks.ts";
import type { Cursor } from "../../src/model/log.ts";
import type { Clock, Millis, Random } from "../../src/model/time.ts";
import type { HttpRequest, HttpResponse } from "../../src/platform/http-client.ts";
import type { Reaction } from "../support/fake-http-client.ts";
import { DeliveryWitness } from "./delivery-witness.ts";
import { drawFault, type IntakeFault, type Swarm } from "./faults.ts";
import type { WatchedLanes } from "./watched-lanes.ts";

const ACCEPTED: HttpResponse = { status: 202, headers: { "content-type": "application/json" }, body: '{"errors":[]}' };

const VALID: HttpResponse = { ...ACCEPTED, status: 200, body: '{"valid":true}' };

/** An outage lasts at most this long. Units: milliseconds. */
const OUTAGE_MS_MAX = 120_000;

/** What an intake must know of the rest of the world to judge what comes. */
export interface IntakeSight {
  /** How many definitions of a series a life has found worn away. */
  countLost(metric: string, tags: readonly string[]): number;
  /** By how much a point may be early. */
  earlyMax(): Millis;
}

/** An intake that accepts, checks and counts, in good weather and bad. */
export class SimulatedIntake {
  readonly ledger = new PointLedger();
  readonly witness = new DeliveryWitness();
  readonly violations: string[] = [];
  /** Points that arrived before their second. */
  readonly early: string[] = [];
  /** Titles of the events it took, in the order they came, repeats included. */
  readonly events: string[] = [];
  /** How often it found fault with a payload that had none. */
  rejections = 0;
  isHealed = false;
  /** Plants a bug: errors of the server are passed on as acceptance. */
  isFlattering = false;
  /** The cursor of the gateway that lives now, or lived last, and the lanes that it reads. */
  cursor: Cursor | undefined;
  lanes: WatchedLanes | undefined;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #swarm: Swarm;
  readonly #sight: IntakeSight;
  /** By the monotonic clock. */
  #outUntil = 0;

  constructor(clock: Clock, random: Random, swarm: Swarm, sight: IntakeSight) {
    this.#clock = clock;
    this.#random = random;
    this.#swarm = swarm;
    this.#sight = sight;
  }

  readonly react = (request: HttpRequest): Reaction => {
    const fault = this.isHealed ? undefined : this.#drawFault();
    switch (fault) {
      case "throttled":
        return refusal(429);
      case "throttled-for":
        return refusal(429, { "retry-after": String(1 + this.#drawBelow(20)) });
      case "throttled-until": {
        const now = this.#clock.now();
        const until = now + 1000 * this.#drawBelow(20);
        return refusal(503, { date: new Date(now).toUTCString(), "retry-after": new Date(until).toUTCString() });
      }
      case "rate-limited":
        return refusal(429, { "x-ratelimit-reset": String(this.#drawBelow(20)) });
      case "server-error":
        return this.isFlattering ? ACCEPTED : refusal(500 + this.#drawBelow(12));
      case "too-large":
        return refusal(413);
      case "rejected":
        this.rejections += 1;
        return refusal(400);
      case "refused-key":
        return refusal(this.#drawOf([401, 403]));
      case "held":
        return refusal(this.#drawOf([404, 407]));
      case "retried":
        return refusal(this.#drawOf([408, 425]));
      case "unknown-code":
        return refusal(this.#drawOf([100, 402, 409, 418, 451, 499, 600, 999]));
      case "portal":
        return { status: 200, headers: { "content-type": "text/html" }, body: "<html>Please sign in</html>" };
      case "redirect":
        return { status: this.#drawOf([301, 302, 307]), headers: { location: "http://portal.example/" }, body: "" };
      case "silence":
      case "unreachable":
        return fault;
      case "answer-lost":
        return { lost: this.#accept(request, false) };
      case "answer-cut":
        return { cut: this.#accept(request, false) };
      default:
        return this.#accept(request, true);
    }
  };

  #drawFault(): IntakeFault | undefined {
    const now = this.#clock.monotonic();
    if (now < this.#outUntil) return "unreachable";
    if (this.#random.next() < this.#swarm.outage) this.#outUntil = now + OUTAGE_MS_MAX * this.#random.next();
    return drawFault(this.#swarm.intake, this.#random);
  }

  #drawBelow(end: number): number {
    return Math.floor(this.#random.next() * end);
  }

  #drawOf(statuses: readonly number[]): number {
    return statuses[this.#drawBelow(statuses.length)] ?? 0;
  }

  #accept({ url, body }: HttpRequest, isHeard: boolean): HttpResponse {
    if (body === undefined) return VALID;
    const raw = inflateSync(body);
    const json: unknown = JSON.parse(raw.toString("utf8"));
    const nowSecond = Math.floor(this.#clock.now() / 1000);
    switch (url.pathname) {
      case "/api/v1/check_run":
        this.violations.push(...checkServiceChecks(json, nowSecond).errors);
        return ACCEPTED;
      case "/api/v1/events": {
        const { event, errors } = checkEvent(json, nowSecond);
        this.violations.push(...errors);
        this.events.push(event.title);
        return { ...ACCEPTED, body: '{"status":"ok"}' };
      }
      case "/intake/":
        this.violations.push(...checkHost(json, nowSecond).errors);
        return ACCEPTED;
    }
    if (body.length > WIRE_BYTES_MAX || raw.length > RAW_BYTES_MAX)
      this.violations.push("a payload is over the limits");
    const { points, errors } = checkSeries(json, nowSecond);
    this.violations.push(...errors);
    for (const { metric, second } of points) {
      if (second * 1000 > this.#clock.now() + this.#sight.earlyMax())
        this.early.push(`${metric} of ${second} arrived at ${nowSecond}`);
    }
    this.ledger.record(points, nowSecond);
    if (this.cursor === undefined || this.lanes === undefined) throw new Error("points came before there was a cursor");
    this.witness.take(this.#tellApart(points), this.cursor.counts, isHeard, this.lanes.position);
    return ACCEPTED;
  }

  /** A series whose definition was worn away is a new one to the gateway, which knows nothing of what went before. */
  #tellApart(points: readonly IntakePoint[]): IntakePoint[] {
    return points.map((point) => {
      const lost = this.#sight.countLost(point.metric, point.tags);
      return lost === 0 ? point : { ...point, series: `${point.series} begun anew ${lost}` };
    });
  }
}

function refusal(status: number, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { "content-type": "application/json", ...headers }, body: '{"errors":["not now"]}' };
}
