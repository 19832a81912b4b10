/** Where the configuration lies. */

import { dirname, join } from "node:path";
import { GatewayError } from "../model/errors.ts";
import { type Environment, processEnvironment } from "../platform/environment.ts";
import { pathKind } from "../platform/files.ts";
import { SHIPPED_PROFILES } from "./profiles.ts";

/** The main file and the folders beside it. */
export interface ConfigPlace {
  /** The `tidegate.yaml`. */
  readonly file: string;
  readonly confFolder: string;
  /** Holds the code of the user's own checks. */
  readonly checksFolder: string;
  /** Searched for device profiles in this order: the user's own come before those that are shipped. */
  readonly profileFolders: readonly string[];
}

/** What decides where to look. */
export interface FindOptions {
  /** The argument of `--config`: a folder or a file. */
  readonly config?: string | undefined;
  /** `TIDEGATE_CONFIG` of it says the same as `--config`; leaving it out means that of this process. */
  readonly environment?: Environment;
  /** Leaving it out means the folder the command was run in. */
  readonly workFolder?: string;
  /** Leaving it out means `/etc/tidegate`. */
  readonly systemFolder?: string;
}

const MAIN_FILE = "tidegate.yaml";

const EXAMPLE = `
  api_key: "YOUR_API_KEY"   # of your Datadog account
  site: datadoghq.com       # or datadoghq.eu, us3.datadoghq.com, ...
  hostname: press-hall      # how this gateway is called everywhere
  tags: ["site:berlin"]     # put on every reading`;

/**
 * Finds the configuration: `--config`, then `TIDEGATE_CONFIG`, then `./tidegate.yaml`, then
 * `/etc/tidegate/tidegate.yaml`. Who names a place means it: then nowhere else is looked.
 *
 * Errors: `CONFIG_NOT_FOUND`, which lists every place looked at and shows a file to start from.
 */
export function findConfig(options: FindOptions = {}): ConfigPlace {
  const { environment = processEnvironment() } = options;
  const named = options.config ?? environment["TIDEGATE_CONFIG"];
  const candidates =
    named !== undefined && named !== ""
      ? [pathKind(named) === "file" || /\.ya?ml$/u.test(named) ? named : join(named, MAIN_FILE)]
      : [join(options.workFolder ?? ".", MAIN_FILE), join(options.systemFolder ?? "/etc/tidegate", MAIN_FILE)];
  const file = candidates.find((candidate) => pathKind(candidate) === "file");
  if (file === undefined) {
    throw new GatewayError(
      "CONFIG_NOT_FOUND",
      `no configuration at ${candidates.join(" or ")}; say where it is by --config DIR, or write one there to start ` +
        `from:\n${EXAMPLE}`,
      { context: { places: candidates.join(", ") } },
    );
  }
  return placeOf(file);
}

/** Names the folders that belong to a main file. */
export function placeOf(file: string): ConfigPlace {
  const folder = dirname(file);
  return {
    file,
    confFolder: join(folder, "conf.d"),
    checksFolder: join(folder, "checks.d"),
    profileFolders: [join(folder, "device-profiles"), SHIPPED_PROFILES],
  };
}
