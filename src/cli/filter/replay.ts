/** `tidegate filter replay`: what a setting would have sent and saved on a stretch of the log. Nothing is changed. */

import { composeIntake } from "../../forward/compose-intake.ts";
import type { GatewayConfig, IntakeConfig } from "../../model/config.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import type { Intake } from "../../model/intake.ts";
import type { Series, SeriesId } from "../../model/series.ts";
import { LEAD_MAX } from "../../model/thinning.ts";
import { packageVersion } from "../../platform/package-root.ts";
import { systemClock } from "../../platform/system-clock.ts";
import { readArguments } from "../arguments.ts";
import type { Command, Terminal } from "../commands.ts";
import { loadWithoutKey } from "../load.ts";
import { openLogDesk } from "../log/ask-log.ts";
import type { PageAnswer } from "../log/log-answers.ts";
import { joinAgo, parseMoment } from "../log/moment.ts";
import { createSeriesFilter } from "../log/series-filter.ts";
import { formatReplay } from "./replay-layout.ts";
import { ReplayRun } from "./replay-run.ts";
import { TriedRules } from "./tried-rules.ts";
import { describeIdleOptions, readTriedSettings, SETTING_OPTIONS } from "./tried-settings.ts";

/** Replays what the log holds of a time. Errors: `CLI_USAGE`; those of `openLogDesk`. */
export const replay: Command = async (argv, terminal) => {
  const shape = { texts: ["from", "to", "series", "intake", ...SETTING_OPTIONS] };
  const options = readArguments(joinAgo(argv), 1, shape);
  const settings = readTriedSettings(options);
  const series = options.text("series") ?? "";
  createSeriesFilter(series);
  const now = systemClock.now();
  const momentOf = (name: string): number | undefined => {
    const text = options.text(name);
    return text === undefined ? undefined : parseMoment(text, now);
  };
  const [fromAt = Number.NEGATIVE_INFINITY, toAt] = [momentOf("from"), momentOf("to")];
  if (toAt !== undefined && toAt <= fromAt) {
    throw new GatewayError("CLI_USAGE", `expected a --to after --from, found "${options.text("to")}".`);
  }
  const { config } = loadWithoutKey(options.config, terminal);
  const rules = new TriedRules(config, settings.keys);
  const idle = describeIdleOptions(config, settings.keys);
  if (idle !== undefined) terminal.err(`tidegate filter: ${idle}\n`);
  const intake = chooseIntake(config, options.text("intake"));
  const openIntake = (): Intake => openForReplay(intake, config, terminal);
  const run = new ReplayRun({ rules, config: intake, openIntake, fromAt });
  await using desk = await openLogDesk(config, terminal);
  let isStopped = false;
  terminal.onSignals({
    stop: () => {
      isStopped = true;
    },
  });
  const learnedFrom = Number.isFinite(fromAt) ? fromAt - Math.max(rules.learningMax, rules.preMax + LEAD_MAX) : null;
  const wanted = { series, from_at: learnedFrom, to_at: toAt ?? null };
  let unreadable = 0;
  for (let next: number | null = 0; next !== null && !isStopped; ) {
    const page: PageAnswer = await desk.ask("page", { ...wanted, from: next });
    await run.take({ rows: page.rows, seriesOf: (id) => toSeries(page, id) });
    next = page.next;
    unreadable += page.unreadable;
  }
  const report = await run.end({ options: settings.words, unreadable, is_stopped: isStopped });
  terminal.out(options.json ? `${JSON.stringify(report)}\n` : formatReplay(report, series !== ""));
  return EXIT.ok;
};

function chooseIntake({ intakes }: GatewayConfig, name: string | undefined): IntakeConfig {
  const found = name === undefined ? intakes[0] : intakes.find((intake) => intake.name === name);
  if (found !== undefined) return found;
  const names = intakes.map((intake) => intake.name).join(", ");
  throw new GatewayError(
    "CLI_USAGE",
    names === ""
      ? "there is no intake in tidegate.yaml, so nobody can say what would be sent."
      : `there is no intake "${name}"; there is ${names}.`,
  );
}

/** Makes an intake that was never sent anything. */
function openForReplay(intake: IntakeConfig, { hostname, tags }: GatewayConfig, terminal: Terminal): Intake {
  const identity = { hostname, tags, version: packageVersion() };
  const world = {
    readKey: () => (intake.kind === "datadog" ? intake.apiKey : ""),
    earlierRun: { hasDelivered: false, mayHaveSent: () => false },
    logger: { warn: (what: string) => terminal.err(`${what}\n`) },
  };
  return composeIntake(intake, identity, world).intake;
}

function toSeries({ series }: PageAnswer, id: SeriesId): Series | undefined {
  const found = series[id];
  return found === undefined ? undefined : { kind: "gauge", ...found };
}
