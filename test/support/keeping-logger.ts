import type { Logger } from "../../src/telemetry/logger.ts";

/** A logger that keeps what was said, for tests that read it. */
export function createKeepingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (level: string) => (what: string) => {
    lines.push(`${level} ${what}`);
  };
  return { lines, debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
}
