/**
 * What goes to the Datadog intake beside series: service checks, the description of the host, and the question whether
 * the API key is good.
 *
 * Source: Datadog API reference, Submit a Service Check and Validate API key; Datadog Agent, payload of host metadata.
 */

import type { IntakeConfig } from "../../../model/config.ts";
import type { NoteIntake } from "../../../model/intake.ts";
import { toPayload } from "./encode.ts";
import { SERVICE_CHECK_AGE_MAX } from "./limits.ts";
import { toMetricName, toTag } from "./naming.ts";
import { createSender, type GatewayIdentity, strikeKey } from "./sender.ts";
import { toTags } from "./series-dialects.ts";
import { judgeDatadog, judgeDatadogKey } from "./verdict.ts";

/** Makes the intake of notes. `readKey` gives the API key of the moment. */
export function createDatadogNotes(config: IntakeConfig, identity: GatewayIdentity, readKey: () => string): NoteIntake {
  const sender = createSender(config, identity, readKey);
  return {
    serviceCheckAgeMax: SERVICE_CHECK_AGE_MAX,
    encodeServiceChecks(checks) {
      const entries = checks.map(({ name, status, tags, message, at }) => ({
        check: toMetricName(name),
        host_name: sender.hostname,
        status,
        tags: toTags(tags, sender),
        message,
        timestamp: Math.floor(at / 1000),
      }));
      return toPayload("/api/v1/check_run", JSON.stringify(entries), sender);
    },
    encodeHost: () => toPayload("/intake/", JSON.stringify(describeHost(identity)), sender),
    askKey() {
      const { "content-type": _type, "content-encoding": _encoding, ...headers } = sender.headers();
      return { path: "/api/v1/validate", headers };
    },
    judge: (response) => judgeDatadog(strikeKey(response, readKey())),
    judgeKey: judgeDatadogKey,
  };
}

/** The fields by which Datadog makes a host of a name, and its tags. The key has a field there, which stays empty. */
function describeHost({ hostname, tags, version }: GatewayIdentity): object {
  return {
    apiKey: "",
    agentVersion: version,
    os: "linux",
    internalHostname: hostname,
    "host-tags": { system: [...new Set(tags.map(toTag))] },
    meta: { "socket-hostname": hostname, "agent-hostname": hostname },
  };
}
