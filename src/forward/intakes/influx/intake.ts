/** The intake of InfluxDB 1, 2 and 3, and of what else takes line protocol as they do. */

import type { InfluxConfig } from "../../../model/config.ts";
import type { Intake } from "../../../model/intake.ts";
import { Scrubber } from "../../../telemetry/scrubber.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { scrubVerdict } from "../../verdict-rules.ts";
import { createLineEncoder } from "./encode.ts";
import { AHEAD_MAX, INFLUX_LIMITS, RESOLUTION } from "./limits.ts";
import { judgeInflux } from "./verdict.ts";

/** Makes the intake. */
export function createInfluxIntake(config: InfluxConfig, identity: GatewayIdentity): Intake {
  const { name, url, target, maxAge } = config;
  const scrubber = new Scrubber(secretsOf(target).map((text) => ({ text, shown: "(secret)" })));
  return {
    name,
    url,
    limits: INFLUX_LIMITS,
    resolution: RESOLUTION,
    order: "any",
    maxAge,
    maxAhead: AHEAD_MAX,
    encode: createLineEncoder(target, identity),
    judge: (response) => scrubVerdict(judgeInflux(response), scrubber),
  };
}

/** What an answer may repeat and nobody is to see: the credentials as they are sent, and the password alone. */
function secretsOf(target: InfluxConfig["target"]): readonly string[] {
  if (target.version === 2) return target.token === undefined ? [] : [target.token];
  const { login } = target;
  return login === undefined ? [] : [`${login.username}:${login.password}`, login.password];
}
