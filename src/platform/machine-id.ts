/** What tells this machine from others, also from those that run the same image. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Makes hexadecimal digits that are the same after each start, and others on each machine. `words` say what for.
 *
 * Source: machine-id(5), which asks that the id itself is never shown.
 */
export function machineDigest(words: readonly string[]): string {
  return createHash("sha256")
    .update([machineId(), ...words].join("\n"))
    .digest("hex");
}

/** The id that the system gave itself when it was installed; its name where it has none. */
function machineId(): string {
  try {
    const id = readFileSync("/etc/machine-id", "utf8").trim();
    if (/^[\da-f]{32}$/u.test(id)) return id;
  } catch {
    // A container may have none.
  }
  return hostname();
}
