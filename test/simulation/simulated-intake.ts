/** The simulator's intake without a network: its own checks and its ledger, behind faults. */

import { inflateSync } from "node:zlib";
import { checkSeries } from "../../hardware-sim/intake/check-series.ts";
import { checkEvent } from "../../hardware-sim/intake/events.ts";
import { checkHost } from "../../hardware-sim/intake/hosts.ts";
import { RAW_BYTES_MAX, WIRE_BYTES_MAX } from "../../hardware-sim/intake/limits.ts";
import { PointLedger } from "../../hardware-sim/intake/point-ledger.ts";
import { checkServiceChecks } from "../../hardware-sim/intake/service-checks.ts";
import type { Clock, Random } from "../../src/model/time.ts";
import type { HttpRequest, HttpResponse } from "../../src/platform/http-client.ts";
import type { Reaction } from "../support/fake-http-client.ts";
import { drawFault, type Swarm } from "./faults.ts";

const ACCEPTED: HttpResponse = { status: 202, headers: { "content-type": "application/json" }, body: '{"errors":[]}' };

const VALID: HttpResponse = { ...ACCEPTED, status: 200, body: '{"valid":true}' };

/** What was on its way when the clock was put back comes early by as much as that. */
const EARLY_SECONDS_MAX = 120;

/** An intake that accepts, checks and counts, in good weather and bad. */
export class SimulatedIntake {
  readonly ledger = new PointLedger();
  readonly violations: string[] = [];
  /** Points that arrived before their second. */
  readonly early: string[] = [];
  /** Titles of the events it took, in the order they came, repeats included. */
  readonly events: string[] = [];
  isHealed = false;
  /** Plants a bug: errors of the server are passed on as acceptance. */
  isFlattering = false;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #swarm: Swarm;

  constructor(clock: Clock, random: Random, swarm: Swarm) {
    this.#clock = clock;
    this.#random = random;
    this.#swarm = swarm;
  }

  readonly react = (request: HttpRequest): Reaction => {
    const fault = this.isHealed ? undefined : drawFault(this.#swarm.intake, this.#random);
    switch (fault) {
      case "throttled":
        return refusal(429);
      case "throttled-until":
        return refusal(429, { "retry-after": String(1 + Math.floor(this.#random.next() * 20)) });
      case "server-error":
        return this.isFlattering ? ACCEPTED : refusal(500);
      case "busy":
        return refusal(503, { "retry-after": "3" });
      case "too-large":
        return refusal(413);
      case "forbidden":
        return refusal(403);
      case "portal":
        return { status: 200, headers: { "content-type": "text/html" }, body: "<html>Please sign in</html>" };
      case "redirect":
        return { status: 302, headers: { location: "http://portal.example/" }, body: "" };
      case "silence":
        return "silence";
      case "unreachable":
        return "unreachable";
      case "answer-lost":
        return { lost: this.#accept(request) };
      default:
        return this.#accept(request);
    }
  };

  #accept({ url, body }: HttpRequest): HttpResponse {
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
      if (second > nowSecond + EARLY_SECONDS_MAX) this.early.push(`${metric} of ${second} arrived at ${nowSecond}`);
    }
    this.ledger.record(points, nowSecond);
    return ACCEPTED;
  }
}

function refusal(status: number, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { "content-type": "application/json", ...headers }, body: '{"errors":["not now"]}' };
}
