/** What Node has compiled, for the next start. `launch.js` says where it is kept. */

import { flushCompileCache } from "node:module";

/**
 * Writes what was compiled until now. Node does that when a process ends, and one that a power cut ends never does.
 * Where it cannot be written the next start takes longer, and nothing else.
 */
export function keepCompiled(): void {
  flushCompileCache();
}
