/** Everything that goes to one intake: series, and where it takes them service checks, events and what the host is. */

import type { IntakeConfig } from "../model/config.ts";
import type { EventReader } from "../model/event-queue.ts";
import type { Verdict } from "../model/intake.ts";
import type { Cursor, Log } from "../model/log.ts";
import type { RetryReport } from "../model/retry-report.ts";
import type { Series } from "../model/series.ts";
import type { IntakeStatus } from "../model/status.ts";
import type { Clock, Millis, Random } from "../model/time.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { Logger } from "../telemetry/logger.ts";
import { composeIntake } from "./compose-intake.ts";
import { tellEarlierRun } from "./earlier-run.ts";
import { Forwarder, type ForwarderState } from "./forwarder.ts";
import type { GatewayIdentity } from "./gateway-identity.ts";
import { UplinkMetering } from "./metering/uplink-metering.ts";
import { nameAtIntake, SampleRoutes } from "./series-at-intake.ts";
import { UplinkNotes } from "./uplink-notes.ts";

/** What an uplink is made of. */
export interface UplinkParts {
  readonly config: IntakeConfig;
  readonly identity: GatewayIdentity;
  readonly cursor: Cursor;
  /** Undefined where the intake takes no notes. */
  readonly events: EventReader | undefined;
  readonly log: Pick<Log, "seriesOf" | "defineSeries" | "momentOf" | "onWritten" | "serviceChecks" | "arePlaced"> & {
    readonly care: Pick<Log["care"], "page" | "series">;
    stats(): Pick<ReturnType<Log["stats"]>, "head">;
  };
  /** How far back what comes before something anomalous goes with it; leaving it out means two minutes. */
  readonly preOf?: ((series: Series) => Millis) | undefined;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Reads the API key of an intake anew from where it is configured; leaving it out means that it cannot change. */
  readonly readApiKey?: ((intake: string) => Promise<string | undefined>) | undefined;
  /** Makes the sides of the intake; leaving it out means by its kind. */
  readonly compose?: typeof composeIntake;
}

/** The part of an intake's status that its uplink knows; the rest is in the books of the log. */
export type UplinkState = Omit<ForwarderState, "notes"> & Pick<IntakeStatus, "notes">;

/** Serves one intake from `start` to `stop`. */
export class Uplink {
  /** The intake's. */
  readonly name: string;
  readonly #forwarder: Forwarder;
  readonly #notes: UplinkNotes | undefined;

  constructor({
    config,
    identity,
    cursor,
    events,
    log,
    preOf,
    readApiKey,
    compose = composeIntake,
    ...world
  }: UplinkParts) {
    const { name, url, timeout, flushInterval, backfillRate, isHoldingOld, rollUpAge } = config;
    this.name = name;
    const apiKey = config.kind === "datadog" ? config.apiKey : "";
    const readKey = (): string => this.#notes?.key ?? apiKey;
    const hear = (verdict: Verdict): void => this.#notes?.hear(verdict);
    const { clock, random, logger } = world;
    const earlierRun = tellEarlierRun(cursor, clock);
    const { intake, notes } = compose(config, identity, { readKey, earlierRun, logger });
    const routes = new SampleRoutes(log, config);
    const seriesOf = nameAtIntake((id) => log.seriesOf(id));
    const metering =
      config.metering &&
      new UplinkMetering({
        config: config.metering,
        spreadName: `${identity.hostname} ${name}`,
        cursor,
        seriesOf,
        routes,
        clock,
        random,
        flushInterval,
      });
    const common = { ...world, http: metering?.meterHttp(world.http) ?? world.http };
    this.#forwarder = new Forwarder({
      ...common,
      timeout,
      intake,
      cursor,
      seriesOf,
      momentOf: (sequence) => log.momentOf(sequence),
      log: { page: (query) => log.care.page(query), head: () => log.stats().head, series: () => log.care.series() },
      wake: (listener) => log.onWritten(listener),
      flushInterval,
      backfillRate,
      isHoldingOld,
      rollUpAge,
      routes,
      preOf,
      metering,
      hear,
    });
    if (notes === undefined || events === undefined) return;
    this.#notes = new UplinkNotes({
      ...common,
      place: { name, url, apiKey, timeout, interval: flushInterval },
      intake: notes,
      events,
      log,
      readApiKey,
      noteWait: metering && ((isUrgent, lastAt) => metering.noteWait(isUrgent, lastAt)),
      onKeyChange: () => this.#forwarder.knock(),
    });
  }

  /** Begins: asks about the key, tells of the host, and sends what waits. */
  start(): void {
    this.#notes?.start();
    this.#forwarder.start();
  }

  /** Ends: series and events that are left go within `deadline`; the rest is given up at once. */
  async stop(deadline: Millis): Promise<void> {
    await Promise.all([this.#forwarder.stop(deadline), this.#notes?.stop(deadline)]);
  }

  /** Sends once more what the intake had refused of the series that match; `retryReport` tells how that goes. */
  retrySetAside(matches: (series: Series) => boolean): void {
    this.#forwarder.retrySetAside(matches);
  }

  /** Undefined where nothing was sent once more since `start`. */
  retryReport(): RetryReport | undefined {
    return this.#forwarder.retryReport();
  }

  /** Tells how it goes. A key known to be refused holds everything, whether or not a payload has failed by it yet. */
  state(): UplinkState {
    const state = this.#forwarder.state();
    if (this.#notes === undefined) return state;
    const { refusal, wireBytes } = this.#notes;
    return {
      ...state,
      ...(refusal === "" || state.state === "holding" ? {} : { state: "holding", reason: refusal }),
      wire_bytes: state.wire_bytes + wireBytes,
      notes: this.#notes.state(),
    };
  }
}
