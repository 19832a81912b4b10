/**
 * The composition root: builds every stage in the order of the flow, joins them, and takes them down in the same order.
 *
 *   inputs -> sampling -> filter -> log -> forward -> intakes
 */

import { takesNotes } from "./forward/compose-intake.ts";
import { Uplink } from "./forward/uplink.ts";
import { GatewayEvents } from "./gateway-events.ts";
import { type FilterParts, GatewayFilter } from "./gateway-filter.ts";
import { instanceLabel, planReload, type ReloadPlan } from "./gateway-reload.ts";
import { SeriesRoom } from "./gateway-series.ts";
import { toStatus } from "./gateway-status.ts";
import { findLastLogged } from "./gateway-totals.ts";
import type { CheckConfig, ConfigProblem, GatewayConfig, IntakeConfig, LoadedConfig } from "./model/config.ts";
import { GatewayError } from "./model/errors.ts";
import type { InputEntry, InputMemory, InputPoint, TimeReading } from "./model/input.ts";
import type { Cursor, Log } from "./model/log.ts";
import type { RetryReport } from "./model/retry-report.ts";
import { FLAG, SampleBuilder } from "./model/samples.ts";
import type { Series } from "./model/series.ts";
import type { BusStatus, Status } from "./model/status.ts";
import { type Clock, type EpochMillis, type Millis, type Random, seconds, type Timer } from "./model/time.ts";
import type { HttpClient, OpenHttpClient } from "./platform/http-client.ts";
import { describeBuses } from "./sampling/bus-load.ts";
import { BusWatch } from "./sampling/bus-watch.ts";
import type { CheckRun } from "./sampling/collect.ts";
import { InputLoader } from "./sampling/input-loader.ts";
import { Poller } from "./sampling/poller.ts";
import { Recorder } from "./sampling/recorder.ts";
import { FillRate } from "./telemetry/fill-rate.ts";
import type { Logger } from "./telemetry/logger.ts";
import { readSelfMetrics } from "./telemetry/self-metrics.ts";

/** How long the last flush may take when the gateway stops; what is not sent by then waits in the log. */
const STOP_FLUSH = seconds(5);

/** How often the gateway tells of itself. */
const SELF_INTERVAL = seconds(15);

/** What a gateway is built from. */
export interface GatewayParts {
  readonly config: GatewayConfig;
  readonly problems: readonly ConfigProblem[];
  readonly inputs: readonly InputEntry[];
  readonly log: Log;
  readonly openHttp: OpenHttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly version: string;
  readonly pid: number;
  /** What inputs know of their devices from before; leaving it out means nothing. */
  readonly memory?: InputMemory;
  /** Takes what receivers say of the time; leaving it out means that nobody asks. */
  readonly offerTime?: (reading: TimeReading) => void;
  /** Gives the bytes that disks got from this process; leaving it out means that nobody knows. */
  readonly measureDisk?: () => number | undefined;
  /** Where detectors keep what they have learned; leaving it out means nowhere. */
  readonly learned?: NonNullable<FilterParts["learned"]>;
  /** Where odd stretches stand that have begun or ended since; leaving it out means nowhere. */
  readonly stretches?: NonNullable<FilterParts["stretches"]>;
  /** What to add to a moment to have the wall clock of the place; leaving it out means nothing. Units: milliseconds. */
  readonly zoneOffset?: (at: number) => number;
  /** Called once all code is loaded, before anything is polled, as it takes a moment; leaving it out means nothing. */
  readonly keepCompiled?: () => void;
  /**
   * Reads the API key of an intake anew from where it is configured; used when the intake refuses the one in use.
   * Leaving it out means that it cannot change.
   */
  readonly readApiKey?: (intake: string) => Promise<string | undefined>;
}

/** An instance whose device was accepted. */
export interface AcceptedDevice {
  /** CHECK:NAME. */
  readonly instance: string;
  /** What it says of itself. */
  readonly device: string | null;
}

