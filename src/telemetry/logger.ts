/** What the gateway says on standard error: one line per fact, for the journal and for a person. */

import { LOG_LEVELS, type LogLevel } from "../model/config.ts";
import type { Clock } from "../model/time.ts";

/** Facts beside the sentence. Never a key, a password or a header. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Says things at a level. `what` is a whole sentence; `fields` are the same facts for machines. */
export interface Logger {
  debug(what: string, fields?: LogFields): void;
  info(what: string, fields?: LogFields): void;
  warn(what: string, fields?: LogFields): void;
  error(what: string, fields?: LogFields): void;
}

/** Makes a logger that writes lines of `level` and above: moment, level, sentence, then `key=value` facts. */
export function createLogger(clock: Clock, level: LogLevel, write: (line: string) => void): Logger {
  const from = LOG_LEVELS.indexOf(level);
  const sayAt =
    (name: LogLevel) =>
    (what: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(name) < from) return;
      let line = `${new Date(clock.now()).toISOString()} ${name.toUpperCase().padEnd(5)} ${what}`;
      for (const [key, value] of Object.entries(fields)) {
        if (value !== undefined) line += ` ${key}=${formatField(value)}`;
      }
      write(line);
    };
  return { debug: sayAt("debug"), info: sayAt("info"), warn: sayAt("warn"), error: sayAt("error") };
}

function formatField(value: string | number | boolean): string {
  return typeof value === "string" && /[\s"=]/u.test(value) ? JSON.stringify(value) : String(value);
}
