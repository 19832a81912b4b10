import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { watch } from "../../src/cli/watch.ts";
import { GatewayError } from "../../src/model/errors.ts";
import type { Status } from "../../src/model/status.ts";
import { seconds } from "../../src/model/time.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createTestTerminal } from "../support/test-terminal.ts";
import { TROUBLED } from "./troubled-status.ts";

const GONE = new GatewayError("GATEWAY_NOT_RUNNING", "No gateway answers.");

/** Watches a gateway whose answers the test changes as it goes. */
function startWatching(hasScreen: boolean) {
  const clock = new FakeClock();
  const terminal = createTestTerminal(hasScreen);
  const gateway: { answer: Status | GatewayError; asked: number } = { answer: TROUBLED, asked: 0 };
  const watching = watch(
    () => {
      gateway.asked += 1;
      return gateway.answer instanceof GatewayError ? Promise.reject(gateway.answer) : Promise.resolve(gateway.answer);
    },
    terminal,
    clock,
  );
  return { clock, terminal, gateway, watching };
}

describe("status --watch", () => {
  test("is refused together with --json", async () => {
    using folder = new ConfigFolder({});
    const terminal = createTestTerminal();
    expect(await runCommand(["status", "--watch", "--json", "--config", folder.path], terminal)).toBe(2);
    expect(terminal.errors()).toContain("leave out one of --watch and --json");
  });

  test("ends at once where no gateway runs, and leaves the screen alone", async () => {
    const terminal = createTestTerminal(true);
    await expect(watch(() => Promise.reject(GONE), terminal, new FakeClock())).rejects.toBe(GONE);
    expect(terminal.screens).toEqual([]);
  });

  test("draws each second until it is told to stop, and gives the screen back", async () => {
    const { clock, terminal, gateway, watching } = startWatching(true);
    await clock.advance(seconds(2));
    expect(gateway.asked).toBe(3);
    expect(terminal.screens[0]?.text()).toContain("Tidegate 0.1.0 on hall-3, up 1d 2h");
    terminal.stop();
    await watching;
    expect(clock.pending()).toEqual([]);
    expect(terminal.screens.map(({ isOpen }) => isOpen)).toEqual([false]);
    expect(terminal.output()).toBe("");
  });

  test("ends when someone quits on the screen", async () => {
    const { clock, terminal, watching } = startWatching(true);
    await clock.advance(seconds(1));
    terminal.screens[0]?.quit();
    await watching;
    expect(terminal.screens[0]?.isOpen).toBe(false);
  });

  test("goes on through a restart, says for how long nobody answers, and for a while that it was so", async () => {
    const { clock, terminal, gateway, watching } = startWatching(true);
    await clock.advance(seconds(1));
    gateway.answer = GONE;
    await clock.advance(seconds(13));
    const gone = terminal.screens[0]?.text();
    expect(gone).toContain("Note    No gateway answers. Silent for 12s; watching on, until it is back.");
    expect(gone).not.toContain("modbus:press");
    gateway.answer = { ...TROUBLED, pid: 4711 };
    await clock.advance(seconds(1));
    const back = terminal.screens[0]?.text();
    expect(back).toContain("no gateway answered for 13s until ");
    expect(back).toMatch(/it was\s+started anew, as process 4711/u);
    expect(back).toContain("modbus:press");
    await clock.advance(seconds(600));
    expect(terminal.screens[0]?.text()).not.toContain("no gateway answered");
    terminal.stop();
    await watching;
  });

  test("says that a gateway is starting or stopping", async () => {
    const { clock, terminal, gateway, watching } = startWatching(true);
    gateway.answer = { ...TROUBLED, running: false };
    await clock.advance(seconds(1));
    expect(terminal.screens[0]?.text()).toContain("Note    it is starting or stopping");
    terminal.stop();
    await watching;
  });

  test("prints a plain line every five seconds where there is no screen, and one when the gateway goes", async () => {
    const { clock, terminal, gateway, watching } = startWatching(false);
    await clock.advance(seconds(6));
    expect(terminal.output().split("\n")).toHaveLength(3);
    gateway.answer = GONE;
    await clock.advance(seconds(1));
    const lines = terminal.output().trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC Tidegate 0\.1\.0 on hall-3, up 1d 2h; Needs attention/u,
    );
    expect(lines[2]).toMatch(/No gateway answers\. Silent for 0s/u);
    expect(terminal.output()).not.toContain("\u001b");
    terminal.stop();
    await watching;
  });
});
