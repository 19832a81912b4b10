#!/usr/bin/env node
// Starts the gateway on a Node that can run it. This file is plain JavaScript for any Node, because it is what an old
// one meets first: it hands over to the Node that came with `npm ci` where there is one, and says what to do where not.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;
const here = fileURLToPath(import.meta.url);

if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) {
  // What Node has compiled is kept for the next start. Where that cannot be, the start takes longer and nothing else.
  const cache = findCacheFolder(process.env);
  if (cache !== undefined) module.enableCompileCache(cache);
  // A checkout runs its sources; what ships has only `dist`.
  const sources = new URL("./main.ts", import.meta.url);
  await import(existsSync(sources) ? sources.href : new URL("../dist/src/main.js", import.meta.url).href);
} else {
  const node = findBundledNode();
  if (node === undefined) {
    process.stderr.write(
      `tidegate needs Node ${NODE_MAJOR_MIN} or newer and this is ${process.version} on ${process.platform}-${process.arch}.\n` +
        "On 64-bit Linux `npm ci` brings the right one along; run it again without --omit=optional.\n",
    );
    process.exitCode = 1;
  } else {
    const terminals = [0, 1, 2].filter((stream) => isatty(stream));
    const child = spawn(node, [here, ...process.argv.slice(2)], { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.on("exit", (code, signal) => {
      process.exitCode = code ?? (signal === null ? 1 : 128);
      if (terminals.every((stream) => isatty(stream))) return;
      // Old Nodes put the terminal back in order as they end, and abort with a core dump where it is gone. A hang-up,
      // which is what has happened, ends them before that.
      process.removeAllListeners("SIGHUP");
      process.kill(process.pid, "SIGHUP");
    });
  }
}

function findBundledNode() {
  try {
    return module.createRequire(import.meta.url).resolve(`node-linux-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

// Never in a temporary folder that all users share: another user could put there what this one then runs.
function findCacheFolder(environment) {
  const { CACHE_DIRECTORY: ofService, XDG_CACHE_HOME: ofUser, HOME: home } = environment;
  if (ofService) return ofService.split(":")[0];
  if (ofUser?.startsWith("/")) return join(ofUser, "tidegate");
  return home?.startsWith("/") ? join(home, ".cache/tidegate") : undefined;
}
