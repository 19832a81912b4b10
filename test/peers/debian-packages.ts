import { spawnSync } from "node:child_process";

const TRIES = 3;

let isListFresh = false;

/**
 * Installs what is missing of `packages`; gives undefined when all are there, else why not.
 *
 * Only root can install. Another installation that is under way is waited for.
 */
export function installPackages(packages: readonly string[], secondsMax: number): string | undefined {
  const until = performance.now() + secondsMax * 1000;
  for (const name of packages) {
    if (isInstalled(name)) continue;
    if (process.getuid?.() !== 0) return `${name} is not installed and only root can install it`;
    for (let tries = 0; !isInstalled(name); tries += 1) {
      const milliseconds = until - performance.now();
      if (tries === TRIES || milliseconds <= 0) return `${name} could not be installed in ${tries} tries`;
      if (!isListFresh) isListFresh = aptGet(["update"], milliseconds);
      aptGet(["install", "--yes", "--no-install-recommends", name], until - performance.now());
    }
  }
  return undefined;
}

function isInstalled(name: string): boolean {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills this in, not JavaScript.
  const query = spawnSync("dpkg-query", ["--show", "--showformat=${Status}", name], { encoding: "utf8" });
  return query.status === 0 && query.stdout === "install ok installed";
}

/** Says what failed on standard error, where a log is read when a peer was skipped. */
function aptGet(words: readonly string[], milliseconds: number): boolean {
  const run = spawnSync("apt-get", ["--quiet=2", "--option=DPkg::Lock::Timeout=120", ...words], {
    encoding: "utf8",
    timeout: Math.max(1, Math.ceil(milliseconds)),
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
  });
  const isDone = run.status === 0;
  if (!isDone) process.stderr.write(`apt-get ${words.join(" ")}: ${run.error?.message ?? run.stderr}\n`);
  return isDone;
}
