import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { runCommand } from "../../src/cli/commands.ts";
import { createTestTerminal } from "../support/test-terminal.ts";

async function scriptFor(shell: string): Promise<string> {
  const terminal = createTestTerminal();
  expect(await runCommand(["completion", shell], terminal)).toBe(0);
  return terminal.output();
}

/** What bash offers for a line whose last word is being typed. */
async function offersOf(...words: string[]): Promise<string[]> {
  const ask = `${await scriptFor("bash")}
COMP_WORDS=(tidegate ${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length}
_tidegate
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", ask], { encoding: "utf8" }).trim().split("\n");
}

describe("completion", () => {
  test("for a shell that is not known names those that are", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["completion", "constructor"], terminal)).toBe(2);
    expect(terminal.errors()).toContain('expected bash, zsh, fish, found "constructor".');
  });

  test("in bash offers every command, and of one its options", async () => {
    expect(await offersOf("")).toEqual([...Object.keys(COMMANDS), "help"]);
    expect(await offersOf("conf")).toEqual(["configcheck"]);
    expect(await offersOf("check", "modbus", "--c")).toEqual(["--check-rate", "--config"]);
    expect(await offersOf("profiles", "v")).toEqual(["verify"]);
  });

  test.each(["zsh", "fish"])("in %s names every command", async (shell) => {
    const script = await scriptFor(shell);
    for (const name of Object.keys(COMMANDS)) expect(script).toMatch(new RegExp(`['( ]${name}[:) ]`, "u"));
  });
});
