/** What each kind of intake takes: series all of them, notes some. */

import type { IntakeConfig } from "../model/config.ts";
import type { Intake, NoteIntake } from "../model/intake.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { EarlierRun } from "./earlier-run.ts";
import type { GatewayIdentity } from "./gateway-identity.ts";
import { createDatadogIntake } from "./intakes/datadog/intake.ts";
import { createDatadogNotes } from "./intakes/datadog/notes.ts";
import { createInfluxIntake } from "./intakes/influx/intake.ts";
import { createOtlpIntake } from "./intakes/otlp/intake.ts";
import { createPrometheusIntake } from "./intakes/prometheus/intake.ts";

/** The sides of one intake. */
export interface ComposedIntake {
  readonly intake: Intake;
  /** Undefined where it takes nothing but series, as `takesNotes` says. */
  readonly notes: NoteIntake | undefined;
}

/** Says whether an intake takes notes: only then need events wait for it. */
export function takesNotes({ kind }: Pick<IntakeConfig, "kind">): boolean {
  return kind === "datadog";
}

/** What an intake may have to know beside its configuration. */
export interface IntakeWorld {
  /** Gives the API key of the moment, where there is one. */
  readonly readKey: () => string;
  readonly earlierRun: EarlierRun;
  readonly logger: Pick<Logger, "warn">;
}

/** Makes the sides of an intake by its kind. */
export function composeIntake(config: IntakeConfig, identity: GatewayIdentity, world: IntakeWorld): ComposedIntake {
  const { intake, notes } = composeByKind(config, identity, world);
  const { limits } = intake;
  const pointCountMax = Math.min(limits.pointCountMax, config.pointCountMax ?? limits.pointCountMax);
  return { intake: { ...intake, limits: { ...limits, pointCountMax } }, notes };
}

function composeByKind(
  config: IntakeConfig,
  identity: GatewayIdentity,
  { readKey, earlierRun, logger }: IntakeWorld,
): ComposedIntake {
  switch (config.kind) {
    case "datadog":
      return {
        intake: createDatadogIntake(config, identity, readKey),
        notes: createDatadogNotes(config, identity, readKey),
      };
    case "influx":
      return { intake: createInfluxIntake(config, identity), notes: undefined };
    case "otlp":
      return { intake: createOtlpIntake(config, identity), notes: undefined };
    case "prometheus":
      return {
        intake: createPrometheusIntake(config, identity, (what) => logger.warn(what), earlierRun),
        notes: undefined,
      };
  }
}
