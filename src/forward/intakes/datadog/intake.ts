/** The Datadog series intake, in each version of its API and either encoding. */

import type { DatadogConfig } from "../../../model/config.ts";
import type { Intake } from "../../../model/intake.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { createSeriesEncoder, type EncodePoints } from "./encode.ts";
import { createColumnEncoder } from "./encode-columns.ts";
import { createProtobufEncoder } from "./encode-protobuf.ts";
import { AHEAD_MAX, DATADOG_V1_LIMITS, DATADOG_V2_LIMITS, RESOLUTION } from "./limits.ts";
import { createKeyStriker, createSender, toColumnsAddress } from "./sender.ts";
import { type DatadogSender, SERIES_V1, SERIES_V2 } from "./series-dialects.ts";
import { judgeDatadog, judgeDatadogColumns } from "./verdict.ts";

/** Makes the intake. `readKey` gives the API key of the moment; leaving it out means the configured one, for ever. */
export function createDatadogIntake(
  config: DatadogConfig,
  identity: GatewayIdentity,
  readKey: () => string = () => config.apiKey,
): Intake {
  const limits = config.seriesApi === "v1" ? DATADOG_V1_LIMITS : DATADOG_V2_LIMITS;
  const judge = config.seriesApi === "v3" ? judgeDatadogColumns : judgeDatadog;
  const keys = createKeyStriker(readKey);
  const sender = createSender(config, identity, keys.readKey);
  return {
    name: config.name,
    url: config.seriesApi === "v3" ? toColumnsAddress(config.url) : config.url,
    limits,
    resolution: RESOLUTION,
    order: "any",
    maxAge: config.maxAge,
    maxAhead: AHEAD_MAX,
    encode: createEncoder(config, sender),
    judge: (response) => judge(keys.strike(response)),
  };
}

function createEncoder(config: DatadogConfig, sender: DatadogSender): EncodePoints {
  const { compression = "deflate" } = config;
  const thrift = config.metering?.budget === undefined ? "time" : "bytes";
  if (config.seriesApi === "v3") return createColumnEncoder(sender, thrift);
  if (config.encoding === "protobuf") return createProtobufEncoder(sender, compression, thrift);
  return createSeriesEncoder(sender, config.seriesApi === "v1" ? SERIES_V1 : SERIES_V2, compression, thrift);
}
