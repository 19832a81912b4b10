/** `tidegate run`: the gateway in the foreground, until it is told to stop. */

import { join } from "node:path";
import { Gateway } from "../gateway.ts";
import { inputs } from "../inputs/registry.ts";
import type { CheckConfig, GatewayConfig, LoadedConfig } from "../model/config.ts";
import { type ErrorCode, EXIT, GatewayError } from "../model/errors.ts";
import type { TimeReading } from "../model/input.ts";
import type { Log } from "../model/log.ts";
import type { Status } from "../model/status.ts";
import type { Clock } from "../model/time.ts";
import { keepCompiled } from "../platform/compile-cache.ts";
import { askControl, type ControlHandler, type ControlRequest, serveControl } from "../platform/control-socket.ts";
import { findFolderFault, measureFreeBytes } from "../platform/files.ts";
import { createHttpClient } from "../platform/http-client.ts";
import { findLockOwner } from "../platform/lock-owner.ts";
import { MemoryFile } from "../platform/memory-file.ts";
import { packageVersion } from "../platform/package-root.ts";
import { measureWrittenBytes } from "../platform/process-io.ts";
import { DiskSideFile } from "../platform/side-file.ts";
import { localZoneOffset, openSystemClock, systemClock, systemRandom } from "../platform/system-clock.ts";
import { isDiskWell, type LogPlace, openLog } from "../store/open-log.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { readArguments } from "./arguments.ts";
import { awaitDisk } from "./await-disk.ts";
import type { Command, Terminal } from "./commands.ts";
import { loadOrFail } from "./load.ts";
import { loadAside } from "./load-aside.ts";
import { answerLog } from "./log/log-answers.ts";
import { readApiKey } from "./read-api-key.ts";
import { reloadOnSignal } from "./reload-on-signal.ts";
import { scrubAnswers, scrubControl } from "./scrub-answers.ts";
import { selectCheck, selectInstance } from "./select-check.ts";

/** Runs the gateway. With `--json` its last status is the last line on standard output. */
export const run: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0);
  const { config, problems } = loadOrFail(options.config, terminal);
  const logger = createLogger(systemClock, config.logLevel, (line) => terminal.err(`${line}\n`));
  await refuseSecond(config);
  refuseMistake(config, logger);

  const stopping = new AbortController();
  const session = new Session(terminal, logger, stopping.signal, async () => {
    const loaded = await loadAside(options.config);
    terminal.scrubber.learn(loaded.secrets);
    return loaded;
  });
  terminal.onSignals({ stop: () => stopping.abort(), reload: () => void session.reload() });

  using clock = await openSystemClock(config.clockPolicy);
  if (!clock.isTrusted()) logger.warn(`the clock is not set, so nothing is sent yet: ${clock.trustBasis()}`);
  const offerTime = (reading: TimeReading): void => {
    const wasTrusted = clock.isTrusted();
    clock.offerTime(reading);
    if (!wasTrusted && clock.isTrusted()) logger.info(`the time is known: ${clock.trustBasis()}`);
  };
  const time = { clock, offerTime };
  let last = await session.run({ config, problems }, time);
  while (!stopping.signal.aborted) last = await session.run(last.configuration, time);
  if (options.json) terminal.out(`${JSON.stringify(last.status)}\n`);
  return EXIT.ok;
};

/** What a gateway is told of the time, and who it tells. */
interface GatewayTime {
  readonly clock: Clock;
  readonly offerTime: (reading: TimeReading) => void;
}

/** What a gateway ran by, and what it said at its end. */
interface End {
  readonly configuration: Gateway["configuration"];
  readonly status: Status;
}

/** Runs one gateway after the other: a second one only where the disk is well again on which the first had no log. */
class Session {
  readonly #terminal: Terminal;
  readonly #logger: Logger;
  readonly #stopping: AbortSignal;
  readonly #loadAnew: () => Promise<LoadedConfig>;
  #running = Promise.withResolvers<Gateway>();

  constructor(terminal: Terminal, logger: Logger, stopping: AbortSignal, loadAnew: () => Promise<LoadedConfig>) {
    this.#terminal = terminal;
    this.#logger = logger;
    this.#stopping = stopping;
    this.#loadAnew = loadAnew;
  }

