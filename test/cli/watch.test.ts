import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { watch } from "../../src/cli/status.ts";
import { formatWatch } from "../../src/cli/watch-layout.ts";
import { GatewayError } from "../../src/model/errors.ts";
import { seconds } from "../../src/model/time.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createTestTerminal } from "../support/test-terminal.ts";
import { TROUBLED } from "./troubled-status.ts";

const GONE = new GatewayError("GATEWAY_NOT_RUNNING", "No gateway answers.");

describe("status --watch", () => {
  test("is refused where nothing can be redrawn", async () => {
    using folder = new ConfigFolder({});
    const terminal = createTestTerminal();
    expect(await runCommand(["status", "--watch", "--config", folder.path], terminal)).toBe(2);
    expect(terminal.errors()).toContain("--watch redraws a screen");
  });

  test("fits into 80 columns, whatever a fault says", async () => {
    const text = formatWatch(TROUBLED);
    await expect(text).toMatchFileSnapshot("../golden/cli/watch.txt");
    const long = { ...TROUBLED, intakes: TROUBLED.intakes.map((one) => ({ ...one, reason: "x".repeat(200) })) };
    expect(
      Math.max(
        ...formatWatch(long)
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBe(80);
  });

  test("never takes more rows than the screen has, and shows trouble first", () => {
    const lines = formatWatch(TROUBLED, 10).split("\n");
    expect(lines).toHaveLength(10);
    expect(lines.at(-2)).toBe("…");
    expect(lines.join("\n")).toContain("modbus:press [CRITICAL]");
  });

  test("draws each second until it is told to stop", async () => {
    const clock = new FakeClock();
    const terminal = createTestTerminal();
    let asked = 0;
    const watching = watch(
      () => {
        asked += 1;
        return Promise.resolve(TROUBLED);
      },
      terminal,
      clock,
    );
    await clock.advance(seconds(2));
    expect(asked).toBe(3);
    terminal.stop();
    await watching;
    expect(clock.pending()).toEqual([]);
  });

  test("ends at once where no gateway runs, and waits for one that went away", async () => {
    const clock = new FakeClock();
    await expect(watch(() => Promise.reject(GONE), createTestTerminal(), clock)).rejects.toBe(GONE);

    const terminal = createTestTerminal();
    const isThere = [true, false];
    const watching = watch(
      () => (isThere.shift() === false ? Promise.reject(GONE) : Promise.resolve(TROUBLED)),
      terminal,
      clock,
    );
    await clock.advance(seconds(1));
    expect(terminal.output()).toMatch(/No gateway answers\.\S*\nWaiting for it/u);
    await clock.advance(seconds(1));
    expect(terminal.output().lastIndexOf("hall-3")).toBeGreaterThan(terminal.output().indexOf("Waiting for it"));
    terminal.stop();
    await watching;
  });
});
