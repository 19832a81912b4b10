import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand, type Terminal } from "../../src/cli/commands.ts";
import { openLevelDatabase } from "../../src/platform/level-database.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { quarantineFor } from "../support/quarantine.ts";
import { createTestTerminal } from "../support/test-terminal.ts";

const MAIN = "api_key: abc\nhostname: hall-3\nrun_path: run\n";

describe("the gateway refuses to run", () => {
  test("where it could not keep its log, and says what to do", async () => {
    using folder = new ConfigFolder({ "tidegate.yaml": MAIN });
    writeFileSync(join(folder.path, "run"), "a file where the folder should be");
    const terminal = createTestTerminal();
    expect(await runCommand(["run", "--config", folder.path], terminal)).toBe(78);
    expect(terminal.errors()).toMatch(/run_path .*run is no folder, and the log is kept there.*or set run_path in/u);
  });

  test("on a log that a silent process has open, and says what to do", async () => {
    using folder = new ConfigFolder({ "tidegate.yaml": MAIN, "run/log/.keep": "" });
    const log = join(folder.path, "run/log");
    const database = await openLevelDatabase(log, quarantineFor(log));
    const terminal = createTestTerminal();
    expect(await runCommand(["run", "--config", folder.path], terminal)).toBe(75);
    expect(terminal.errors()).toMatch(/a gateway has the log in .* open already.* and does not answer.*end it/u);
    await database.close();
  });
});

describe("the gateway with nothing to poll", () => {
  test("runs, warns that it polls nothing, and ends when asked", async () => {
    using folder = new ConfigFolder({ "tidegate.yaml": MAIN });
    const terminal = createTestTerminal();
    const isListening = Promise.withResolvers<void>();
    const listening = {
      ...terminal,
      onSignals: (listeners: Parameters<Terminal["onSignals"]>[0]) => {
        terminal.onSignals(listeners);
        isListening.resolve();
      },
    };
    const running = runCommand(["run", "--config", folder.path, "--json"], listening);
    await isListening.promise;
    terminal.stop();
    expect(await running).toBe(0);
    expect(terminal.errors()).toMatch(/WARN +nothing is polled: no check runs/u);
    expect(JSON.parse(terminal.output())).toMatchObject({ schema: 1, instances: [] });
  });
});
