/** `tidegate reload`: makes the running gateway take up changed files, or says what that would do. */

import type { ReloadPlan } from "../gateway-reload.ts";
import { EXIT } from "../model/errors.ts";
import { seconds } from "../model/time.ts";
import { askControl } from "../platform/control-socket.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";
import { loadOrFail } from "./load.ts";

/** Stopping an instance waits for the poll under way. */
const PATIENCE = seconds(60);

/**
 * Asks the running gateway. Problems of the files go to standard error; those that keep a check as it was make exit
 * code 78.
 *
 * Errors: `GATEWAY_NOT_RUNNING`.
 */
export const reload: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0, { flags: ["dry-run"] });
  const { config } = loadOrFail(options.config, terminal);
  const isDryRun = options.has("dry-run");
  const request = { command: "reload", dry_run: isDryRun };
  const plan = (await askControl(config.runPath, request, PATIENCE)) as AnsweredPlan;
  terminal.out(
    options.json ? `${JSON.stringify({ schema: 1, dry_run: isDryRun, ...plan })}\n` : formatPlan(plan, isDryRun),
  );
  return plan.kept_despite_problems.length === 0 ? EXIT.ok : EXIT.config;
};

/** A plan as it is answered; an older gateway says less. */
type AnsweredPlan = Omit<ReloadPlan, NewerKey> & Partial<Pick<ReloadPlan, NewerKey>>;
type NewerKey = "intakes" | "series_found_later";

const NO_INTAKES: ReloadPlan["intakes"] = { start: [], stop: [], change: [] };

/** Lays a plan out for a person. */
export function formatPlan(plan: AnsweredPlan, isDryRun: boolean): string {
  const row = (verb: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`  ${verb.padEnd(8)} ${names.join(", ")}`];
  const { intakes = NO_INTAKES, series_found_later: later = [] } = plan;
  const found = later.length === 0 ? "" : `, beside what ${later.join(", ")} will find while running`;
  const lines = [
    ...row("start", plan.start),
    ...row("stop", plan.stop),
    ...row("change", plan.change),
    ...row("start", intakes.start.map(nameIntake)),
    ...row("stop", intakes.stop.map(nameIntake)),
    ...row("change", intakes.change.map(nameIntake)),
    `  keep     ${plan.keep.length} as they are, without a gap`,
    `  series   ${plan.series_gained} gained, ${plan.series_lost} lost${found}`,
  ];
  for (const name of intakes.stop) {
    lines.push(
      `  Intake ${name} keeps its place in the log until \`tidegate log cursors --drop ${name}\`, and no samples.`,
    );
  }
  if (plan.kept_despite_problems.length > 0) {
    lines.push(
      `  Problems in their files: ${plan.kept_despite_problems.join(", ")} goes on as before; mend them first.`,
    );
  }
  if (plan.restart_needed.length > 0) {
    lines.push(`  Changed, and counts after a restart only: ${plan.restart_needed.join(", ")}`);
  }
  const title = isDryRun ? "A reload would:" : "The gateway reloaded:";
  return `${[title, ...lines].join("\n")}\n`;
}

function nameIntake(name: string): string {
  return `intake ${name}`;
}
