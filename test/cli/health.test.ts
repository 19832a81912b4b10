import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { formatHealth, toHealth } from "../../src/cli/health.ts";
import { serveControl } from "../../src/platform/control-socket.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { createTestTerminal } from "../support/test-terminal.ts";
import { TROUBLED } from "./troubled-status.ts";

describe("health", () => {
  test("of a gateway that does not run says how to start it, with exit code 69", async () => {
    using folder = new ConfigFolder({});
    const terminal = createTestTerminal();
    expect(await runCommand(["health", "--config", folder.path], terminal)).toBe(69);
    expect(terminal.errors()).toContain("start one with `tidegate run`");
  });

  test("names what is not well and why, with exit code 1", async () => {
    using folder = new ConfigFolder({});
    const { config } = folder.load();

    mkdirSync(config?.runPath ?? "", { recursive: true });
    await using _gateway = await serveControl(config?.runPath ?? "", () => Promise.resolve(TROUBLED));
    const terminal = createTestTerminal();
    expect(await runCommand(["health", "--config", folder.path], terminal)).toBe(1);
    await expect(terminal.output()).toMatchFileSnapshot("../golden/cli/health.txt");
  });

  test("passes when every part is well, a device that only warns included", () => {
    const instances = TROUBLED.instances.map((one) => ({ ...one, state: "WARNING" as const }));
    const intakes = TROUBLED.intakes.map((one) => ({ ...one, state: "delivering" as const, reason: "" }));
    const health = toHealth({ ...TROUBLED, instances, intakes });
    expect(formatHealth(health)).toBe(
      "Gateway health: PASS\n=== 5 healthy components ===\n" +
        "gateway, collector:modbus:main-meter, collector:modbus:press, log, intake:datadog\n",
    );
  });

  test("fails for a log that cannot be written", () => {
    const log = { ...TROUBLED.log, failure: "no room on the disk" };
    expect(toHealth({ ...TROUBLED, log }).unhealthy).toContainEqual({
      component: "log",
      reason: "no room on the disk. The log cannot be written; 29 samples are in memory only.",
    });
  });
});

test("hostname prints the name that readings are sent under", async () => {
  using folder = new ConfigFolder({});
  const terminal = createTestTerminal();
  expect(await runCommand(["hostname", "--config", folder.path], terminal)).toBe(0);
  expect(terminal.output()).toBe("press-hall\n");
});
