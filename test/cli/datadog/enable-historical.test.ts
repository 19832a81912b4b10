import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IntakeServer } from "../../../hardware-sim/intake/intake-server.ts";
import { runCommand } from "../../../src/cli/commands.ts";
import { seconds } from "../../../src/model/time.ts";
import { openLog } from "../../../src/store/open-log.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { appendRows } from "../../conformance/log-suite.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { LOG_OPTIONS } from "../../support/log-options.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";

const API_KEY = "planted-api-key-4711";
const APP_KEY = "planted-app-key-0815";
const PRESS = "instances: [{ host: h, profile: xy/md02, name: probe, namespace: hall }]\n";
const CONFIGURED = ["hall.humidity", "hall.temperature"];

let intake: IntakeServer;
let folder: ConfigFolder;

beforeEach(async () => {
  intake = new IntakeServer({ apiKey: API_KEY, appKey: APP_KEY });
  await intake.open();
  folder = new ConfigFolder({ "conf.d/modbus.yaml": PRESS, "run/.keep": "" });
  configure();
});

afterEach(async () => {
  folder[Symbol.dispose]();
  await intake[Symbol.asyncDispose]();
});

function configure(more = `app_key: ${APP_KEY}\n`, apiKey = API_KEY): void {
  const main = `api_key: ${apiKey}\nhostname: hall-3\nrun_path: run\ndd_url: ${intake.url}\n${more}`;
  writeFileSync(join(folder.path, "tidegate.yaml"), main);
}

async function enable(...words: string[]) {
  const terminal = createTestTerminal();
  const exit = await runCommand(["datadog", "enable-historical", ...words, "--config", folder.path], terminal);
  const said = (terminal.output() + terminal.errors()).replaceAll(/\s+/gu, " ");
  expect(said).not.toMatch(/planted-ap[ip]-key/u);
  return { exit, said, json: () => JSON.parse(terminal.output()) };
}

/** Has a point of each metric arrive, so that the account knows them. */
function deliver(...metrics: readonly string[]): void {
  const points = metrics.map((metric) => ({ series: metric, metric, host: "h", tags: [], second: 1, value: 1 }));
  intake.ledger.record(points, 1);
}

