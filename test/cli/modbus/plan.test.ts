import { describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";

async function plan(instances: readonly string[], ...words: string[]) {
  const text = `instances:\n${instances.map((instance) => `  - { ${instance} }\n`).join("")}`;
  using folder = new ConfigFolder({ "conf.d/modbus.yaml": text });
  const terminal = createTestTerminal();
  const exit = await runCommand(["modbus", ...words, "--config", folder.path], terminal);
  return { exit, text: terminal.output(), errors: terminal.errors() };
}

const LINE = "serial: /dev/ttyAMA0, profile: eastron/sdm630";

describe("modbus plan", () => {
  test("is the only word that is known, and asked for where it is missing", async () => {
    for (const [words, found] of [
      [[], "nothing"],
      [["paln"], '"paln"'],
    ] as const) {
      const terminal = createTestTerminal();
      expect(await runCommand(["modbus", ...words], terminal)).toBe(2);
      expect(terminal.errors()).toContain(`expected plan, accept, read, scan, probe, discover, found ${found}.`);
    }
  });

  test("of an instance or a check that is not there names those that are", async () => {
    expect((await plan([`${LINE}, name: main`], "plan", "--instance", "nain")).errors).toContain("0 main");
    expect((await plan([LINE], "plan", "knx")).errors).toContain("Configured: modbus.");
  });

  test("lists the requests of each instance, and how busy each bus is", async () => {
    const { exit, text } = await plan(
      [
        `${LINE}, unit: 1, name: main, min_collection_interval: 5`,
        `${LINE}, unit: 2, name: deep, max_gap: 60, min_collection_interval: 10`,
        "host: 10.0.0.7, profile: tidegate/press, name: press",
      ],
      "plan",
    );
    expect(exit).toBe(0);
    await expect(text).toMatchFileSnapshot("../../golden/cli/modbus-plan.txt");
  });

  test("says of a poll that takes longer than its interval what it needs, with exit code 1", async () => {
    const { exit, text } = await plan([`${LINE}, baud: 1200, min_collection_interval: 1`], "plan");
    expect(exit).toBe(1);
    expect(text).toMatch(/^Warning: On serial:\/\/\/dev\/ttyAMA0 your 1 s poll needs 1\.\d+ s\. Poll less often/mu);
  });

  test("counts the other instances on the bus against the one that it is asked for", async () => {
    const crowd = [1, 2, 3, 4, 5].map((unit) => `${LINE}, unit: ${unit}, name: m${unit}, min_collection_interval: 1`);
    const { exit, text } = await plan(crowd, "plan", "modbus", "--instance", "m2");
    expect(exit).toBe(1);
    expect(text).toContain("Warning: Your 1 s poll needs 1.18 s with all that is polled on serial:///dev/ttyAMA0.");
    expect(text).toContain("modbus:m2, every 1 s: 3 requests");
    expect(text).not.toContain("modbus:m1");
  });

  test("lists once what several instances of a unit read together, whichever of them is asked for", async () => {
    const both = [`${LINE}, unit: 1, name: main`, `${LINE}, unit: 1, name: twin`, `${LINE}, unit: 2, name: other`];
    const { text } = await plan(both, "plan", "--instance", "twin");
    expect(text).toContain("modbus:main and modbus:twin together, every 15 s: 3 requests");
    expect(text).not.toContain("modbus:other");
  });

  test("--json tells the same", async () => {
    const probe = "host: h, profile: xy/md02, name: probe, points: { humidity: { min_collection_interval: 1 } }";
    const { text } = await plan([probe], "plan", "--json");
    const { schema, buses } = JSON.parse(text);
    expect(schema).toBe(1);
    expect(buses).toMatchObject([
      { bus: "tcp://h:502", complaint: null, polls: [{ interval_s: 1 }, { interval_s: 15 }] },
    ]);
    expect(buses[0].polls[0]).toMatchObject({
      instance: "modbus:probe",
      requests: 1,
      registers: 1,
      bits: 0,
      bytes: 23,
    });
    expect(buses[0].polls[0].reads).toMatchObject([{ table: "input-register", count: 1, points: 1 }]);
    expect(buses[0].utilisation).toBeCloseTo(0.011 + 0.011 / 15, 3);
  });
});
