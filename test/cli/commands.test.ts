import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/commands.ts";
import { createTestTerminal } from "../support/test-terminal.ts";

describe("the command line", () => {
  test("answers an unknown command with what there is, and exit code 2", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["stauts"], terminal)).toBe(2);
    expect(terminal.errors()).toMatch(/there is no command "stauts"\. Did you mean `tidegate status`\?.*configcheck/su);
  });

  test.each(["constructor", "toString", "__proto__"])("knows no command %s, whatever objects inherit", async (name) => {
    const terminal = createTestTerminal();
    expect(await runCommand([name], terminal)).toBe(2);
    expect(terminal.errors()).toContain(`there is no command "${name}".`);
  });

  test("answers an unknown option with the usage of that command, and exit code 2", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["status", "--jsn"], terminal)).toBe(2);
    expect(terminal.errors()).toMatch(/--jsn.*usage: tidegate status \[--watch\] \[--config DIR\] \[--json\]/su);
  });

  test("answers a missing name with what was expected, and exit code 2", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["check"], terminal)).toBe(2);
    expect(terminal.errors()).toContain("expected 1 word, found none.");
  });

  test("without any words prints the usage, and exit code 2", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand([], terminal)).toBe(2);
    expect(terminal.output()).toContain("usage: tidegate COMMAND");
    expect(
      Math.max(
        ...terminal
          .output()
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(90);
  });

  test("explains a command that is asked for help", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["check", "--help"], terminal)).toBe(0);
    expect(terminal.output()).toContain("usage: tidegate check NAME");
  });

  test("prints its version, and for each native part whether it loads", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["version", "--json"], terminal)).toBe(0);
    expect(JSON.parse(terminal.output())).toMatchObject({ schema: 1, native_parts: [{ name: "onoff" }] });
  });

  test("without a configuration names every place it looked at, and exit code 78", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["configcheck", "--config", "/nonexistent/plant"], terminal)).toBe(78);
    expect(terminal.errors()).toContain("/nonexistent/plant");
  });
});