/** The way to one intake. */
interface Route {
  readonly config: IntakeConfig;
  readonly cursor: Cursor;
  readonly http: HttpClient;
  readonly uplink: Uplink;
}

/** One running gateway. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #startedAt: EpochMillis;
  readonly #loader: InputLoader;
  readonly #filter: GatewayFilter;
  readonly #seriesRoom = new SeriesRoom(() => this.#config.seriesMax);
  readonly #recorder: Recorder;
  readonly #fillRate: FillRate;
  readonly #pollers: Poller[] = [];
  /** In the order they are configured in. */
  #routes: readonly Route[] = [];
  readonly #selfBatch = new SampleBuilder();
  readonly #busWatch: BusWatch;
  #config: GatewayConfig;
  #problems: readonly ConfigProblem[];
  #reloading: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  #selfTimer: Timer | undefined;
  #events: GatewayEvents | undefined;
  #isRunning = false;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#config = parts.config;
    this.#problems = parts.problems;
    this.#startedAt = parts.clock.now();
    const watchBuses = (): readonly BusStatus[] => describeBuses(this.#pollers.flatMap(({ loads }) => loads));
    this.#busWatch = new BusWatch(watchBuses, parts.clock, parts.logger);
    const { memory, offerTime, logger } = parts;
    this.#loader = new InputLoader(parts.inputs, parts.clock, {
      ...(memory === undefined ? {} : { memory }),
      ...(offerTime === undefined ? {} : { offerTime }),
      lastLogged: (instance, point) => findLastLogged(parts.log, instance, point),
      hear: ({ check, name }, line) => logger.info(`${check}/${name} prints: ${line}`),
    });
    this.#fillRate = new FillRate(parts.log, parts.clock, parts.measureDisk);
    const flush = (): void => void this.#recorder.record(new SampleBuilder(0));
    this.#filter = new GatewayFilter({ ...parts, flush });
    this.#recorder = new Recorder(
      parts.log,
      (batch, target, dropped) => this.#filter.pass(batch, target, dropped),
      parts.logger,
      this.#filter.held,
    );
  }

  /** Builds every stage and starts it, from the intakes back to the inputs, so that nothing flows into a void. */
  async start(): Promise<void> {
    const starting = this.#start();
    this.#reloading = starting.catch(() => undefined);
    await starting;
  }

  async #start(): Promise<void> {
    const { config, logger } = this.#parts;
    await this.#filter.marking.open();
    for (const intake of config.intakes) this.#routes = [...this.#routes, await this.#openRoute(intake)];
    await this.#keepForRoutes();
    for (const check of config.checks) await this.#addPollers(check);
    this.#parts.keepCompiled?.();
    for (const { uplink } of this.#routes) uplink.start();
    for (const poller of this.#pollers) poller.start();
    this.#isRunning = true;
    if (config.hasSelfMetrics) this.#tellOfItselfLater();
    this.#busWatch.start();
    this.#filter.marking.start();
    if (config.hasSelfEvents) this.#tellOfEvents();
    logger.info("the gateway is running", {
      checks: config.checks.length,
      instances: this.#pollers.length,
      intakes: config.intakes.length,
    });
  }

  /** Stops in flow order: no new polls, last append, last flush. The log stays open; its owner closes it. */
  async stop(): Promise<Status> {
    this.#parts.logger.info("the gateway stops");
    this.#selfTimer?.cancel();
    this.#busWatch.stop();
    this.#isStopping = true;
    await this.#reloading;
    await Promise.all(this.#pollers.map((poller) => poller.stop()));
    this.#filter.marking.stop();
    this.#events?.stop();
    await this.#writeLast();
    await this.#filter.marking.save();
    await Promise.all(this.#routes.map(closeRoute));
    this.#isRunning = false;
    this.#fillRate[Symbol.dispose]();
    return this.status();
  }

  /** Makes the last samples durable; a disk that does not take them is not waited for. */
  async #writeLast(): Promise<void> {
    const { log, logger } = this.#parts;
    this.#filter.end();
    try {
      await log.sync();
      await this.#recorder.settle();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      logger.error(`the last samples could not be written: ${error.message}`, { count: log.stats().atRisk });
    }
  }

  /** What it runs by since the last reload. */
  get configuration(): { readonly config: GatewayConfig; readonly problems: readonly ConfigProblem[] } {
    return { config: this.#config, problems: this.#problems };
  }

  /** Says how everything is. */
  status(): Status {
    const { clock, version, pid, log } = this.#parts;
    return toStatus({
      version,
      pid,
      isRunning: this.#isRunning,
      config: this.#config,
      problems: this.#problems,
      now: clock.now(),
      startedAt: this.#startedAt,
      monotonic: clock.monotonic(),
      clockTrust: { isTrusted: clock.isTrusted(), basis: clock.trustBasis() },
      instances: this.#pollers.map((poller) => ({
        ...poller.status(),
        ...this.#filter.doubts.statusOf(poller.instance),
        ...this.#filter.marking.statusOf(poller.instance),
      })),
      buses: describeBuses(this.#pollers.flatMap(({ loads }) => loads)),
      log,
      fillRate: this.#fillRate,
      untold: this.#recorder.untold,
      intakes: this.#routes.map(({ cursor, uplink }) => ({ cursor, forwarder: uplink })),
    });
  }

  /** Polls the instances of a check once, among the polls that go on; records nothing. */
  check(check: CheckConfig): Promise<readonly CheckRun[]> {
    return this.#loader.checkOnce(check);
  }

  /**
   * Takes the devices that answer now for the right ones: that of an instance, or of all instances of a check. Gives
   * what each says of itself, null where that is nothing. Errors: `CHECK_UNKNOWN`.
   */
  accept(check: string, instance?: string): readonly AcceptedDevice[] {
    const meant = this.#pollers.filter(
      (poller) => poller.instance.check === check && (instance ?? poller.instance.name) === poller.instance.name,
    );
    if (meant.length === 0) {
      throw new GatewayError(
        "CHECK_UNKNOWN",
        `the gateway polls no ${check}${instance === undefined ? "" : `:${instance}`}.`,
      );
    }
    return meant.map((poller) => ({ instance: instanceLabel(poller.instance), device: poller.accept() ?? null }));
  }

  /**
   * Takes up a configuration that was loaded anew: stops, starts and changes what the plan says and nothing else. A dry
   * run only gives the plan. One reload follows the other, and the first one the start.
   *
   * Errors: `CONFIG_INVALID`, `GATEWAY_NOT_RUNNING` when it stops already, or `STORE_FAILED` where a new intake gets no
   * place in the log; nothing has changed then.
   */
  async reload(loaded: LoadedConfig, isDryRun: boolean): Promise<ReloadPlan> {
    const turn = this.#reloading.then(async () => {
      if (this.#isStopping) throw new GatewayError("GATEWAY_NOT_RUNNING", "the gateway stops; start it again instead.");
      const running = new Map(this.#pollers.map(({ instance, points }) => [instanceLabel(instance), points]));
      const { plan, config } = planReload(this.#config, loaded, { inputs: this.#parts.inputs, running });
      if (!isDryRun) await this.#carryOut(plan, config, loaded.problems);
      return plan;
    });
    this.#reloading = turn.catch(() => undefined);
    return await turn;
  }

  async #carryOut(plan: ReloadPlan, config: GatewayConfig, problems: readonly ConfigProblem[]): Promise<void> {
    await this.#changeRoutes(plan.intakes, config.intakes);
    const leaving = new Set([...plan.stop, ...plan.change]);
    const arriving = new Set([...plan.start, ...plan.change]);
    const stopped = this.#pollers.filter(({ instance }) => leaving.has(instanceLabel(instance)));
    await Promise.all(stopped.map((poller) => poller.stop()));
    for (const { instance } of stopped) {
      this.#seriesRoom.release(instance);
      this.#filter.marking.release(instance);
    }
    const goingOn = this.#pollers.filter((poller) => !stopped.includes(poller));
    this.#pollers.splice(0, this.#pollers.length, ...goingOn);
    for (const check of config.checks) {
      const instances = check.instances.filter((instance) => arriving.has(instanceLabel(instance)));
      await this.#addPollers({ ...check, instances });
    }
    this.#filter.marking.settle();
    this.#config = config;
    for (const poller of this.#pollers) if (!goingOn.includes(poller)) poller.start();
    for (const poller of this.#pollers) poller.retry();
    this.#problems = problems;
    const { start, stop, change, keep } = plan;
    const counts = { started: start.length, stopped: stop.length, changed: change.length, kept: keep.length };
    const { logger } = this.#parts;
    logger.info("the configuration was taken up anew", counts);
    const broken = plan.kept_despite_problems.join(", ");
    if (broken !== "") logger.warn(`problems in the files of ${broken}: it goes on as before; mend them, then reload`);
    const { intakes } = plan;
    if (intakes.start.length + intakes.stop.length + intakes.change.length > 0) {
      const words = Object.entries(intakes).flatMap(([verb, names]) => names.map((name) => `${verb} ${name}`));
      logger.info(`intakes: ${words.join(", ")}`);
    }
    const waiting = plan.restart_needed.join(", ");
    if (waiting !== "") logger.warn(`changed, and counts after a restart only: ${waiting}`);
  }

  #tellOfItselfLater(): void {
    this.#selfTimer = this.#parts.clock.after("self metrics", SELF_INTERVAL, () => {
      this.#tellOfItself();
      this.#tellOfItselfLater();
    });
  }

  /** Samples the gateway's own metrics, which then go the way of all samples. */
  #tellOfItself(): void {
    const { clock, log } = this.#parts;
    const status = this.status();
    const flags = clock.isTrusted() ? 0 : FLAG.clockUntrusted;
    this.#selfBatch.clear();
    for (const { series, value } of readSelfMetrics(status)) {
      this.#selfBatch.push(log.defineSeries(series), status.now, value, flags);
    }
    void this.#recorder.record(this.#selfBatch);
  }

  #tellOfEvents(): void {
    const { config, log, clock, logger, version } = this.#parts;
    const { hostname, store } = config;
    const cursors = this.#routes.map(({ cursor }) => cursor);
    this.#events = new GatewayEvents({
      log,
      clock,
      logger,
      facts: {
        hostname,
        version,
        instanceCount: this.#pollers.length,
        waiting: Math.max(0, ...cursors.map(({ waiting }) => waiting)),
        store,
        earlier: log.earlier,
      },
      countOverflowed: () => countGivenWay(log),
    });
    this.#events.start();
  }

  /**
   * Sends once more what one intake, or each, had refused of the series that match; `retryReports` tells how it goes.
   *
   * Errors: `CLI_USAGE` for an intake there is not.
   */
  retrySetAside(intake: string | undefined, matches: (series: Series) => boolean): void {
    const names = this.#routes.map(({ config }) => config.name);
    if (intake !== undefined && !names.includes(intake)) {
      const known = names.length === 0 ? "none" : names.join(", ");
      throw new GatewayError("CLI_USAGE", `the gateway sends to no intake "${intake}"; there is ${known}.`);
    }
    for (const uplink of this.#uplinksOf(intake)) uplink.retrySetAside(matches);
  }

  /** How it goes, or went last, at one intake or each. */
  retryReports(intake: string | undefined): readonly RetryReport[] {
    return this.#uplinksOf(intake).flatMap((uplink) => uplink.retryReport() ?? []);
  }

  #uplinksOf(intake: string | undefined): readonly Uplink[] {
    const routes = this.#routes.filter(({ config }) => intake === undefined || config.name === intake);
    return routes.map(({ uplink }) => uplink);
  }

  async #openRoute(config: IntakeConfig): Promise<Route> {
    const { log, openHttp, clock, random, logger, version, readApiKey } = this.#parts;
    const { hostname, tags } = this.#config;
    const identity = { hostname, tags, version };
    const cursor = await log.cursor(config.name);
    const events = takesNotes(config) ? await log.events.reader(config.name) : undefined;
    const http = openHttp(config);
    const preOf = (series: Series): Millis => this.#filter.marking.preOf(series);
    const told = { config, identity, cursor, events, preOf };
    const uplink = new Uplink({ ...told, log, http, clock, random, logger, readApiKey });
    return { config, cursor, http, uplink };
  }

  /** From now on the log keeps for these intakes what they have not got, and for no others. */
  async #keepForRoutes(): Promise<void> {
    const { log } = this.#parts;
    const configs = this.#routes.map(({ config }) => config);
    log.keepFor(configs.map(({ name }) => name));
    await log.events.keepReaders(configs.filter(takesNotes).map(({ name }) => name));
  }

  /**
   * Stops, starts and changes intakes as a plan says, and leaves all others alone. The places of those that arrive are
   * there before anything stops, and kept for. Errors: `STORE_FAILED`, where they could not be made.
   */
  async #changeRoutes({ start, stop, change }: ReloadPlan["intakes"], intakes: readonly IntakeConfig[]): Promise<void> {
    const leaving = new Set([...stop, ...change]);
    const arriving = intakes.filter(({ name }) => start.includes(name) || change.includes(name));
    if (leaving.size + arriving.length === 0) return;
    const { log, logger } = this.#parts;
    for (const config of arriving) {
      await log.cursor(config.name);
      if (takesNotes(config)) await log.events.reader(config.name);
    }
    log.keepFor([...this.#routes.map(({ config }) => config.name), ...start]);

    await Promise.all(this.#routes.filter(({ config }) => leaving.has(config.name)).map(closeRoute));
    const staying = new Map(this.#routes.map((route) => [route.config.name, route]));
    for (const name of leaving) staying.delete(name);
    const routes: Route[] = [];
    for (const config of intakes) routes.push(staying.get(config.name) ?? (await this.#openRoute(config)));
    this.#routes = routes;
    for (const { config, uplink } of routes) if (!staying.has(config.name)) uplink.start();
    try {
      await this.#keepForRoutes();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      logger.warn(`events are kept for an intake that is gone, until the next start: ${error.message}`);
    }
  }

  async #addPollers(check: CheckConfig): Promise<void> {
    const { log, clock, logger } = this.#parts;
    for (const instance of check.instances) {
      const parts = (await this.#loader.create(check, instance)).map((part) => ({
        ...part,
        ...this.#filter.define(instance, part.input.points, part.interval),
        define: (points: readonly InputPoint[]) =>
          this.#seriesRoom.define(instance, points, (fitting) => this.#filter.define(instance, fitting, part.interval)),
        describeRefusal: (count: number) => this.#seriesRoom.describeRefusal(count),
      }));
      for (const { input } of parts) this.#seriesRoom.hold(instance, input.points);
      this.#pollers.push(
        new Poller(instance, parts, {
          clock,
          logger,
          record: (batch, dropped) => this.#recorder.record(batch, dropped),
          doubt: () => this.#filter.doubts.faultOf(instance),
          recordEvent: (event) => {
            log.events.put(event).catch((error: unknown) => {
              logger.warn(
                `the event "${event.title}" could not be kept: ${error instanceof Error ? error.message : error}`,
              );
            });
          },
          recordServiceCheck: (said) => {
            log.putServiceCheck(said).catch((error: unknown) => {
              logger.warn(`a service check could not be kept: ${error instanceof Error ? error.message : error}`);
            });
          },
        }),
      );
    }
  }
}

/** Ends with a last flush; what it does not send waits in the log. */
async function closeRoute({ uplink, http }: Route): Promise<void> {
  await uplink.stop(STOP_FLUSH);
  http.close();
}

/** Samples that a full log has refused, deleted before they were read, or thinned out. */
function countGivenWay(log: Pick<Log, "losses" | "stats">): number {
  const held = log.losses().filter(({ reason }) => reason !== "unreadable");
  return held.reduce((sum, { count }) => sum + count, log.stats().tally.dropped["log-full"] ?? 0);
}
