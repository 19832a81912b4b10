import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { formatDiagnoses } from "../../../src/cli/diagnose/diagnosis.ts";
import { diagnoseLog } from "../../../src/cli/diagnose/log-suite.ts";
import { diagnoseBuses, diagnoseIntakes, diagnoseRunningBuses } from "../../../src/cli/diagnose/reach.ts";
import {
  diagnoseClock,
  diagnoseConfig,
  diagnoseDisk,
  diagnoseGpio,
  diagnoseNativeParts,
  toClockStatus,
} from "../../../src/cli/diagnose/suites.ts";
import { inputs } from "../../../src/inputs/registry.ts";
import type { GatewayConfig, IntakeConfig } from "../../../src/model/config.ts";
import type { Input, InputModule } from "../../../src/model/input.ts";
import { seconds } from "../../../src/model/time.ts";
import type { HttpRoute } from "../../../src/platform/http-client.ts";
import { InputLoader } from "../../../src/sampling/input-loader.ts";
import { ConfigFolder, loadFiles } from "../../config/config-folder.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeHttpClient, type Reaction } from "../../support/fake-http-client.ts";
import { FakeInput } from "../../support/fake-input.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";
import { TROUBLED } from "../troubled-status.ts";

const clock = new FakeClock();

function configOf(): GatewayConfig {
  const { config } = loadFiles({});
  if (config === undefined) throw new Error("the plain configuration is sound");
  return { ...config, runPath: "/tmp/tidegate-run" };
}

function answer(status: number, body: string): Reaction {
  return { status, headers: {}, body };
}

const BASICS = { flushInterval: seconds(10), timeout: seconds(20), maxAge: seconds(3600) };
const INFLUX: IntakeConfig = {
  ...BASICS,
  name: "history",
  kind: "influx",
  url: "http://db:8086",
  target: { version: 1, database: "plant" },
};
const PROMETHEUS: IntakeConfig = {
  name: "prom",
  kind: "prometheus",
  url: "http://prom:9090/api/v1/write",
  flushInterval: seconds(10),
  timeout: seconds(20),
  maxAge: seconds(3600),
};

const OTLP: IntakeConfig = {
  ...BASICS,
  name: "otel",
  kind: "otlp",
  url: "http://otel:4318",
  encoding: "protobuf",
  headers: {},
  isInOrder: false,
};

