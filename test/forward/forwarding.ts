import { expect } from "vitest";
import { Forwarder, type ForwarderParts } from "../../src/forward/forwarder.ts";
import type { GatewayIdentity } from "../../src/forward/gateway-identity.ts";
import { createDatadogIntake } from "../../src/forward/intakes/datadog/intake.ts";
import { UplinkMetering } from "../../src/forward/metering/uplink-metering.ts";
import { nameAtIntake, type RoutingPolicy, SampleRoutes } from "../../src/forward/series-at-intake.ts";
import type { DatadogConfig, MeteringConfig } from "../../src/model/config.ts";
import type { Intake, IntakeLimits } from "../../src/model/intake.ts";
import { seconds } from "../../src/model/time.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeCursor } from "../support/fake-cursor.ts";
import { FakeHttpClient } from "../support/fake-http-client.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { FakeIntake } from "./fake-intake.ts";

/** An API key that must never be seen outside of its header. */
export const API_KEY = "0123456789abcdef0123456789abcdef";

/** An intake as the tests configure it. */
export const INTAKE_CONFIG: DatadogConfig = {
  name: "main",
  kind: "datadog",
  url: "http://intake.test:8126",
  apiKey: API_KEY,
  flushInterval: seconds(10),
  timeout: seconds(20),
  maxAge: seconds(3600),
};

/** The gateway as the tests configure it. */
export const IDENTITY: GatewayIdentity = { hostname: "pi-1", tags: ["site:north"], version: "1.2.3" };

/** The Datadog intake as the tests configure it. */
export function createIntake(limits: Partial<IntakeLimits> = {}): Intake {
  const intake = createDatadogIntake(INTAKE_CONFIG, IDENTITY);
  return { ...intake, limits: { ...intake.limits, ...limits } };
}

/** What a test may say of a forwarder. */
export type ForwardingParts = Partial<Omit<ForwarderParts, "intake" | "metering">> & {
  readonly intake?: Partial<Intake>;
  readonly metering?: MeteringConfig;
  readonly routing?: RoutingPolicy;
};

/** A forwarder between a fake log and a fake intake, on a fake clock. */
export class Forwarding {
  readonly clock = new FakeClock();
  readonly cursor = new FakeCursor();
  readonly intake = new FakeIntake();
  readonly http = new FakeHttpClient(this.clock, this.intake.take);
  readonly lines: string[] = [];
  readonly forwarder: Forwarder;

  constructor(limits: Partial<IntakeLimits> = {}, { intake, metering, routing, ...parts }: ForwardingParts = {}) {
    this.forwarder = new Forwarder({
      ...this.#world(),
      ...parts,
      ...(routing && { routes: new SampleRoutes(this.cursor, routing) }),
      ...(metering && this.meter(metering, parts.seriesOf)),
      intake: { ...createIntake(limits), ...intake },
    });
  }

  /** Makes the parts of a forwarder by a metered uplink, which goes on from what its cursor knows. */
  meter(
    config: MeteringConfig,
    seriesOf: ForwarderParts["seriesOf"] = this.cursor.seriesOf,
  ): Pick<ForwarderParts, "metering" | "http"> {
    const { cursor, clock } = this;
    const random = createSeededRandom(7);
    const flushInterval = seconds(10);
    const metering = new UplinkMetering({
      config,
      spreadName: "pi-1 main",
      cursor,
      seriesOf,
      routes: new SampleRoutes(cursor),
      clock,
      random,
      flushInterval,
    });
    return { metering, http: metering.meterHttp(this.http) };
  }

  /** Begins anew on what the cursor knows, as after a kill of the process. */
  restart(
    limits: Partial<IntakeLimits> = {},
    intake: Partial<Intake> = {},
    parts: Partial<ForwarderParts> = {},
  ): Forwarder {
    return new Forwarder({ ...this.#world(), ...parts, intake: { ...createIntake(limits), ...intake } });
  }

  #world(): Omit<ForwarderParts, "intake"> {
    return {
      cursor: this.cursor,
      seriesOf: nameAtIntake(this.cursor.seriesOf),
      routes: new SampleRoutes(this.cursor),
      momentOf: this.cursor.momentOf,
      log: { page: this.cursor.page, head: () => this.cursor.head, series: this.cursor.series },
      wake: this.cursor.wake,
      http: this.http,
      clock: this.clock,
      random: createSeededRandom(7),
      logger: createLogger(this.clock, "debug", (line) => this.lines.push(line)),
      flushInterval: seconds(10),
      timeout: seconds(20),
    };
  }

  /** Adds samples one per second and series, ending now; the values count from `firstValue`. */
  sample(count: number, { seriesCount = 1, firstValue = 1 } = {}): void {
    const spans = Math.ceil(count / seriesCount);
    for (let index = 0; index < count; index += 1) {
      const age = (spans - Math.floor(index / seriesCount)) * 1000;
      this.cursor.push(index % seriesCount, this.clock.now() - age, firstValue + index);
    }
    this.cursor.publish();
  }

  /** Every sample is in exactly one count, and the intake holds exactly what was counted as delivered. */
  expectBooksToBalance(): void {
    const { counts, samples, waiting } = this.cursor;
    const passed = Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(passed + waiting).toBe(samples.count);
    expect(this.intake.held.size).toBe(counts.delivered);
    expect(this.cursor.setAside).toHaveLength(counts.rejected);
  }

  /** Within each series, what the intake took never goes back in time. */
  expectOrderPerSeries(): void {
    const last = new Map<string, number>();
    for (const { metric, second } of this.intake.taken) {
      expect(second).toBeGreaterThanOrEqual(last.get(metric) ?? 0);
      last.set(metric, second);
    }
  }
}
