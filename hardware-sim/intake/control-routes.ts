/** The routes by which tests read what the intake holds and tell it what to do: everything below `/fakeintake/`. */

import { refuse } from "./check-request.ts";
import type { IntakeRecords } from "./intake-records.ts";
import { type Override, type OverrideTable, parseOverride } from "./overrides.ts";
import type { PayloadArchive } from "./payload-archive.ts";
import type { PointLedger } from "./point-ledger.ts";
import { type Reply, toJsonReply, toRefusalReply } from "./reply.ts";

/**
 * Answers a request of a test; undefined when there is no such route.
 *
 * Shape: `body` as it came over the wire.
 */
export function answerControl(
  method: string,
  url: URL,
  body: Uint8Array,
  records: IntakeRecords,
  overrides: OverrideTable,
): Reply | undefined {
  switch (`${method} ${url.pathname}`) {
    case "GET /fakeintake/health":
      return toJsonReply(200, { status: "ok" });
    case "GET /fakeintake/payloads":
      return showPayloads(records.archive, url.searchParams.get("endpoint") ?? "/api/v2/series");
    case "GET /fakeintake/routestats":
      return showRouteStats(records.archive);
    case "GET /fakeintake/points":
      return showPoints(records.ledger);
    case "GET /fakeintake/checks":
      return toJsonReply(200, { count: records.serviceChecks.count, checks: records.serviceChecks.latest });
    case "GET /fakeintake/events":
      return toJsonReply(200, { count: records.events.count, events: records.events.kept });
    case "GET /fakeintake/hosts":
      return toJsonReply(200, { count: records.hosts.count, hosts: records.hosts.all });
    case "GET /fakeintake/violations":
      return toJsonReply(200, { count: records.violationCount, violations: records.violations });
    case "GET /fakeintake/flushPayloads":
    case "POST /fakeintake/flushPayloads":
      records.clear();
      return toJsonReply(200, {});
    case "POST /fakeintake/configure/override":
      return configureOverride(body, overrides);
    case "DELETE /fakeintake/configure/override":
      overrides.clear();
      return toJsonReply(200, {});
    default:
      return undefined;
  }
}

function showPayloads(archive: PayloadArchive, endpoint: string): Reply {
  const payloads = archive.of(endpoint).map(({ at, body, encoding }) => ({
    timestamp: new Date(at).toISOString(),
    data: Buffer.from(body).toString("base64"),
    encoding,
  }));
  return toJsonReply(200, { payloads });
}

function showRouteStats(archive: PayloadArchive): Reply {
  const routes: Record<string, { id: string; count: number }> = {};
  for (const [id, count] of archive.counts) routes[id] = { id, count };
  return toJsonReply(200, { routes });
}

function showPoints(ledger: PointLedger): Reply {
  let lines = "";
  for (const point of ledger.held()) lines += `${JSON.stringify(point)}\n`;
  return { status: 200, contentType: "application/x-ndjson", body: lines };
}

function configureOverride(body: Uint8Array, overrides: OverrideTable): Reply {
  let override: Override | string;
  try {
    override = parseOverride(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    override = "the override is not JSON";
  }
  if (typeof override === "string") return toRefusalReply(refuse(400, override));
  overrides.set(override);
  return toJsonReply(200, {});
}
