import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadConfig } from "../../src/config/load-config.ts";
import { placeOf } from "../../src/config/places.ts";
import { inputs } from "../../src/inputs/registry.ts";
import type { LoadedConfig } from "../../src/model/config.ts";
import { objectionsTo } from "./editor-objections.ts";

/** A main file without problems. */
export const PLAIN_MAIN = "api_key: abc\nhostname: press-hall\nrun_path: run\n";

/** What loading gives, with notices as their texts alone. */
export type LoadedFiles = Omit<LoadedConfig, "notices"> & { readonly notices: readonly string[] };

/** A folder of configuration on the disk, gone when its scope ends. */
export class ConfigFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "tidegate-config-"));
  readonly #files: Readonly<Record<string, string>>;

  /** `files` are texts by their path; without a `tidegate.yaml` among them there is a plain one. */
  constructor(files: Readonly<Record<string, string>>) {
    this.#files = { "tidegate.yaml": PLAIN_MAIN, ...files };
    for (const [name, text] of Object.entries(this.#files)) {
      const path = join(this.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }

  /**
   * Loads it with the real inputs; in what is found, the folder's own path is left out. Where nothing is wrong, an
   * editor must find nothing wrong either.
   */
  load(environment: Readonly<Record<string, string>> = {}): LoadedFiles {
    const { config, problems, notices, secrets } = loadConfig({
      place: placeOf(join(this.path, "tidegate.yaml")),
      inputs,
      environment: { HOME: this.path, ...environment },
    });
    const isOverlaid = Object.keys(environment).some((name) => /^(TIDEGATE|DD)_/u.test(name));
    if (problems.length === 0 && notices.length === 0 && !isOverlaid) {
      for (const [name, text] of Object.entries(this.#files)) assert.deepEqual(objectionsTo(name, text), [], name);
    }
    const strip = (text: string): string => text.replaceAll(`${this.path}/`, "");
    return {
      config,
      secrets,
      notices: notices.map(({ text }) => strip(text)),
      problems: problems.map((problem) => ({ ...problem, file: strip(problem.file), found: strip(problem.found) })),
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Loads files as a configuration once. */
export function loadFiles(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): LoadedFiles {
  using folder = new ConfigFolder(files);
  return folder.load(environment);
}
