import { inflateSync } from "node:zlib";
import { expect } from "vitest";
import { composeIntake } from "../../src/forward/compose-intake.ts";
import { Uplink } from "../../src/forward/uplink.ts";
import type { DatadogConfig } from "../../src/model/config.ts";
import { GatewayError } from "../../src/model/errors.ts";
import type { EventReader } from "../../src/model/event-queue.ts";
import { type Event, SERVICE_STATUS, type ServiceCheck } from "../../src/model/note.ts";
import { epochMillis } from "../../src/model/time.ts";
import type { HttpRequest } from "../../src/platform/http-client.ts";
import { LogEventReader } from "../../src/store/event-queue.ts";
import { type EventLimits, HeldEvents } from "../../src/store/held-events.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeCursor } from "../support/fake-cursor.ts";
import { FakeHttpClient, type Reaction } from "../support/fake-http-client.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { answer } from "./fake-intake.ts";
import { API_KEY, IDENTITY, INTAKE_CONFIG } from "./forwarding.ts";

/** The routes of an intake, by what goes there. */
export const ROUTES = {
  series: "/api/v2/series",
  serviceChecks: "/api/v1/check_run",
  events: "/api/v1/events",
  host: "/intake/",
  key: "/api/v1/validate",
} as const;

/** An event that says little. */
export const EVENT: Event = {
  title: "Something happened",
  text: "The press stopped.",
  at: epochMillis(0),
  alertType: "warning",
  priority: "normal",
  aggregationKey: "press",
  tags: ["line:1"],
  source: "press-watch",
};

/** A service check as it goes over the wire. */
export interface SentCheck {
  readonly check: string;
  readonly status: number;
  readonly tags: readonly string[];
  readonly timestamp: number;
}

/** An uplink between a fake log and an intake that lets in one key, on a fake clock. */
export class Uplinking {
  readonly clock = new FakeClock();
  readonly cursor = new FakeCursor();
  readonly checks = new Map<string, ServiceCheck>();
  readonly logger = createKeepingLogger();
  readonly http: FakeHttpClient;
  readonly held: HeldEvents;
  readonly events: EventReader;
  readonly uplink: Uplink;
  /** The key the intake lets in. */
  goodKey = API_KEY;
  /** What reading the configuration anew would give. */
  readKey: () => Promise<string | undefined> = () => Promise.resolve(API_KEY);
  readCount = 0;
  /** What becomes of requests to a route, in place of the ordinary. */
  readonly reactions = new Map<string, Reaction | ((request: HttpRequest) => Reaction)>();

  /** Whether the log has placed what it holds by the clock of now. */
  isPlaced = true;
  /** Writes of events that the disk does not take. */
  failingEventWrites = 0;

  /** `compose` makes the sides of the intake, leaving it out means by its kind; `config` adds to its configuration. */
  constructor(limits?: EventLimits, compose = composeIntake, config: Partial<DatadogConfig> = {}) {
    this.held = new HeldEvents({ events: [], places: new Map() }, limits);
    this.held.planOpen("main").settle();
    this.events = new LogEventReader(this.held.place("main") ?? expect.unreachable(), this.held, {
      putEvent: () => expect.unreachable(),
      arePlaced: () => this.isPlaced,
      place: async () => undefined,
      toPlaced: ({ event }) => event,
      changeEvents: async (plan) => {
        const change = plan();
        if (this.failingEventWrites > 0) {
          this.failingEventWrites -= 1;
          throw new GatewayError("STORE_FAILED", "the disk is full");
        }
        change.settle();
      },
    });
    this.http = new FakeHttpClient(this.clock, (request) => this.#react(request));
    this.uplink = new Uplink({
      config: { ...INTAKE_CONFIG, ...config },
      identity: IDENTITY,
      compose,
      cursor: this.cursor,
      events: this.events,
      log: {
        seriesOf: this.cursor.seriesOf,
        defineSeries: this.cursor.defineSeries,
        momentOf: this.cursor.momentOf,
        onWritten: this.cursor.wake,
        serviceChecks: () => [...this.checks.values()],
        arePlaced: () => this.isPlaced,
        care: { page: this.cursor.page, series: this.cursor.series },
        stats: () => ({ head: this.cursor.head }),
      },
      http: this.http,
      clock: this.clock,
      random: createSeededRandom(7),
      logger: this.logger,
      readApiKey: () => {
        this.readCount += 1;
        return this.readKey();
      },
    });
  }

  /** Says a service check now. */
  say(instance: string, status: keyof typeof SERVICE_STATUS): void {
    const tags = [`instance:${instance}`];
    const at = this.clock.now();
    this.checks.set(instance, { name: "modbus.can_connect", status: SERVICE_STATUS[status], tags, message: "", at });
  }

  /** Raises an event now; it is durable at once. */
  raise(title: string, changes: Partial<Event> = {}): void {
    const event = { ...EVENT, title, at: this.clock.now(), ...changes };
    this.held.planPut([{ event, epoch: undefined }]).settle();
  }

  /** Puts one sample in the log, stamped a second ago. */
  sample(): void {
    this.cursor.push(0, this.clock.now() - 1000, 230);
    this.cursor.publish();
  }

  /** The requests to a route so far. */
  to(route: keyof typeof ROUTES): readonly HttpRequest[] {
    return this.http.requests.filter(({ url }) => url.pathname === ROUTES[route]);
  }

  /** Each request of service checks so far, in the words of `instance:status`. */
  get sentChecks(): readonly string[][] {
    return this.to("serviceChecks").map(({ body }) => {
      const checks = JSON.parse(inflateSync(body ?? new Uint8Array()).toString("utf8")) as readonly SentCheck[];
      return checks.map(({ tags, status }) => `${tags[0]?.replace("instance:", "")}:${status}`);
    });
  }

  /** The title of each event that was sent so far, taken or not. */
  get sentEvents(): readonly string[] {
    return this.to("events").map(({ body }) => JSON.parse(inflateSync(body ?? "").toString("utf8")).title as string);
  }

  #react(request: HttpRequest): Reaction {
    const { url, headers } = request;
    const reaction = this.reactions.get(url.pathname);
    if (reaction !== undefined) return typeof reaction === "function" ? reaction(request) : reaction;
    if (headers["dd-api-key"] !== this.goodKey) return answer(403, '{"errors":["Forbidden"]}');
    if (url.pathname === ROUTES.key) return answer(200, '{"valid":true}');
    return answer(202, '{"status":"ok"}');
  }
}
