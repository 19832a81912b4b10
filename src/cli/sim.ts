/** `tidegate sim`: the plant. The simulator is a program of its own, loaded only here. */

import type { Command } from "./commands.ts";
import { formatLiveLine, layOutLive } from "./live-layout.ts";
import { paint } from "./paint.ts";

/** Runs the plant, drawn as any gateway is, and gives its exit code. Errors: `CLI_USAGE`, `GATEWAY_RUNNING`. */
export const runSim: Command = async (argv, terminal) => {
  const { simulate } = await import("../../hardware-sim/main.ts");
  return simulate(argv, {
    formatLine: formatLiveLine,
    out: (text) => terminal.out(text),
    err: (text) => terminal.err(text),
    openScreen: (onQuit) => {
      const screen = terminal.openScreen(onQuit);
      return (
        screen && {
          draw: (view) => screen.show((size) => layOutLive(view, size).map((line) => paint(line, terminal))),
          [Symbol.dispose]: () => screen[Symbol.dispose](),
        }
      );
    },
  });
};
