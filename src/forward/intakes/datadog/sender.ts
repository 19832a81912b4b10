/**
 * Who speaks to the Datadog intake: the gateway's name, its host tags where they must be on everything, and its
 * headers. The API key goes in a header and nowhere else.
 */

import type { DatadogConfig } from "../../../model/config.ts";
import type { IntakeResponse } from "../../../model/intake.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { strikeSecrets } from "../../strike-secrets.ts";
import type { DatadogSender } from "./series-dialects.ts";

/** Hosts of Datadog itself. Source: Datadog documentation, Getting Started with Datadog Sites. */
const DATADOG_HOST = /(^|\.)(datadoghq\.(com|eu)|ddog-gov\.com)$/u;

/**
 * Where Datadog takes series in columns: at the address of the Agent, not at that of the API. Any other address stays.
 *
 * Source: Datadog Agent, pkg/config/setup, `dd_url`; Vector, sink `datadog_metrics`, which has one of the same kind.
 */
export function toColumnsAddress(url: string): string {
  const { hostname } = new URL(url);
  return DATADOG_HOST.test(hostname) ? url.replace(/^https:\/\/api\./u, "https://app.") : url;
}

/** Makes the sender. Datadog joins host tags to what a host sends, once it knows them; no other intake does. */
export function createSender(
  config: DatadogConfig,
  { hostname, tags, version }: GatewayIdentity,
  readKey: () => string,
): DatadogSender {
  const isJoined = DATADOG_HOST.test(new URL(config.url).hostname);
  const bareHeaders = (): Readonly<Record<string, string>> => ({
    accept: "application/json",
    "dd-api-key": readKey(),
    "user-agent": `tidegate/${version}`,
  });
  return {
    hostname,
    tags: (config.hostTagsOnSeries ?? !isJoined) ? tags : [],
    headers: (type, encoding) => ({ "content-type": type, "content-encoding": encoding, ...bareHeaders() }),
    bareHeaders,
  };
}

/**
 * Makes what strikes the API key out of an answer that repeats it, before anyone can log or keep it. An answer may come
 * when another key is in use already, so every key that was ever read is struck.
 */
export function createKeyStriker(readKey: () => string): {
  readonly readKey: () => string;
  readonly strike: (response: IntakeResponse) => IntakeResponse;
} {
  const keys = new Set<string>();
  const read = (): string => {
    const key = readKey();
    if (key !== "") keys.add(key);
    return key;
  };
  return {
    readKey: read,
    strike(response) {
      read();
      return strikeSecrets(response, keys, "(api_key)");
    },
  };
}
