/** The suites of `diagnose` that look beyond this machine: the buses and the intakes. */

import assert from "node:assert/strict";
import { createPrometheusIntake } from "../../forward/intakes/prometheus/intake.ts";
import type { GatewayConfig, IntakeConfig, PrometheusConfig } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import type { Input } from "../../model/input.ts";
import type { Status } from "../../model/status.ts";
import { seconds } from "../../model/time.ts";
import type { HttpResponse, OpenHttpClient } from "../../platform/http-client.ts";
import { parseProxy } from "../../platform/proxy.ts";
import type { InputLoader } from "../../sampling/input-loader.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { fail, pass, warn } from "./suites.ts";

/** Tells what the running gateway knows of each device: its link is its own, and a second one could cut it off. */
export function diagnoseRunningBuses({ instances, buses = [] }: Status): readonly Diagnosis[] {
  const slow = buses.flatMap(({ bus, notice }) =>
    notice === undefined ? [] : [warn(bus, notice.found, notice.remedy)],
  );
  const reached = instances.map(({ check, instance, bus, state, faults }) => {
    const name = `${check}:${instance}`;
    if (state === "OK") return pass(name, `The running gateway reads it over ${bus}.`);
    const said = faults[0]?.message ?? `The running gateway has not read it over ${bus} yet.`;
    const remedy = `Try \`tidegate check ${check} --instance ${instance} --table\`.`;
    return state === "CRITICAL" ? fail(name, said, remedy) : warn(name, said, remedy);
  });
  return [...reached, ...slow];
}

/** Opens the link of each instance and closes it again; nothing is asked of a device. */
export async function diagnoseBuses(config: GatewayConfig, loader: InputLoader): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const check of config.checks) {
    for (const instance of check.instances) {
      // All parts of an instance are behind one link.
      const [first] = await loader.create(check, instance);
      const looks = first === undefined ? [] : await diagnoseLink(`${check.name}:${instance.name}`, first.input);
      found.push(...looks.filter(({ name }) => found.every((other) => other.name !== name)));
    }
  }
  return found;
}

/** What is said of the bus bears its name. */
async function diagnoseLink(name: string, input: Input): Promise<readonly Diagnosis[]> {
  await using link = input;
  try {
    await link.open(new AbortController().signal);
    const notice = link.busNotice?.();
    const said = `${input.bus} accepts a connection; whether the device answers, \`tidegate check\` shows.`;
    return [pass(name, said), ...(notice === undefined ? [] : [warn(input.bus, notice.found, notice.remedy)])];
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [fail(name, toSentence(error.message), "Check power, cable, address and port, from this machine.")];
  }
}

/** Asks each intake whether it answers, and whether it takes the key where it can tell. */
export function diagnoseIntakes(
  intakes: readonly IntakeConfig[],
  openHttp: OpenHttpClient,
): Promise<readonly Diagnosis[]> {
  return Promise.all(intakes.map((intake) => diagnoseIntake(intake, openHttp)));
}

async function diagnoseIntake(intake: IntakeConfig, openHttp: OpenHttpClient): Promise<Diagnosis> {
  const { name, url, proxy } = intake;
  const label = `${name} ${url}${proxy === undefined ? "" : ` through ${parseProxy(proxy).label}`}`;
  const http = openHttp(intake);
  try {
    const { judge, path, ...request } = questionFor(intake);
    const answer = await http.send({ ...request, url: new URL(`${url}${path}`), timeout: seconds(10) });
    return judge(label, answer);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const remedy = proxy === undefined ? REMEDY_DIRECT : REMEDY_PROXY;
    return fail(label, toSentence(error.message), remedy);
  } finally {
    http.close();
  }
}

/** What is asked of an intake, and how its answer is understood. */
interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly judge: (label: string, answer: HttpResponse) => Diagnosis;
}

/** Asks what the intake answers without taking anything: of OTLP and remote write a request without metrics. */
function questionFor(intake: IntakeConfig): Question {
  switch (intake.kind) {
    case "datadog":
      return { method: "GET", path: "/api/v1/validate", headers: { "dd-api-key": intake.apiKey }, judge: judgeAnswer };
    case "prometheus":
      return askPrometheus(intake);
    case "influx":
      return { method: "GET", path: "/ping", headers: {}, judge: judgePing };
    case "otlp": {
      const headers = { ...intake.headers, "content-type": "application/x-protobuf" };
      return { method: "POST", path: "/v1/metrics", headers, judge: judgeExport };
    }
  }
}

const WAIT = "Wait and try again; readings wait in the log meanwhile.";

/** Source: InfluxDB 1 and 2 documentation, /ping: 204; with `verbose` 200. */
function judgePing(label: string, { status }: HttpResponse): Diagnosis {
  if (status === 204 || status === 200) {
    return pass(label, "It answered; whether it takes readings, `tidegate status` shows.");
  }
  return fail(label, `It answered ${status}.`, status >= 500 ? WAIT : "Check url in tidegate.yaml.");
}

function judgeExport(label: string, { status }: HttpResponse): Diagnosis {
  if (status === 200) return pass(label, "It answered, and it takes metrics by OTLP.");
  if (status === 401 || status === 403) {
    return fail(label, `It answered ${status}: it does not know who sends.`, "Correct headers in tidegate.yaml.");
  }
  return fail(label, `It answered ${status}.`, status >= 500 ? WAIT : "Check url in tidegate.yaml.");
}

/** Sends a request without a sample: it is let in, or kept out, as one with samples is. */
function askPrometheus(config: PrometheusConfig): Question {
  const identity = { hostname: "", tags: [], version: "diagnose" };
  const { encode, judge } = createPrometheusIntake(config, identity, () => undefined);
  const nothing = { series: new Uint32Array(), moment: new Float64Array(), value: new Float64Array(), count: 0 };
  const { path, headers, body } = encode(nothing, () => assert.fail("nothing has no series"));
  return {
    method: "POST",
    path,
    headers,
    body,
    judge(label, answer) {
      const verdict = judge(answer);
      if (verdict.kind === "accepted") return pass(label, "It answered, and it takes remote write.");
      const remedy = "Check url, username, password, bearer_token and headers, and that the receiver is switched on.";
      return fail(label, toSentence(verdict.reason.replace(/^the intake/u, "It")), remedy);
    },
  };
}

const REMEDY_DIRECT = "Check name resolution, route and firewall: outgoing HTTPS to this host is all that is needed.";
const REMEDY_PROXY = "Check proxy in tidegate.yaml and its variables; a host in proxy.no_proxy is reached without it.";

function judgeAnswer(label: string, { status, body }: HttpResponse): Diagnosis {
  if (status === 403 || status === 401) {
    const remedy = "Put the key of this account and site into api_key; a key of another site is refused too.";
    return fail(label, `It answered ${status}: it refuses the API key.`, remedy);
  }
  if (status === 200 && /"valid"\s*:\s*true/u.test(body)) return pass(label, "It answered, and it takes the API key.");
  if (status === 200) {
    const remedy =
      "Something in between answers in its place, such as a portal or a proxy: open the way for this host.";
    return fail(label, "It answered 200, but not as an intake does.", remedy);
  }
  const remedy = status >= 500 ? WAIT : "Check site and address (dd_url or url).";
  return fail(label, `It answered ${status}.`, remedy);
}

function toSentence(message: string): string {
  return message.endsWith(".") ? message : `${message}.`;
}