  async reload(): Promise<void> {
    await reloadOnSignal(await this.#running.promise, this.#loadAnew, this.#logger);
  }

  /** Runs until it is told to stop, or until the log can be opened in its own place again. */
  async run({ config, problems }: Gateway["configuration"], time: GatewayTime): Promise<End> {
    const { clock } = time;
    const logger = this.#logger;
    const place: LogPlace = {
      ...config.store,
      clock,
      measureFree: () => measureFreeBytes(config.runPath),
      isPatrolled: true,
      notice: (what) => logger.warn(what),
    };
    await using log = await openLogOrName(config, place);
    await using memory = await MemoryFile.open(join(config.runPath, "devices.json"), (what) => logger.warn(what));
    const gateway = new Gateway({
      config,
      problems,
      inputs,
      log,
      memory,
      openHttp: (route) => scrubAnswers(createHttpClient(route), this.#terminal.scrubber),
      ...time,
      random: systemRandom,
      logger,
      version: packageVersion(),
      pid: process.pid,
      measureDisk: measureWrittenBytes,
      learned: new DiskSideFile(join(config.runPath, "detectors")),
      stretches: new DiskSideFile(join(config.runPath, "stretches")),
      zoneOffset: localZoneOffset,
      keepCompiled,
      // A key that was changed in the file or at its secret backend is taken up without a restart.
      readApiKey: async (intake) => readApiKey(await this.#loadAnew(), intake),
    });
    await using _control = await this.#serve(config, gateway, log);
    this.#running.resolve(gateway);
    await gateway.start();
    if (config.checks.length === 0) logger.warn("nothing is polled: no check runs; `tidegate configcheck` says why");
    const isWell = async (): Promise<boolean> => log.stats().failure === undefined && (await isDiskWell(place));
    if (await awaitDisk(clock, log.stats().standsIn, isWell, this.#stopping)) {
      logger.info("the disk is well again: the gateway starts anew, with the log in its place");
      this.#running = Promise.withResolvers();
    }
    return { status: await gateway.stop(), configuration: gateway.configuration };
  }

  /** A gateway that nobody can ask polls and delivers all the same. */
  async #serve(config: GatewayConfig, gateway: Gateway, log: Log): Promise<AsyncDisposable> {
    const handler: ControlHandler = async (request) => {
      switch (request.command) {
        case "status":
          return gateway.status();
        case "check":
          // The files are read anew: a check is tried before the gateway is told to use it.
          return gateway.check(selectRequested(await this.#loadAnew(), request));
        case "reload":
          return gateway.reload(await this.#loadAnew(), request["dry_run"] === true);
        case "accept":
          return gateway.accept(String(request["name"]), textOf(request["instance"]));
        case "log":
          return answerLog(log, request, {
            retrySetAside: (intake, matches) => gateway.retrySetAside(intake, matches),
            retryReports: (intake) => gateway.retryReports(intake),
            tell: (what) => this.#logger.info(what),
          });
        default:
          throw new GatewayError("CLI_USAGE", `this gateway does not know the command "${request.command}".`);
      }
    };
    try {
      return await serveControl(config.runPath, scrubControl(handler, this.#terminal.scrubber));
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "GATEWAY_NOT_ALLOWED") throw error;
      this.#logger.warn(error.message);
      return { [Symbol.asyncDispose]: () => Promise.resolve() };
    }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function selectRequested(loaded: LoadedConfig, { name, instance }: ControlRequest): CheckConfig {
  const check = selectCheck(loaded, String(name));
  return typeof instance === "string" ? selectInstance(check, instance) : check;
}

const SECOND_MAY_TRY: ReadonlySet<ErrorCode> = new Set(["GATEWAY_NOT_RUNNING", "GATEWAY_SILENT"]);

/** Errors: `GATEWAY_RUNNING`, with its pid, when a gateway answers on this run path; `GATEWAY_NOT_ALLOWED`. */
async function refuseSecond(config: GatewayConfig): Promise<void> {
  let first: Status;
  try {
    first = (await askControl(config.runPath, { command: "status" })) as Status;
  } catch (error) {
    // One that keeps silent is named when the log turns out to be locked.
    if (error instanceof GatewayError && SECOND_MAY_TRY.has(error.code)) return;
    throw error;
  }
  throw new GatewayError(
    "GATEWAY_RUNNING",
    `a gateway is running on ${config.runPath} already, as process ${first.pid}. Stop it first, or set another run_path.`,
  );
}

/**
 * A folder that was never right for this user is a mistake, and better told before anything runs. A disk that fails is
 * none: it was well when the path was set, and machines are polled and readings delivered without it. One that is meant
 * to be only read cannot be told from one that turned so.
 *
 * Errors: `CONFIG_INVALID` when a person must put the run path right.
 */
function refuseMistake({ runPath, file }: GatewayConfig, logger: Logger): void {
  const fault = findFolderFault(runPath);
  if (fault === undefined) return;
  if (fault.cause === "disk") {
    logger.error(`run_path ${runPath} ${fault.what}: the log cannot be kept there, and the gateway runs without it`);
    return;
  }
  throw new GatewayError(
    "CONFIG_INVALID",
    `run_path ${runPath} ${fault.what}, and the log is kept there. ` +
      `Give the folder to the user that runs the gateway, or set run_path in ${file} to another one.`,
  );
}

/** Errors: `GATEWAY_RUNNING` when the log is open in a gateway that did not answer. */
async function openLogOrName(config: GatewayConfig, place: LogPlace): Promise<Log & AsyncDisposable> {
  const log = await openLog(place).catch((error: unknown) => {
    throw error instanceof GatewayError && error.code === "STORE_LOCKED" ? nameSilentOwner(config, error) : error;
  });
  return Object.assign(log, { [Symbol.asyncDispose]: () => log.close() });
}

function nameSilentOwner({ runPath, store }: GatewayConfig, cause: GatewayError): GatewayError {
  const pid = findLockOwner(join(store.path, "LOCK"));
  return new GatewayError(
    "GATEWAY_RUNNING",
    `a gateway has the log in ${runPath} open already${pid === undefined ? "" : `, as process ${pid}`}, and does not ` +
      "answer: it is starting or stopping, or it hangs. Wait a moment; if it stays so, end it and try again.",
    { cause },
  );
}
