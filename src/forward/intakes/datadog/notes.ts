/**
 * What goes to the Datadog intake beside series: service checks, events, the description of the host, and the question
 * whether the API key is good.
 *
 * Source: Datadog API reference, Submit a Service Check and Validate API key; Datadog Agent, payload of host metadata.
 */

import type { DatadogConfig } from "../../../model/config.ts";
import type { IntakeResponse, NoteIntake } from "../../../model/intake.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { toPayload } from "./encode.ts";
import { toEventEntry } from "./events.ts";
import { AHEAD_MAX, EVENT_AGE_MAX, SERVICE_CHECK_AGE_MAX } from "./limits.ts";
import { toMetricName, toTag } from "./naming.ts";
import { createKeyStriker, createSender } from "./sender.ts";
import { toTags } from "./series-dialects.ts";
import { judgeDatadog, judgeDatadogKey } from "./verdict.ts";

/** Makes the intake of notes. `readKey` gives the API key of the moment. */
export function createDatadogNotes(
  config: DatadogConfig,
  identity: GatewayIdentity,
  readKey: () => string,
): NoteIntake {
  const keys = createKeyStriker(readKey);
  const sender = createSender(config, identity, keys.readKey);
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
    eventAgeMax: EVENT_AGE_MAX,
    eventAheadMax: AHEAD_MAX,
    encodeEvent: (event, isBrief) =>
      toPayload("/api/v1/events", JSON.stringify(toEventEntry(event, isBrief, sender)), sender),
    encodeHost: () => toPayload("/intake/", JSON.stringify(describeHost(identity)), sender),
    askKey: () => ({ path: "/api/v1/validate", headers: sender.bareHeaders() }),
    judge: (response) => (isEmptyYes(response) ? { kind: "accepted" } : judgeDatadog(keys.strike(response))),
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

/**
 * To the description of a host VictoriaMetrics says yes with an empty map. For series that would be too little to
 * believe; a note that a stranger swallowed costs nothing but itself.
 *
 * Source: VictoriaMetrics, app/vminsert/main.go, /datadog/intake.
 */
function isEmptyYes({ status, body }: IntakeResponse): boolean {
  return status === 200 && /^\s*\{\s*\}\s*$/u.test(body);
}
