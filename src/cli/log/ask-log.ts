/** Asks the log: through the gateway that has it open, or by opening it where none runs. */

import type { GatewayConfig } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import type { Status } from "../../model/status.ts";
import { seconds } from "../../model/time.ts";
import { isOwnFolder, measureFreeBytes, pathKind } from "../../platform/files.ts";
import { openSystemClock } from "../../platform/system-clock.ts";
import { openLog } from "../../store/open-log.ts";
import { askIfRunning } from "../ask-gateway.ts";
import type { Terminal } from "../commands.ts";
import { answerLog, type LogAnswers, type LogQuestion } from "./log-answers.ts";

/** A page is read from a disk that may be slow, by a gateway that has other things to do. */
const PATIENCE = seconds(60);

/** Asks one log. */
export interface LogDesk extends AsyncDisposable {
  /** Of the gateway that answers; undefined where none runs. */
  readonly status: Status | undefined;
  ask<Question extends LogQuestion>(
    question: Question,
    details?: Readonly<Record<string, unknown>>,
  ): Promise<LogAnswers[Question]>;
}

/**
 * Finds who can answer. A log without a gateway stays open until the desk is disposed of; `isThorough` has everything
 * in it looked through when it is opened.
 *
 * Errors: `GATEWAY_NOT_ALLOWED`, `GATEWAY_SILENT`; `STORE_FAILED` where there is no log, or where it belongs to another
 * user, because what is written to it then could not be read by the gateway; those of `openLog`.
 */
export async function openLogDesk(
  config: GatewayConfig,
  terminal: Terminal,
  { isThorough = false }: { readonly isThorough?: boolean | undefined } = {},
): Promise<LogDesk> {
  const { runPath } = config;
  const status = (await askIfRunning(runPath, { command: "status" }, PATIENCE)) as Status | undefined;
  if (status !== undefined) {
    return {
      status,
      ask: async <Question extends LogQuestion>(question: Question, details = {}) =>
        (await askIfRunning(runPath, { command: "log", question, ...details }, PATIENCE)) as LogAnswers[Question],
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  return await openOwnDesk(config, terminal, isThorough);
}

async function openOwnDesk(
  { store, intakes, runPath, clockPolicy }: GatewayConfig,
  terminal: Terminal,
  isThorough: boolean,
) {
  if (pathKind(store.path) === "nothing") {
    throw new GatewayError("STORE_FAILED", `there is no log in ${store.path}: no gateway has run here yet.`);
  }
  if (!isOwnFolder(store.path)) {
    const message = `the log in ${store.path} belongs to another user. Run the command as the user the gateway runs as.`;
    throw new GatewayError("STORE_FAILED", message);
  }
  const clock = await openSystemClock(clockPolicy);
  const log = await openLog({
    ...store,
    clock,
    isVisit: true,
    isThorough,
    measureFree: () => measureFreeBytes(runPath),
    notice: (what) => terminal.err(`${what}\n`),
  }).catch((error: unknown) => {
    // Its timer would keep the process from ending.
    clock[Symbol.dispose]();
    throw error;
  });
  log.keepFor(intakes.map(({ name }) => name));
  return {
    status: undefined,
    ask: async <Question extends LogQuestion>(question: Question, details = {}) =>
      (await answerLog(log, { command: "log", question, ...details })) as LogAnswers[Question],
    [Symbol.asyncDispose]: async () => {
      await log.close();
      clock[Symbol.dispose]();
    },
  };
}
