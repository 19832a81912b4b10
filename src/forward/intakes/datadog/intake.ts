/** The Datadog v2 series intake. */

import type { IntakeConfig } from "../../../model/config.ts";
import type { Intake, IntakeResponse } from "../../../model/intake.ts";
import { createDatadogEncoder } from "./encode.ts";
import { AHEAD_MAX, DATADOG_LIMITS } from "./limits.ts";
import { judgeDatadog } from "./verdict.ts";

/** What the gateway tells of itself to an intake. */
export interface GatewayIdentity {
  readonly hostname: string;
  /** Host tags. */
  readonly tags: readonly string[];
  readonly version: string;
}

/**
 * Makes the intake. The API key goes in a header and nowhere else; where an answer repeats it, it is struck out before
 * anyone can log or keep it.
 */
export function createDatadogIntake(config: IntakeConfig, { hostname, tags, version }: GatewayIdentity): Intake {
  const headers = {
    "content-type": "application/json",
    "content-encoding": "deflate",
    accept: "application/json",
    "dd-api-key": config.apiKey,
    "user-agent": `tidegate/${version}`,
  };
  const strikeKey = (response: IntakeResponse): IntakeResponse =>
    config.apiKey === "" ? response : { ...response, body: response.body.replaceAll(config.apiKey, "(api_key)") };
  return {
    name: config.name,
    url: config.url,
    limits: DATADOG_LIMITS,
    maxAge: config.maxAge,
    maxAhead: AHEAD_MAX,
    encode: createDatadogEncoder({ hostname, tags, headers }),
    judge: (response) => judgeDatadog(strikeKey(response)),
  };
}
