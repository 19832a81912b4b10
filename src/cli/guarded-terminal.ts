/** The terminal every command prints to: no secret that was read passes it. */

import { Scrubber } from "../telemetry/scrubber.ts";
import type { Terminal } from "./commands.ts";

/** Puts a scrubber before what prints. Shape: texts are whole lines, so that none is cut within a secret. */
export function guardTerminal(screen: Omit<Terminal, "scrubber">): Terminal {
  const scrubber = new Scrubber();
  return {
    ...screen,
    scrubber,
    out: (text) => screen.out(scrubber.scrub(text)),
    err: (text) => screen.err(scrubber.scrub(text)),
    openScreen: (onQuit) => {
      const opened = screen.openScreen(onQuit);
      return (
        opened && {
          show: (layOut) => opened.show((size) => layOut(size).map((line) => scrubber.scrub(line))),
          [Symbol.dispose]: () => opened[Symbol.dispose](),
        }
      );
    },
  };
}
