/** `tidegate health`: which parts of the running gateway are well, for a person and for a supervisor's probe. */

import { EXIT } from "../model/errors.ts";
import type { Status } from "../model/status.ts";
import { askControl } from "../platform/control-socket.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";
import { loadOrFail } from "./load.ts";
import { describeLogTroubles } from "./log-room.ts";
import { paint } from "./paint.ts";

/** Asks the running gateway. Exit code 1 when a part of it is not well. Errors: `GATEWAY_NOT_RUNNING`. */
export const health: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0);
  const { config } = loadOrFail(options.config, terminal);
  const parts = toHealth((await askControl(config.runPath, { command: "status" })) as Status);
  terminal.out(options.json ? `${JSON.stringify({ schema: 1, ...parts })}\n` : paint(formatHealth(parts), terminal));
  return parts.unhealthy.length === 0 ? EXIT.ok : EXIT.failed;
};

/** The parts of a gateway by how they are. */
export interface Health {
  readonly healthy: readonly string[];
  /** Why each part that is not well is not. */
  readonly unhealthy: readonly { readonly component: string; readonly reason: string }[];
}

/**
 * Judges a status: a collector is well unless its device does not answer, the log while it can be written, an intake
 * unless a person must act or it has been retrying.
 */
export function toHealth({ running, instances, log, intakes }: Status): Health {
  const reasons: [component: string, reason: string][] = [
    ["gateway", running ? "" : "it is starting or stopping"],
    ...instances.map((one): [string, string] => [
      `collector:${one.check}:${one.instance}`,
      one.state === "CRITICAL" ? (one.faults[0]?.message ?? "the device does not answer") : "",
    ]),
    ["log", [...(log.failure === null ? [] : [`${log.failure}.`]), ...describeLogTroubles(log)].join(" ")],
    ...intakes.map((one): [string, string] => [
      `intake:${one.name}`,
      one.state === "holding" || one.state === "retrying" ? one.reason || one.state : "",
    ]),
  ];
  return {
    healthy: reasons.filter(([, reason]) => reason === "").map(([component]) => component),
    unhealthy: reasons.filter(([, reason]) => reason !== "").map(([component, reason]) => ({ component, reason })),
  };
}

/** Lays health out as the Agent does, and below it why. */
export function formatHealth({ healthy, unhealthy }: Health): string {
  const lines = [`Gateway health: ${unhealthy.length === 0 ? "PASS" : "FAIL"}`];
  if (healthy.length > 0) lines.push(`=== ${healthy.length} healthy components ===`, healthy.join(", "));
  if (unhealthy.length > 0) {
    lines.push(`=== ${unhealthy.length} unhealthy components ===`);
    lines.push(unhealthy.map(({ component }) => component).join(", "));
    for (const { component, reason } of unhealthy) lines.push("", `${component}`, `  Error: ${reason}`);
  }
  return `${lines.join("\n")}\n`;
}
