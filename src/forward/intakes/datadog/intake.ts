/** The Datadog series intake, in either version of its API and either encoding. */

import type { DatadogConfig } from "../../../model/config.ts";
import type { Intake, IntakeLimits } from "../../../model/intake.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { createSeriesEncoder } from "./encode.ts";
import { createProtobufEncoder } from "./encode-protobuf.ts";
import { AHEAD_MAX, RESOLUTION } from "./limits.ts";
import { createKeyStriker, createSender } from "./sender.ts";
import { SERIES_V1, SERIES_V2 } from "./series-dialects.ts";
import { judgeDatadog } from "./verdict.ts";

/** Makes the intake. `readKey` gives the API key of the moment; leaving it out means the configured one, for ever. */
export function createDatadogIntake(
  config: DatadogConfig,
  identity: GatewayIdentity,
  readKey: () => string = () => config.apiKey,
): Intake {
  const dialect = config.seriesApi === "v1" ? SERIES_V1 : SERIES_V2;
  const keys = createKeyStriker(readKey);
  const sender = createSender(config, identity, keys.readKey);
  const { compression = "deflate" } = config;
  return {
    name: config.name,
    url: config.url,
    limits: withPoints(dialect.limits, config.pointCountMax),
    resolution: RESOLUTION,
    order: "any",
    maxAge: config.maxAge,
    maxAhead: AHEAD_MAX,
    encode:
      config.encoding === "protobuf"
        ? createProtobufEncoder(sender, compression)
        : createSeriesEncoder(sender, dialect, compression),
    judge: (response) => judgeDatadog(keys.strike(response)),
  };
}

function withPoints(limits: IntakeLimits, pointCountMax = limits.pointCountMax): IntakeLimits {
  return { ...limits, pointCountMax: Math.min(limits.pointCountMax, pointCountMax) };
}
