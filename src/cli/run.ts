/** `tidegate run`: the gateway in the foreground, until it is told to stop. */

import { join } from "node:path";
import { Gateway } from "../gateway.ts";
import { inputs } from "../inputs/registry.ts";
import type { CheckConfig, GatewayConfig, LoadedConfig } from "../model/config.ts";
import { type ErrorCode, EXIT, GatewayError } from "../model/errors.ts";
import type { Status } from "../model/status.ts";
import type { Clock } from "../model/time.ts";
import { askControl, type ControlHandler, type ControlRequest, serveControl } from "../platform/control-socket.ts";
import { canKeepFilesIn, measureFreeBytes } from "../platform/files.ts";
import { createHttpClient } from "../platform/http-client.ts";
import { findLockOwner } from "../platform/lock-owner.ts";
import { packageVersion } from "../platform/package-root.ts";
import { measureWrittenBytes } from "../platform/process-io.ts";
import { openSystemClock, systemClock, systemRandom } from "../platform/system-clock.ts";
import { openLog } from "../store/open-log.ts";
import { createLogger } from "../telemetry/logger.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";
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
  refuseUnwritable(config);

  const stopping = Promise.withResolvers<void>();
  const running = Promise.withResolvers<Gateway>();
  const loadAnew = async (): Promise<LoadedConfig> => {
    const loaded = await loadAside(options.config);
    terminal.scrubber.learn(loaded.secrets);
    return loaded;
  };
  terminal.onSignals({
    stop: () => stopping.resolve(),
    reload: () => void running.promise.then((gateway) => reloadOnSignal(gateway, loadAnew, logger)),
  });

  using clock = await openSystemClock(config.clockPolicy);
  if (!clock.isTrusted()) logger.warn(`the clock is not set, so nothing is sent yet: ${clock.trustBasis()}`);
  await using log = await openLogOrName(config, clock, logger);
  const gateway = new Gateway({
    config,
    problems,
    inputs,
    log,
    openHttp: (route) => scrubAnswers(createHttpClient(route), terminal.scrubber),
    clock,
    random: systemRandom,
    logger,
    version: packageVersion(),
    pid: process.pid,
    measureDisk: measureWrittenBytes,
    // A key that was changed in the file or at its secret backend is taken up without a restart.
    readApiKey: async (intake) => readApiKey(await loadAnew(), intake),
  });
  const handler: ControlHandler = async (request) => {
    switch (request.command) {
      case "status":
        return gateway.status();
      case "check":
        // The files are read anew: a check is tried before the gateway is told to use it.
        return gateway.check(selectRequested(await loadAnew(), request));
      case "reload":
        return gateway.reload(await loadAnew(), request["dry_run"] === true);
      case "log":
        return answerLog(log, request);
      default:
        throw new GatewayError("CLI_USAGE", `this gateway does not know the command "${request.command}".`);
    }
  };
  await using _control = await serveControl(config.runPath, scrubControl(handler, terminal.scrubber));
  running.resolve(gateway);
  await gateway.start();
  if (config.checks.length === 0) logger.warn("nothing is polled: no check runs; `tidegate configcheck` says why");
  await stopping.promise;
  const last = await gateway.stop();
  if (options.json) terminal.out(`${JSON.stringify(last)}\n`);
  return EXIT.ok;
};

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

/** Errors: `CONFIG_INVALID` when the log could not be kept in the run path. */
function refuseUnwritable({ runPath, file }: GatewayConfig): void {
  if (canKeepFilesIn(runPath)) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `run_path ${runPath} is no folder this user can write into, and the log is kept there. ` +
      `Give the folder to the user that runs the gateway, or set run_path in ${file} to another one.`,
  );
}

/** Errors: `GATEWAY_RUNNING` when the log is open in a gateway that did not answer; those of `openLog`. */
async function openLogOrName(config: GatewayConfig, clock: Clock, logger: ReturnType<typeof createLogger>) {
  const log = await openLog({
    ...config.store,
    clock,
    measureFree: () => measureFreeBytes(config.runPath),
    notice: (what) => logger.warn(what),
  }).catch((error: unknown) => {
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
