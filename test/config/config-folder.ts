import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadConfig } from "../../src/config/load-config.ts";
import { placeOf } from "../../src/config/places.ts";
import { inputs } from "../../src/inputs/registry.ts";
import type { LoadedConfig } from "../../src/model/config.ts";

/** A main file without problems. */
export const PLAIN_MAIN = "api_key: abc\nhostname: press-hall\nrun_path: run\n";

/** A folder of configuration on the disk, gone when its scope ends. */
export class ConfigFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "tidegate-config-"));

  /** `files` are texts by their path; without a `tidegate.yaml` among them there is a plain one. */
  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries({ "tidegate.yaml": PLAIN_MAIN, ...files })) {
      const path = join(this.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }

  /** Loads it with the real inputs; in what is found, the folder's own path is left out. */
  load(environment: Readonly<Record<string, string>> = {}): LoadedConfig {
    const { config, problems, notices, secrets } = loadConfig({
      place: placeOf(join(this.path, "tidegate.yaml")),
      inputs,
      environment: { HOME: this.path, ...environment },
    });
    const strip = (text: string): string => text.replaceAll(`${this.path}/`, "");
    return {
      config,
      secrets,
      notices: notices.map(strip),
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
): LoadedConfig {
  using folder = new ConfigFolder(files);
  return folder.load(environment);
}
