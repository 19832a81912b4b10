import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { ConfigFolder, PLAIN_MAIN } from "../config/config-folder.ts";
import { createTestTerminal } from "../support/test-terminal.ts";

const METER = "instances:\n  - host: 10.0.0.1\n    profile: eastron/sdm630\n";

async function configcheck(files: Readonly<Record<string, string>>, ...options: string[]) {
  using folder = new ConfigFolder(files);
  const terminal = createTestTerminal();
  const exit = await runCommand(["configcheck", "--config", folder.path, ...options], terminal);
  return { exit, text: terminal.output().replaceAll(folder.path, "/etc/tidegate") };
}

describe("configcheck", () => {
  test("keeps the layout of the Agent, problems first", async () => {
    const { exit, text } = await configcheck({
      "conf.d/modbus.yaml": `instances:
  - {host: 192.168.1.20, unit: 1, profile: eastron/sdm630, name: main-meter, tags: ["line:2"]}
  - {host: 192.168.1.21, unit: 1, profile: tidegate/press, name: press, min_collection_interval: 1}
`,
      "conf.d/knx.yaml": "instances: [{}]\n",
    });
    expect(exit).toBe(78);
    await expect(text).toMatchFileSnapshot("../golden/cli/configcheck.txt");
  });

  test("--json tells what each instance costs", async () => {
    const { text } = await configcheck(
      { "conf.d/modbus.yaml": "instances: [{host: h, unit: 1, profile: tidegate/press, name: press}]\n" },
      "--json",
    );
    const { schema, sound, checks } = JSON.parse(text);
    expect({ schema, sound }).toEqual({ schema: 1, sound: true });
    expect(checks).toMatchObject([{ name: "modbus", instances: [{ instance: "press", bus: "tcp://h:502" }] }]);
  });

  test("shows an instance whose points have intervals of their own as one", async () => {
    const points = "points: { humidity: { min_collection_interval: 1 } }";
    const { text } = await configcheck({
      "conf.d/modbus.yaml": `instances: [{ host: h, profile: xy/md02, name: probe, ${points} }]\n`,
    });
    expect(text.match(/instance ID: modbus:probe/gu)).toHaveLength(1);
    expect(text).toContain("tcp://h:502, every 1 s and 15 s, 2 series");
  });

  test("says of what finds its series only while it runs how many that may become", async () => {
    const { text } = await configcheck({
      "conf.d/linux.yaml": "instances: [{ host: [cpu], sensors: [{ hwmon: cpu_thermal, channel: temp1 }] }]\n",
      "conf.d/mqtt.yaml":
        "instances: [{ broker: mqtt://b, max_series: 50, topics: [{ topic: 'a/{b}', metric: c }] }]\n",
    });
    expect(text).toContain("1 series and those it finds, 1000 at most");
    expect(text).toContain("0 series and those it finds, 50 at most");
    expect(text).toContain("At least 1 series in all");
  });

  test("counts what the filter adds among the series, and says how many these are", async () => {
    const sdm = { "conf.d/modbus.yaml": METER };
    const filter = "filter: { mode: reduce, expected: true, statistics: [max] }\n";
    const { text } = await configcheck({ ...sdm, "tidegate.yaml": `${PLAIN_MAIN}${filter}` });
    // 23 of the 29 are measurements: each gets .anomaly, .expected.low, .expected.high, .full and .max.
    expect(text).toContain("every 15 s, 144 series, 115 of them of its filter");
    expect(text).toContain("144 series in all, 115 of them of the filter (custom metrics, in Datadog's count)");
    const { text: json } = await configcheck({ ...sdm, "tidegate.yaml": `${PLAIN_MAIN}${filter}` }, "--json");
    expect(JSON.parse(json)).toMatchObject({ checks: [{ instances: [{ series: 144, filter_series: 115 }] }] });
  });

  test("says nothing of the filter where it adds no series", async () => {
    const { text } = await configcheck({ "conf.d/modbus.yaml": METER });
    expect(text).toContain("every 15 s, 29 series\n");
    expect(text).toContain("29 series in all (custom metrics");
  });

  test("says that nothing would run when the main file is bad", async () => {
    const { exit, text } = await configcheck({ "tidegate.yaml": "hostname: a\n", "conf.d/modbus.yaml": METER });
    expect(exit).toBe(78);
    expect(text).toContain("NOTHING WOULD RUN: the gateway does not start before its main file is mended.");
  });

  test("says that nothing would be polled when every check has problems", async () => {
    const { exit, text } = await configcheck({ "conf.d/modbus.yaml": METER.replace("host", "hots") });
    expect(exit).toBe(78);
    expect(text).toContain("NOTHING WOULD BE POLLED: no check is without problems");
    expect(text).toContain("1 problem to mend.");
  });

  test("says that nothing would be polled when no instance is written, be there an empty file or none", async () => {
    for (const files of [{}, { "conf.d/modbus.yaml": "# nothing yet\n" }]) {
      const { exit, text } = await configcheck(files);
      expect(exit).toBe(0);
      expect(text).toContain("NOTHING WOULD BE POLLED: no instance is configured.");
      expect(text).toContain("Write one into conf.d/modbus.yaml beside /etc/tidegate/tidegate.yaml");
    }
  });

  test("names the checks that would not run beside those that would", async () => {
    const { exit, text } = await configcheck({ "conf.d/modbus.yaml": METER, "conf.d/snmp.yaml": METER });
    expect(exit).toBe(78);
    expect(text).toMatch(
      /29 series in all.*\ndatadog: of an outage the last 1 h .*\nWOULD NOT RUN: snmp\.\n1 problem to mend\./u,
    );
  });

  test("says which bus has no time for its polls", async () => {
    const { exit, text } = await configcheck({
      "conf.d/modbus.yaml":
        "instances: [{ serial: /dev/ttyAMA0, baud: 1200, profile: eastron/sdm630, min_collection_interval: 1 }]\n",
    });
    expect(exit).toBe(0);
    expect(text).toMatch(/^WOULD BE LATE: On serial:\/\/\/dev\/ttyAMA0 your 1 s poll needs 1\.\d+ s\./mu);
  });

  test("of a sound configuration says what each instance costs, and nothing else", async () => {
    const { exit, text } = await configcheck({ "conf.d/modbus.yaml": METER });
    expect(exit).toBe(0);
    expect(text).toContain("Config for instance ID: modbus:10.0.0.1-1");
    expect(text).not.toMatch(/WOULD|problem/u);
  });
});
