/** The intake of whatever takes metrics by OTLP over HTTP, in either encoding. */

import type { OtlpConfig } from "../../../model/config.ts";
import type { Intake } from "../../../model/intake.ts";
import { Scrubber } from "../../../telemetry/scrubber.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { scrubVerdict } from "../../verdict-rules.ts";
import { createJsonEncoder } from "./encode-json.ts";
import { createProtobufEncoder } from "./encode-protobuf.ts";
import { AHEAD_MAX, OTLP_LIMITS, RESOLUTION } from "./limits.ts";
import { judgeOtlp } from "./verdict.ts";

/** Makes the intake. */
export function createOtlpIntake(config: OtlpConfig, identity: GatewayIdentity): Intake {
  const { name, url, maxAge, encoding, headers, isInOrder } = config;
  const createEncoder = encoding === "protobuf" ? createProtobufEncoder : createJsonEncoder;
  const scrubber = new Scrubber(Object.values(headers).flatMap(toSecrets));
  return {
    name,
    url,
    limits: OTLP_LIMITS,
    resolution: RESOLUTION,
    order: isInOrder ? "per-series" : "any",
    maxAge,
    maxAhead: AHEAD_MAX,
    encode: createEncoder(config, identity),
    judge: (response) => scrubVerdict(judgeOtlp(response), scrubber),
  };
}

/** A header such as `Bearer X` holds X too. */
function toSecrets(value: string): readonly { readonly text: string; readonly shown: string }[] {
  return [value, ...value.split(" ").slice(1)].map((text) => ({ text, shown: "(secret)" }));
}
