/** `tidegate run`: the gateway in the foreground, until it is told to stop. */

import { Gateway } from "../gateway.ts";
import { inputs } from "../inputs/registry.ts";
import type { GatewayConfig } from "../model/config.ts";
import { EXIT, GatewayError } from "../model/errors.ts";
import type { Status } from "../model/status.ts";
import { askControl, type ControlHandler, serveControl } from "../platform/control-socket.ts";
import { createHttpClient } from "../platform/http-client.ts";
import { packageVersion } from "../platform/package-root.ts";
import { systemClock, systemRandom } from "../platform/system-clock.ts";
import { openLog } from "../store/open-log.ts";
import { createLogger } from "../telemetry/logger.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";
import { load, loadOrFail } from "./load.ts";
import { selectCheck } from "./select-check.ts";

/** Runs the gateway. With `--json` its last status is the last line on standard output. */
export const run: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0);
  const { config, problems } = loadOrFail(options.config, terminal);
  const logger = createLogger(systemClock, config.logLevel, (line) => terminal.err(`${line}\n`));
  await refuseSecond(config);

  const stopping = Promise.withResolvers<void>();
  terminal.onStopSignal(() => stopping.resolve());

  await using log = await openLogOrName(config, logger);
  const http = createHttpClient();
  const gateway = new Gateway({
    config,
    problems,
    inputs,
    log,
    http,
    clock: systemClock,
    random: systemRandom,
    logger,
    version: packageVersion(),
    pid: process.pid,
  });
  const handler: ControlHandler = async (request) => {
    switch (request.command) {
      case "status":
        return gateway.status();
      case "check":
        // The files are read anew: a check is tried before the gateway is told to use it.
        return gateway.check(selectCheck(load(options.config), String(request["name"])));
      default:
        throw new GatewayError("CLI_USAGE", `this gateway does not know the command "${request.command}".`);
    }
  };
  await using _control = await serveControl(config.runPath, handler);
  await gateway.start();
  await stopping.promise;
  const last = await gateway.stop();
  http.close();
  if (options.json) terminal.out(`${JSON.stringify(last)}\n`);
  return EXIT.ok;
};

/** Errors: `GATEWAY_RUNNING`, with the first one's pid, when a gateway answers on this run path. */
async function refuseSecond(config: GatewayConfig): Promise<void> {
  let first: Status;
  try {
    first = (await askControl(config.runPath, { command: "status" })) as Status;
  } catch {
    return;
  }
  throw new GatewayError(
    "GATEWAY_RUNNING",
    `a gateway is running on ${config.runPath} already, as process ${first.pid}. Stop it first, or set another run_path.`,
  );
}

async function openLogOrName(config: GatewayConfig, logger: ReturnType<typeof createLogger>) {
  const log = await openLog({
    folder: config.store.path,
    clock: systemClock,
    syncInterval: config.store.syncInterval,
    maxBytes: config.store.maxBytes,
    notice: (what) => logger.warn(what),
  });
  return Object.assign(log, { [Symbol.asyncDispose]: () => log.close() });
}
