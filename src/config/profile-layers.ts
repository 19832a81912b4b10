/** A profile together with the parts it extends: the files from the most general to the most particular. */

import { join } from "node:path";
import type { ConfigProblem } from "../model/config.ts";
import { listFolder, pathKind } from "../platform/files.ts";
import { didYouMean } from "./did-you-mean.ts";
import { problemAt } from "./problems.ts";
import type { ReadProfileFile } from "./profile-file.ts";
import type { Path, YamlFile } from "./yaml-file.ts";

/** Parts that any vendor's profiles may extend. */
const PARTS_FOLDER = "_parts";

/** What layers need of the keys of a file. */
export interface LayerKeys {
  readonly extends?: readonly string[] | undefined;
  readonly points?: Readonly<Record<string, object>> | undefined;
}

/** One file and what it says. */
export interface Layer<Keys> {
  readonly yaml: YamlFile;
  readonly keys: Keys;
}

/** What a file says of one point. */
export type PointKeysOf<Keys extends LayerKeys> = NonNullable<Keys["points"]>[string];

/** The files a profile is made of, and what the later say over the earlier. */
export class ProfileLayers<Keys extends LayerKeys> {
  readonly #files: readonly Layer<Keys>[];

  /** `files` goes from the most general to the profile itself. */
  constructor(files: readonly Layer<Keys>[]) {
    this.#files = files;
  }

  /** Finds what the most particular file that has `key` says. */
  get<Key extends keyof Keys>(key: Key): Keys[Key] | undefined {
    return this.#files.findLast(({ keys }) => keys[key] !== undefined)?.keys[key];
  }

  /** Finds what the most particular file that has `key` of this point says. */
  getOfPoint<Key extends keyof PointKeysOf<Keys>>(point: string, key: Key): PointKeysOf<Keys>[Key] | undefined {
    const said = this.#files.map(({ keys }) => keys.points?.[point] as PointKeysOf<Keys> | undefined);
    return said.findLast((keys) => keys?.[key] !== undefined)?.[key];
  }

  /** Names every point of every layer, each once; those of the profile itself come first, as it has them. */
  pointNames(): readonly string[] {
    return [...new Set(this.#files.toReversed().flatMap(({ keys }) => Object.keys(keys.points ?? {})))];
  }

  /** Says whether the profile itself names the point, not only a part it extends. */
  isOwnPoint(point: string): boolean {
    return this.#files.at(-1)?.keys.points?.[point] !== undefined;
  }

  /** Finds the file that is to blame for what stands at `path`: the most particular one that has it. */
  fileWith(path: Path): YamlFile | undefined {
    const holder = this.#files.findLast(({ keys }) => valueAt(keys, path) !== undefined);
    return (holder ?? this.#files.at(-1))?.yaml;
  }
}

/** Reads a profile and everything it extends. */
export function readLayers<Keys extends LayerKeys>(
  vendor: string,
  path: string,
  folders: readonly string[],
  readFile: (path: string) => ReadProfileFile<Keys>,
): { readonly layers: ProfileLayers<Keys>; readonly problems: readonly ConfigProblem[] } {
  const files: Layer<Keys>[] = [];
  const problems: ConfigProblem[] = [];

  const seen = new Set<string>();
  const descend = (place: string, above: readonly string[]): void => {
    if (seen.has(place)) return;
    seen.add(place);
    const read = readFile(place);
    problems.push(...read.problems);
    if (read.profileFile === undefined) return;
    for (const [index, part] of (read.profileFile.keys.extends ?? []).entries()) {
      const partPath = findPart(part, vendor, folders);
      const complaint = complainOfPart(part, partPath, [...above, place], vendor, folders);
      if (complaint !== undefined) problems.push(problemAt(read.profileFile.yaml, ["extends", index], complaint));
      else if (partPath !== undefined) descend(partPath, [...above, place]);
    }
    files.push(read.profileFile);
  };

  descend(path, []);
  return { layers: new ProfileLayers(files), problems };
}

function complainOfPart(
  part: string,
  path: string | undefined,
  above: readonly string[],
  vendor: string,
  folders: readonly string[],
): { found: string; expected: string; hint: string } | undefined {
  const expected = "a part such as _three-phase-meter";
  if (path === undefined) {
    const near = didYouMean(part, listParts(vendor, folders));
    const hint = near === undefined ? `Parts lie beside the profile, or in ${PARTS_FOLDER}.` : `Did you mean ${near}?`;
    return { found: `"${part}", which is not there`, expected, hint };
  }
  if (above.includes(path)) {
    return { found: `"${part}", which extends this file in turn`, expected, hint: "Take one of the two out." };
  }
  return undefined;
}

function findPart(part: string, vendor: string, folders: readonly string[]): string | undefined {
  if (!/^([a-z\d-]+\/)?_[a-z\d-]+$/u.test(part)) return undefined;
  const places = part.includes("/") ? [part] : [join(vendor, part), join(PARTS_FOLDER, part)];
  return folders
    .flatMap((folder) => places.map((place) => join(folder, `${place}.yaml`)))
    .find((path) => pathKind(path) === "file");
}

function listParts(vendor: string, folders: readonly string[]): readonly string[] {
  return folders
    .flatMap((folder) => [join(folder, vendor), join(folder, PARTS_FOLDER)])
    .flatMap((folder) => listFolder(folder).entries)
    .filter(({ name }) => name.startsWith("_") && name.endsWith(".yaml"))
    .map(({ name }) => name.slice(0, -".yaml".length));
}

function valueAt(keys: unknown, path: Path): unknown {
  let value = keys;
  for (const part of path) value = (value as Readonly<Record<string, unknown>> | undefined)?.[part];
  return value;
}
