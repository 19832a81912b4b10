import type { Terminal } from "../../src/cli/commands.ts";

/** A terminal that keeps what was printed; `stop` plays the signal that ends the process. */
export function createTestTerminal(): Terminal & { output(): string; errors(): string; stop(): void } {
  let output = "";
  let errors = "";
  let listener: () => void = () => undefined;
  return {
    out: (text) => {
      output += text;
    },
    err: (text) => {
      errors += text;
    },
    onStopSignal: (given) => {
      listener = given;
    },
    screenRows: () => undefined,
    isColoured: false,
    output: () => output,
    errors: () => errors,
    stop: () => listener(),
  };
}
