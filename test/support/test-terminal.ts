import type { Terminal } from "../../src/cli/commands.ts";
import { guardTerminal } from "../../src/cli/guarded-terminal.ts";

/** What a test does with a terminal. */
export interface TestTerminal extends Terminal {
  output(): string;
  errors(): string;
  /** Plays the signal that ends the process. */
  stop(): void;
  /** Plays SIGHUP. */
  hangUp(): void;
}

/** A terminal that keeps what was printed. */
export function createTestTerminal(): TestTerminal {
  let output = "";
  let errors = "";
  let listeners: Parameters<Terminal["onSignals"]>[0] = { stop: () => undefined };
  const terminal = guardTerminal({
    out: (text) => {
      output += text;
    },
    err: (text) => {
      errors += text;
    },
    onSignals: (given) => {
      listeners = given;
    },
    screenRows: () => undefined,
    isColoured: false,
  });
  return {
    ...terminal,
    output: () => output,
    errors: () => errors,
    stop: () => listeners.stop(),
    hangUp: () => (listeners.reload ?? listeners.stop)(),
  };
}
