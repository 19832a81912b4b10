import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TRIES = 3;

/**
 * Installs the packages of `test/peers/package.json` when they are not there as its lock file has them; gives undefined
 * when all are there, else why not.
 */
export function installNodePackages(secondsMax: number): string | undefined {
  const until = performance.now() + secondsMax * 1000;
  for (let tries = 0; !areInstalled(); tries += 1) {
    const milliseconds = until - performance.now();
    if (tries === TRIES || milliseconds <= 0) return `npm could not install test/peers in ${tries} tries`;
    npmCi(milliseconds);
  }
  return undefined;
}

/** Whether each package that is asked for is there in the version that is locked. */
function areInstalled(): boolean {
  const asked = Object.keys(readJson("package.json")?.dependencies ?? {});
  const locked = readJson("package-lock.json")?.packages ?? {};
  return asked.every((name) => {
    const folder = `node_modules/${name}`;
    return readJson(`${folder}/package.json`)?.version === locked[folder]?.version;
  });
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly packages?: Readonly<Record<string, { readonly version?: string }>>;
}

function readJson(path: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
  } catch {
    return undefined;
  }
}

/** Says what failed on standard error, where a log is read when a peer was skipped. */
function npmCi(milliseconds: number): void {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const run = spawnSync("npm", ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"], {
    encoding: "utf8",
    timeout: Math.max(1, Math.ceil(milliseconds)),
  });
  if (run.status !== 0) process.stderr.write(`npm ci --prefix ${folder}: ${run.error?.message ?? run.stderr}\n`);
}
