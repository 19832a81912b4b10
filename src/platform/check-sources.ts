/**
 * The files that the process of a check begins with, as JavaScript. Node takes types away by itself, yet what does that
 * stays in memory afterwards, twelve megabytes in every process: so it is done beforehand, in one that ends.
 */

import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Texts of JavaScript by the addresses of their files. */
export type CheckSources = Readonly<Record<string, string>>;

/** What ships is compiled. */
const IS_COMPILED = !import.meta.url.endsWith(".ts");

/** Where the process begins. */
export const WORKER_URL: string = urlOf(new URL("./check-worker.ts", import.meta.url));

/** What `tidegate/check` stands for. */
export const CHECK_URL: string = urlOf(new URL("./check-class.ts", import.meta.url));

/** What the process loads of the gateway. */
const OWN = [
  ...["check-worker", "check-class", "check-report", "check-notebook", "check-clock", "check-words"],
  "describe-check-error",
];

/** Prints the texts of the files it is given; what has no types to take away, or is wrong, it leaves out. */
const STRIP = `
const { readFileSync } = process.getBuiltinModule("node:fs");
const { stripTypeScriptTypes } = process.getBuiltinModule("node:module");
const { pathToFileURL } = process.getBuiltinModule("node:url");
const sources = {};
for (const path of JSON.parse(readFileSync(0, "utf8"))) {
  try { sources[pathToFileURL(path).href] = stripTypeScriptTypes(readFileSync(path, "utf8")); } catch {}
}
process.stdout.write(JSON.stringify(sources));
`;

const TEXT_BYTES_MAX = 64 * 1024 * 1024;

/** The texts of the gateway's own files and of those of checks, each made once while its file stays as it is. */
export class SourceShelf {
  #own: Promise<CheckSources> | undefined;
  readonly #users = new Map<string, { readonly stamp: string; readonly sources: Promise<CheckSources> }>();

  /** Gives what the process of a check begins with. Where something is wrong with its file, Node says so itself. */
  async of(file: string): Promise<CheckSources> {
    this.#own ??= IS_COMPILED ? Promise.resolve({}) : strip(OWN.map(pathOf));
    return { ...(await this.#own), ...(await this.#ofUser(file)) };
  }

  async #ofUser(file: string): Promise<CheckSources> {
    if (!/\.m?ts$/u.test(file)) return {};
    const found = await stat(file).catch(() => undefined);
    const stamp = found === undefined ? "" : `${found.mtimeMs} ${found.size} ${found.ino}`;
    const known = this.#users.get(file);
    if (known?.stamp === stamp) return await known.sources;
    const sources = strip([resolve(file)]);
    this.#users.set(file, { stamp, sources });
    return await sources;
  }
}

function urlOf({ href }: URL): string {
  return IS_COMPILED ? href.replace(/\.ts$/u, ".js") : href;
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
}

/** What cannot be done here, Node does in the process of the check, which then takes more memory. */
async function strip(paths: readonly string[]): Promise<CheckSources> {
  const { promise, resolve: hear } = Promise.withResolvers<CheckSources>();
  const flags = ["--disable-warning=ExperimentalWarning", "-e", STRIP];
  const child = execFile(process.execPath, flags, { env: {}, maxBuffer: TEXT_BYTES_MAX }, (error, stdout) => {
    hear(error === null ? (JSON.parse(stdout) as CheckSources) : {});
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(JSON.stringify(paths));
  return await promise;
}
