/** A receiver of Prometheus remote write: Prometheus itself, VictoriaMetrics, Mimir, Thanos and their like. */

import type { PrometheusConfig } from "../../../model/config.ts";
import type { Intake } from "../../../model/intake.ts";
import type { EarlierRun } from "../../earlier-run.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { strikeSecrets } from "../../strike-secrets.ts";
import { createEncoder } from "./encode.ts";
import { createEncoderV2 } from "./encode-v2.ts";
import { AHEAD_MAX, REMOTE_WRITE_LIMITS, RESOLUTION } from "./limits.ts";
import { LostAnswers } from "./lost-answers.ts";
import { createSpeller } from "./naming.ts";
import { compressSnappy } from "./snappy.ts";
import { isOutOfOrder, readWritten } from "./verdict.ts";
import { SpokenVersion } from "./version.ts";

/** Source: Prometheus Remote-Write Specification 1.0 and 2.0, "Protocol". */
const VERSION_HEADERS = {
  old: { "content-type": "application/x-protobuf", "x-prometheus-remote-write-version": "0.1.0" },
  new: {
    "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "x-prometheus-remote-write-version": "2.0.0",
  },
} as const;

/**
 * Makes the intake. `tell` hears, once each, of series that cannot be told apart there; `earlierRun` says whether a
 * sample may have been under way when the gateway ended last, and leaving it out means that none was.
 */
export function createPrometheusIntake(
  config: PrometheusConfig,
  identity: GatewayIdentity,
  tell: (sentence: string) => void,
  earlierRun?: EarlierRun,
): Intake {
  const { name, url, maxAge, outOfOrderWindow = 0, version: wanted = "auto" } = config;
  const { own, secrets } = readAccess(config);
  const speller = createSpeller(identity, (conflict) => tell(`Intake ${name} sets samples aside: ${conflict}.`));
  const encodeOld = createEncoder(speller);
  const encodeNew = createEncoderV2(speller);
  const version = new SpokenVersion(wanted);
  const order = outOfOrderWindow > 0 ? "any" : "per-series";
  const lost = order === "any" ? undefined : new LostAnswers(earlierRun);
  let sampleCount = 1;
  return {
    name,
    url,
    limits: REMOTE_WRITE_LIMITS,
    resolution: RESOLUTION,
    order,
    maxAge,
    maxAhead: AHEAD_MAX,
    encode(points, seriesOf) {
      const left = lost?.send(points) ?? points;
      sampleCount = left.count;
      const { raw, conflict } = (version.isOld ? encodeOld : encodeNew)(left, seriesOf);
      const headers = {
        ...own,
        ...VERSION_HEADERS[version.isOld ? "old" : "new"],
        "content-encoding": "snappy",
        "user-agent": `tidegate/${identity.version}`,
      };
      const payload = { path: "", headers, body: compressSnappy(raw), rawBytes: raw.byteLength };
      if (conflict === undefined) return payload;
      lost?.drop();
      return { ...payload, refusal: conflict };
    },
    judge(response) {
      const answer = strikeSecrets(response, secrets, "(secret)");
      const wasOld = version.isOld;
      const verdict = version.judge(answer, sampleCount);
      if (version.isOld !== wasOld) lost?.drop();
      const isPartial = (readWritten(answer) ?? 0) > 0;
      return lost?.answer(verdict, { isOutOfOrder: isOutOfOrder(answer), isPartial }) ?? verdict;
    },
  };
}

/** The headers by which a request is let in, and all of them that must not be seen elsewhere. */
function readAccess({ username, password = "", bearerToken, headers = {} }: PrometheusConfig): {
  readonly own: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
} {
  const own = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
  if (bearerToken !== undefined) {
    return { own: { ...own, authorization: `Bearer ${bearerToken}` }, secrets: [bearerToken, ...Object.values(own)] };
  }
  if (username === undefined) return { own, secrets: Object.values(own) };
  const login = Buffer.from(`${username}:${password}`).toString("base64");
  return { own: { ...own, authorization: `Basic ${login}` }, secrets: [login, password, ...Object.values(own)] };
}
