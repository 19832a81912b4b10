import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";

const METER = `id: acme/pm-3
description: Acme PM3, a meter
source: { title: PM3 manual, edition: "2" }
protocol: modbus
table: input-register
points:
  voltage: { address: 0, type: uint16, scale: 0.1, unit: V, metric: voltage, range: [80, 300] }
  temperature: { address: 1, type: int16, offset: -40, unit: degC, metric: temperature, tags: { part: case } }
  running: { address: 7, type: bit, bit: 3, metric: machine.running, table: holding-register }
`;

async function run(...argv: string[]) {
  const terminal = createTestTerminal();
  const code = await runCommand(["profiles", ...argv], terminal);
  return { code, output: terminal.output(), errors: terminal.errors() };
}

describe("profiles", () => {
  test("without a word it knows says which there are", async () => {
    const { code, errors } = await run("constructor");
    expect(code).toBe(2);
    expect(errors).toContain('expected list, show, verify, import, found "constructor".');
  });

  test("show of an id that is not there asks for the nearest", async () => {
    const { code, errors } = await run("show", "eastron/sdm603");
    expect(code).toBe(1);
    expect(errors).toContain("Did you mean eastron/sdm630?");
  });

  test("show lays out the resolved points", async () => {
    using folder = new ConfigFolder({ "device-profiles/acme/pm-3.yaml": METER });
    const { code, output } = await run("show", "acme/pm-3", "--config", folder.path);
    expect(code).toBe(0);
    await expect(output).toMatchFileSnapshot("../../golden/cli/profile.txt");
  });

  test("show says what the trust in it rests on", async () => {
    const { output } = await run("show", "eastron/sdm630");
    expect(output).toMatch(/^Trust: captured, .+\nConfirmed by: .+\n {14}https:/mu);
  });

  test("show --json of every shipped profile can be read back", async () => {
    const listed = await run("list", "--json");
    const { profiles } = JSON.parse(listed.output) as { profiles: { id: string; points: number }[] };
    expect(profiles.length).toBeGreaterThan(9);
    for (const { id, points } of profiles) {
      const { output } = await run("show", id, "--json");
      expect(JSON.parse(output).profile.points).toHaveLength(points);
    }
  });

  test("list has a row for each, those beside the configuration too", async () => {
    using folder = new ConfigFolder({ "device-profiles/acme/pm-3.yaml": METER });
    const { code, output } = await run("list", "--config", folder.path);
    expect(code).toBe(0);
    expect(output).toMatch(/^acme\/pm-3 +3 {2}manual-only {2}Acme PM3, a meter$/mu);
    expect(output).toMatch(/^eastron\/sdm630 +\d+ {2}captured /mu);
  });

  test("list fits a terminal of 80 columns, and cuts no description short", async () => {
    const { output } = await run("list");
    expect(Math.max(...output.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(output.replaceAll(/\s+/gu, " ")).toContain(
      "Carlo Gavazzi EM340, three-phase energy meter for direct connection; the EM330 answers alike",
    );
  });

  test("list names a broken one on standard error and goes on", async () => {
    using folder = new ConfigFolder({ "device-profiles/acme/pm-3.yaml": "id: [" });
    const { code, output, errors } = await run("list", "--config", folder.path);
    expect(code).toBe(78);
    expect(output).toContain("eastron/sdm630");
    expect(errors).toContain("acme/pm-3.yaml:1:5");
  });

  test("verify names every problem with line and column", async () => {
    using folder = new ConfigFolder({});
    const file = join(folder.path, "loose.yaml");
    writeFileSync(file, METER.replace("unit: V", "unit: W").replace("metric: temperature", "metric: temprature"));
    const { code, output } = await run("verify", file);
    expect(code).toBe(78);
    expect(output).toContain("loose.yaml:7:58  points.voltage.unit\n  found W, expected");
    expect(output).toMatch(/loose\.yaml:8:\d+ {2}points\.temperature\.metric\n.*\n {2}Did you mean temperature\?/u);
    expect(output).toContain("2 problems to mend.");
  });

  test("verify of a sound one says where it belongs", async () => {
    using folder = new ConfigFolder({});
    const file = join(folder.path, "loose.yaml");
    writeFileSync(file, METER);
    const { code, output } = await run("verify", file);
    expect(code).toBe(0);
    expect(output).toContain(
      "is sound: acme/pm-3, 3 points.\nTo use it, put it beside tidegate.yaml as device-profiles/acme/pm-3.yaml",
    );
  });

  test("verify of a file that is not there says so", async () => {
    const { code, output } = await run("verify", "/nonexistent/meter.yaml");
    expect(code).toBe(78);
    expect(output).toContain("found no such file");
  });
});
