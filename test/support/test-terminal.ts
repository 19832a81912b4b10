import type { Terminal } from "../../src/cli/commands.ts";
import { guardTerminal } from "../../src/cli/guarded-terminal.ts";
import type { ScreenSize } from "../../src/platform/screen.ts";

/** A screen of 80 columns and 24 rows that keeps what was drawn last. */
export interface TestScreen {
  readonly isOpen: boolean;
  text(): string;
  /** Plays the key that ends the watching. */
  quit(): void;
}

/** What a test does with a terminal. */
export interface TestTerminal extends Terminal {
  output(): string;
  errors(): string;
  /** Every screen that was opened. */
  readonly screens: readonly TestScreen[];
  /** Plays the signal that ends the process. */
  stop(): void;
  /** Plays SIGHUP. */
  hangUp(): void;
}

/** A terminal that keeps what was printed; on request it has a screen. */
export function createTestTerminal(hasScreen = false): TestTerminal {
  let output = "";
  let errors = "";
  let listeners: Parameters<Terminal["onSignals"]>[0] = { stop: () => undefined };
  const screens: TestScreen[] = [];
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
    openScreen: (onQuit) => (hasScreen ? openTestScreen(screens, onQuit) : undefined),
    isColoured: false,
  });
  return {
    ...terminal,
    output: () => output,
    errors: () => errors,
    screens,
    stop: () => listeners.stop(),
    hangUp: () => (listeners.reload ?? listeners.stop)(),
  };
}

function openTestScreen(screens: TestScreen[], quit: () => void) {
  let lines: readonly string[] = [];
  const screen = { isOpen: true, text: () => lines.join("\n"), quit };
  screens.push(screen);
  return {
    show: (layOut: (size: ScreenSize) => readonly string[]) => {
      lines = layOut({ columns: 80, rows: 24, page: 0 });
    },
    [Symbol.dispose]: () => {
      screen.isOpen = false;
    },
  };
}
