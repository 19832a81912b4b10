import type { Terminal } from "../../src/cli/commands.ts";

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
  return {
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
    output: () => output,
    errors: () => errors,
    stop: () => listeners.stop(),
    hangUp: () => (listeners.reload ?? listeners.stop)(),
  };
}