describe("datadog enable-historical", () => {
  test.each([
    [["--metrics", "hall.temprature"], /found "hall\.temprature"\. Did you mean hall\.temperature\?/u],
    [["--metrics", "x,y"], /found "x"\. --dry-run names them all/u],
    [["--metrics", ","], /found none/u],
    [["--metrics", "hall.temperature", "--all"], /found both/u],
    [[], /expected --all, or --metrics A,B/u],
    [["--all", "--intake", "second"], /"second" is none\. There is: datadog\./u],
  ])("of %o says what was expected, and asks nothing", async (words, message) => {
    const { exit, said } = await enable(...words);
    expect([exit, said]).toEqual([2, expect.stringMatching(message)]);
    expect(intake.violationCount).toBe(0);
  });

  test("turns it on for every metric that is sent, and says which line to write then", async () => {
    deliver(...CONFIGURED);
    const { exit, said } = await enable("--all");
    expect(exit).toBe(0);
    expect(intake.history.metrics).toEqual(CONFIGURED);
    expect(said).toContain("hall.temperature turned on");
    expect(said).toMatch(
      /Now write this line under forward, .* in \S+tidegate\.yaml, then run `tidegate reload`: historical: true $/u,
    );
    const again = await enable("--all", "--json");
    expect([again.exit, again.json().metrics]).toEqual([
      0,
      CONFIGURED.map((metric) => ({ metric, result: "on-already", said: "" })),
    ]);
  });

  test("counts the gateway's own metrics and those of its log in, spelled as they are sent", async () => {
    configure("self_metrics: true\n");
    const path = join(folder.path, "run", "log");
    const clock = new FakeClock();
    const log = await openLog({ path, notice: () => undefined, ...LOG_OPTIONS, history: seconds(1e10), clock });
    const id = log.defineSeries({ metric: "1.flow rate", tags: [], kind: "gauge", unit: "" });
    await Promise.all([appendRows(log, [[id, Date.UTC(2026, 10, 21), 1]]), log.sync()]);
    await log.close();
    const { exit, json } = await enable("--all", "--dry-run", "--json");
    expect([exit, json()]).toMatchObject([0, { dry_run: true, intake: "datadog" }]);
    const { metrics } = json();
    expect(metrics).toEqual(expect.arrayContaining([...CONFIGURED, "m_1.flow_rate", "tidegate.log.fill"]));
    expect(intake.violationCount).toBe(0);
  });

  test("says what is still without it, and to write nothing yet", async () => {
    deliver("hall.temperature");
    const named = await enable("--metrics", "hall.temperature");
    expect([named.exit, named.said]).toEqual([0, expect.stringContaining("It is on for 1 of 2 metrics")]);
    const { exit, said } = await enable("--all");
    expect([exit, said]).toEqual([1, expect.stringContaining("hall.humidity not known there")]);
    expect(said).toContain("let the gateway deliver, then run this again");
    expect(said).toContain("do not write `historical: true` before all are on");
  });

  test("says that the application key lacks a permission, and does not ask for the rest", async () => {
    deliver(...CONFIGURED);
    configure("app_key: another-key\n");
    const { exit, said } = await enable("--all");
    expect([exit, intake.violationCount]).toEqual([1, 1]);
    expect(said).toMatch(/humidity not allowed .*temperature not asked/u);
    expect(said).toMatch(/not allowed: 403: .* The application key needs the permission to manage metrics/u);
  });

  test("without an application key says where to get one", async () => {
    configure("");
    const { exit, said } = await enable("--all");
    expect([exit, said]).toEqual([78, expect.stringContaining("Give it in DD_APP_KEY to this one command")]);
  });

  test("takes the application key of the environment, for a listed intake too", async () => {
    deliver(...CONFIGURED);
    const listed = `{ name: second, type: datadog, api_key: ${API_KEY}, url: "${intake.url}" }`;
    configure(`intakes: [${listed}]\n`);
    process.env["DD_APP_KEY"] = APP_KEY;
    try {
      const first = await enable("--all");
      expect([first.exit, first.said]).toEqual([2, expect.stringContaining("--intake with one of datadog, second")]);
      const { exit, said } = await enable("--all", "--intake", "second");
      expect([exit, said]).toEqual([0, expect.stringContaining("into the entry second under intakes in")]);
    } finally {
      delete process.env["DD_APP_KEY"];
    }
  });

  test("says that it is on and used where the line stands already", async () => {
    deliver(...CONFIGURED);
    configure(`app_key: ${APP_KEY}\nforward: { historical: true }\n`);
    expect((await enable("--all")).said).toContain("the gateway sends readings of any age");
    intake.history.turnOff("hall.temperature");
    expect((await enable("--metrics", "hall.humidity")).said).toContain("`historical: true` stands all the same");
  });

  test("says that sites for the government cannot have it", async () => {
    writeFileSync(
      join(folder.path, "tidegate.yaml"),
      `api_key: ${API_KEY}\nhostname: h\nsite: ddog-gov.com\nrun_path: run\n`,
    );
    const { exit, said } = await enable("--all");
    expect([exit, said]).toEqual([78, expect.stringContaining("at its sites for the government")]);
  });

  test("says no key again that an answer repeats", async () => {
    const errors = [`${API_KEY} with ${APP_KEY} is refused`];
    const endpoint = "/api/v2/metrics/historical-metrics-configurations";
    intake.overrides.set({ endpoint, statusCode: 403, body: JSON.stringify({ errors }) });
    expect((await enable("--all")).said).toContain("not allowed: 403: ");
    expect((await enable("--all", "--json")).json().metrics[0].result).toBe("forbidden");
  });

  test("says that the intake is not reached", async () => {
    await intake.takeAway();
    const { exit, said } = await enable("--all");
    expect([exit, said]).toEqual([1, expect.stringMatching(/not reached: .*ECONNREFUSED.* `tidegate diagnose`/u)]);
  });
});