describe("diagnose", () => {
  test("names the store that stands in for the log, and what to do", () => {
    const reason = "/srv/log could not be opened. Samples are kept in memory.";
    const remedy = "Make room on the disk.";
    const log = {
      ...TROUBLED.log,
      stands_in: { reason, remedy },
      failure: "no room",
      held: { bytes: 1, bytes_max: 2 },
    };
    expect(diagnoseLog(configOf(), { ...TROUBLED, log })).toEqual([
      { name: "stand-in", result: "fail", diagnosis: reason, remediation: remedy },
      {
        name: "log",
        result: "fail",
        diagnosis: "no room. The log cannot be written; 29 samples are in memory only (1 B of 2 B).",
        remediation: expect.stringContaining("replace it"),
      },
    ]);
  });

  test.each([
    ["run/log/CURRENT", undefined, "success", /is the place of the log/u],
    ["run/log", undefined, "fail", /is a file/u],
    ["run/log.beside/CURRENT", undefined, "warning", /log\.beside stood in for the log/u],
    ["run/log.beside-2/CURRENT", TROUBLED, "warning", /log\.beside-2 could not be taken over/u],
    ["run/log/CURRENT", TROUBLED, "success", /is written, and holds/u],
  ])("of a log with %s, it says what that means", (file, status, result, diagnosis) => {
    using folder = new ConfigFolder({ [file]: "MANIFEST-000001" });
    const config = configOf();
    const store = { ...config.store, path: join(folder.path, "run/log") };
    const found = diagnoseLog({ ...config, store }, status);
    expect(found).toEqual([expect.objectContaining({ result, diagnosis: expect.stringMatching(diagnosis) })]);
  });

  test("finds what is wrong, says what to do about each, and ends with exit code 1", async () => {
    using folder = new ConfigFolder({
      "tidegate.yaml": "api_key: pk-Zebra-4711\nhostname: press-hall\nrun_path: run\ndd_url: http://127.0.0.1:1\n",
      "conf.d/modbus.yaml":
        "instances:\n  - {host: 127.0.0.1, port: 1, unit: 1, profile: tidegate/press, name: press}\n",
    });
    const terminal = createTestTerminal();
    expect(await runCommand(["diagnose", "--json", "--config", folder.path], terminal)).toBe(1);
    const { runs, summary } = JSON.parse(terminal.output());
    const failed = runs.flatMap((run: { suite_name: string; diagnoses: { result: string }[] }) =>
      run.diagnoses.filter(({ result }) => result === "fail").map(() => run.suite_name),
    );
    expect(failed).toEqual(["buses", "intakes"]);
    expect(summary.errors).toBe(2);
    expect(terminal.output()).not.toContain("pk-Zebra-4711");
  });

  const notice = { found: "The adapter waits.", remedy: "Tell it not to." };
  const slow = {
    name: "serial:///dev/ttyUSB0",
    result: "warning",
    diagnosis: notice.found,
    remediation: notice.remedy,
  };

  test("says once why a bus is slow that several instances share, without a running gateway", async () => {
    const line = (unit: number): string => `  - { serial: /dev/ttyUSB0, unit: ${unit}, profile: eastron/sdm630 }\n`;
    const { config } = loadFiles({ "conf.d/modbus.yaml": `instances:\n${line(1)}${line(2)}` });
    const createInput = (): Input =>
      Object.assign(new FakeInput([], [], clock), { bus: slow.name, busNotice: () => notice });
    const load = async (): Promise<InputModule> => ({ createLinks: () => undefined, createInput });
    const loader = new InputLoader(
      inputs.map((entry) => ({ ...entry, load })),
      clock,
    );
    const found = await diagnoseBuses(config as GatewayConfig, loader);
    expect(found.map(({ result }) => result)).toEqual(["success", "warning", "success"]);
    expect(found[1]).toEqual(slow);
  });

  test("says why a bus is slow that the running gateway has open", () => {
    const bus = { bus: slow.name, utilisation: null, predicted_utilisation: null, warning: null, devices: [] };
    expect(diagnoseRunningBuses({ ...TROUBLED, buses: [{ ...bus, notice }] }).at(-1)).toEqual(slow);
  });

  test("keeps the layout of the Agent", async () => {
    const config = configOf();
    const runs = [
      {
        suite_name: "config",
        diagnoses: diagnoseConfig({ config, problems: TROUBLED.problems, notices: [], secrets: [] }),
      },
      { suite_name: "clock", diagnoses: diagnoseClock(toClockStatus(new FakeClock())) },
      {
        suite_name: "native-parts",
        diagnoses: diagnoseNativeParts([{ name: "onoff", purpose: "GPIO", isLoaded: false, lack: "it is not built" }]),
      },
      { suite_name: "disk", diagnoses: await diagnoseDisk(config, () => Promise.resolve(500 * 2 ** 20)) },
      { suite_name: "buses", diagnoses: diagnoseRunningBuses(TROUBLED) },
    ];
    await expect(formatDiagnoses(runs)).toMatchFileSnapshot("../../golden/cli/diagnose.txt");
  });

  test("says by which way lines are read and why, and fails only where lines are configured", () => {
    const open = {
      way: "character-device",
      chips: ["pinctrl-rp1"],
      reasons: ["It is there."],
      isDenied: false,
    } as const;
    expect(diagnoseGpio(open, true)).toMatchObject([
      { name: "GPIO by the character device", result: "success", diagnosis: "It is there." },
    ]);
    const none = { way: undefined, chips: [], reasons: ["There is no /dev/gpiochip*."], isDenied: false };
    expect(diagnoseGpio(none, false)).toMatchObject([{ result: "success" }]);
    expect(diagnoseGpio(none, true)).toMatchObject([{ result: "fail" }]);
    const denied = { ...none, way: "character-device", isDenied: true } as const;
    expect(diagnoseGpio(denied, true)[0]?.remediation).toMatch(/to the group gpio/u);
  });

  test("fails for a clock that was never set, and for a disk without room", async () => {
    const late = new FakeClock();
    late.setTrusted(false);
    expect(diagnoseClock(toClockStatus(late))[0]).toMatchObject({
      result: "fail",
      remediation: expect.stringContaining("time server"),
    });
    expect((await diagnoseDisk(configOf(), () => Promise.resolve(1000))).at(-1)).toMatchObject({ result: "fail" });
  });

  test("fails for a run path that this user cannot write", async () => {
    const found = await diagnoseDisk({ ...configOf(), runPath: "/dev/null/tidegate" }, () => Promise.resolve(2 ** 40));
    expect(found).toMatchObject([{ name: "run path", result: "fail" }]);
  });

  test.each<[string, Reaction, string, RegExp]>([
    ["takes the key", answer(200, '{"valid":true}'), "success", /takes the API key/u],
    ["refuses the key", answer(403, "Forbidden"), "fail", /refuses the API key/u],
    ["is a portal in between", answer(200, "<html>Log in</html>"), "fail", /not as an intake does/u],
    ["is another server", answer(404, ""), "fail", /It answered 404/u],
    ["cannot be reached", "unreachable", "fail", /refused the connection/u],
  ])("says so when the intake %s", async (_, reaction, result, diagnosis) => {
    const http = new FakeHttpClient(clock, () => reaction);
    const [found] = await diagnoseIntakes(configOf().intakes, () => http);
    expect(found?.result).toBe(result);
    expect(found?.diagnosis).toMatch(diagnosis);
    expect(http.requests).toMatchObject([{ method: "GET", headers: { "dd-api-key": "abc" } }]);
    expect(http.requests[0]?.url.href).toBe("https://api.datadoghq.com/api/v1/validate");
  });

  test.each<[IntakeConfig, Reaction, string, RegExp]>([
    [INFLUX, answer(204, ""), "success", /It answered/u],
    [INFLUX, answer(404, ""), "fail", /It answered 404/u],
    [INFLUX, "unreachable", "fail", /refused the connection/u],
    [PROMETHEUS, answer(204, ""), "success", /takes remote write/u],
    [PROMETHEUS, answer(404, ""), "fail", /It answered 404: no such route/u],
    [PROMETHEUS, answer(200, "<html>Sign in</html>"), "fail", /200 came without the intake's own answer/u],
    [OTLP, answer(200, ""), "success", /takes metrics by OTLP/u],
    [OTLP, answer(401, ""), "fail", /does not know who sends/u],
    [OTLP, answer(503, ""), "fail", /It answered 503/u],
  ])("asks $kind without giving it anything to keep", async (intake, reaction, result, diagnosis) => {
    const http = new FakeHttpClient(clock, () => reaction);
    expect(await diagnoseIntakes([intake], () => http)).toMatchObject([
      { name: `${intake.name} ${intake.url}`, result, diagnosis: expect.stringMatching(diagnosis) },
    ]);
    expect(http.requests).toHaveLength(1);
    // Of remote write, a request without a series, compressed: its length, and the one symbol that 2.0 always has.
    const nothing = intake.kind === "prometheus" ? [2, 4, 34, 0] : [];
    expect([...(http.requests[0]?.body ?? [])]).toEqual(nothing);
  });

  test("asks an intake on the gateway's own way, and names the proxy on it without its password", async () => {
    const routes: HttpRoute[] = [];
    const http = new FakeHttpClient(clock, () => "unreachable");
    const proxied = configOf().intakes.map((intake) => ({
      ...intake,
      proxy: "http://gate:planted@proxy:3128",
      ca: "PEM",
    }));
    const [found] = await diagnoseIntakes(proxied, (route) => {
      routes.push(route);
      return http;
    });
    expect(routes).toMatchObject([{ proxy: "http://gate:planted@proxy:3128", ca: "PEM" }]);
    expect(http.isClosed).toBe(true);
    expect(found?.name).toBe("datadog https://api.datadoghq.com through proxy proxy:3128");
    expect(found?.remediation).toContain("proxy.no_proxy");
    expect(JSON.stringify(found)).not.toContain("planted");
  });

  test("asks an intake below a path where the gateway asks it", async () => {
    const http = new FakeHttpClient(clock, () => answer(200, '{"valid":true}'));
    await diagnoseIntakes(
      configOf().intakes.map((intake) => ({ ...intake, url: "http://vm:8428/datadog" })),
      () => http,
    );
    expect(http.requests.map(({ url }) => url.href)).toEqual(["http://vm:8428/datadog/api/v1/validate"]);
  });
});
