/** The Datadog series intake, in either version of its API. */

import type { IntakeConfig } from "../../../model/config.ts";
import type { Intake } from "../../../model/intake.ts";
import { createSeriesEncoder } from "./encode.ts";
import { AHEAD_MAX } from "./limits.ts";
import { createSender, type GatewayIdentity, strikeKey } from "./sender.ts";
import { SERIES_V1, SERIES_V2 } from "./series-dialects.ts";
import { judgeDatadog } from "./verdict.ts";

/** Makes the intake. `readKey` gives the API key of the moment; leaving it out means the configured one, for ever. */
export function createDatadogIntake(
  config: IntakeConfig,
  identity: GatewayIdentity,
  readKey: () => string = () => config.apiKey,
): Intake {
  const dialect = config.seriesApi === "v1" ? SERIES_V1 : SERIES_V2;
  return {
    name: config.name,
    url: config.url,
    limits: dialect.limits,
    maxAge: config.maxAge,
    maxAhead: AHEAD_MAX,
    encode: createSeriesEncoder(createSender(config, identity, readKey), dialect),
    judge: (response) => judgeDatadog(strikeKey(response, readKey())),
  };
}
