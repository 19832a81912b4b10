/**
 * Device profiles from folders of `VENDOR/MODEL.yaml`.
 *
 * A file whose name begins with an underscore is a part: it is no profile by itself, others extend it. Folders are
 * searched in order, so a user's own profile takes the place of a shipped one of the same id. Word order is written
 * `high-word-first` or `low-word-first`, byte order `high-byte-first` or `low-byte-first`, and in no other way.
 */

import { basename, dirname, join } from "node:path";
import type { ConfigProblem } from "../model/config.ts";
import {
  type Profile,
  type ProfileParam,
  pointEnd,
  type RegisterSpan,
  type Source,
  type TrustLevel,
} from "../model/profile.ts";
import { listFolder, pathKind } from "../platform/files.ts";
import { packageRoot } from "../platform/package-root.ts";
import { type Complaint, problemAt, sortProblems } from "./problems.ts";
import type { ProfileKeys } from "./profile-file.ts";
import { buildIdentity } from "./profile-identity.ts";
import { type ProfileLayers, readLayers } from "./profile-layers.ts";
import { buildPoints } from "./profile-points.ts";

/** The folder of the profiles that come with the gateway. */
export const SHIPPED_PROFILES: string = join(packageRoot(), "device-profiles");

/** One profile, or everything that is wrong with it. */
export interface LoadedProfile {
  readonly profile: Profile | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** All profiles that are sound, and every problem of the others. */
export interface LoadedProfiles {
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly problems: readonly ConfigProblem[];
}

/** Lists the ids of all profiles, sorted, without reading them. */
export function listProfileIds(folders: readonly string[]): readonly string[] {
  const ids = new Set<string>();
  for (const folder of folders) {
    for (const vendor of listFolder(folder).entries) {
      if (vendor.kind !== "folder" || vendor.name.startsWith("_")) continue;
      for (const { name } of listFolder(join(folder, vendor.name)).entries) {
        if (name.endsWith(".yaml") && !name.startsWith("_"))
          ids.add(`${vendor.name}/${name.slice(0, -".yaml".length)}`);
      }
    }
  }
  return [...ids].sort();
}

/** Loads every profile. A small board takes seconds to parse them all: use `loadProfile` where a few will do. */
export function loadProfiles(folders: readonly string[]): LoadedProfiles {
  const profiles = new Map<string, Profile>();
  const problems: ConfigProblem[] = [];
  for (const id of listProfileIds(folders)) {
    const loaded = loadProfile(id, folders);
    if (loaded?.profile !== undefined) profiles.set(id, loaded.profile);
    problems.push(...(loaded?.problems ?? []));
  }
  return { profiles, problems: sortProblems(problems) };
}

/** Loads one profile by its id; undefined when no folder has it. */
export function loadProfile(id: string, folders: readonly string[]): LoadedProfile | undefined {
  const [, vendor, model] = /^([a-z\d][a-z\d-]*)\/([a-z\d][a-z\d-]*)$/u.exec(id) ?? [];
  if (vendor === undefined || model === undefined) return undefined;
  const path = folders
    .map((folder) => join(folder, vendor, `${model}.yaml`))
    .find((candidate) => pathKind(candidate) === "file");
  if (path === undefined) return undefined;

  const { layers, problems } = readLayers(vendor, path, folders);
  if (problems.length > 0) return { profile: undefined, problems };
  return buildProfile(id, layers);
}

/** Loads the profile in one file, wherever that lies; its id is then what it says itself. */
export function loadProfileFile(path: string, folders: readonly string[]): LoadedProfile {
  const { layers, problems } = readLayers(basename(dirname(path)), path, folders);
  if (problems.length > 0) return { profile: undefined, problems };
  return buildProfile(layers.get("id") ?? "vendor/model", layers);
}

function buildProfile(id: string, layers: ProfileLayers): LoadedProfile {
  const { points, problems: pointProblems } = buildPoints(layers);
  const problems = [...pointProblems];
  const complain = (key: string, complaint: Complaint): void => {
    const file = layers.fileWith([key]);
    if (file !== undefined) problems.push(problemAt(file, [key], complaint));
  };

  const source = layers.get("source");
  const description = layers.get("description");
  const protocol = layers.get("protocol");
  const ownId = layers.get("id");
  if (ownId !== id) {
    const found = ownId === undefined ? "no id" : `"${ownId}"`;
    complain("id", { found, expected: id, hint: "The id is the path of the file: VENDOR/MODEL." });
  }
  if (description === undefined) {
    complain("description", { found: "no description", expected: "what the device is, in a few words", hint: "" });
  }
  if (source === undefined) {
    const hint = "Name the manual the registers were read from, so that others can check them.";
    complain("source", { found: "no source", expected: "title, and edition or url", hint });
  }
  if (protocol === undefined) {
    complain("protocol", { found: "no protocol", expected: "modbus", hint: "Add a line `protocol: modbus`." });
  }
  const trust = layers.get("trust") ?? "manual-only";
  const confirmedBy = layers.get("confirmed_by");
  checkTrust(trust, confirmedBy !== undefined, complain);
  const params = toParams(layers.get("params") ?? {});
  const askew = Object.entries(params).find(
    ([, { default: value, min = value, max = value }]) => value < min || value > max,
  );
  if (askew !== undefined) {
    const hint = "Correct the limits, or the default.";
    complain("params", { found: `a default of ${askew[0]} beyond its limits`, expected: "one within them", hint });
  }
  if (points.length === 0 && pointProblems.length === 0) {
    complain("points", { found: "no points", expected: "at least one point with an address", hint: "" });
  }
  if (source === undefined || description === undefined || protocol === undefined || problems.length > 0) {
    return { profile: undefined, problems };
  }

  const clearOnRead = points
    .filter(({ name }) => layers.getOfPoint(name, "clear_on_read"))
    .map((point): RegisterSpan => ({ table: point.table, start: point.address, end: pointEnd(point) }));
  const identity = buildIdentity(layers);
  const profile: Profile = {
    id,
    description,
    source: toSource(source),
    trust,
    ...(confirmedBy === undefined ? {} : { confirmedBy: toSource(confirmedBy) }),
    protocol,
    maxRegisters: layers.get("max_registers") ?? 125,
    maxGap: layers.get("max_gap") ?? 0,
    ...(clearOnRead.length === 0 ? {} : { clearOnRead }),
    ...(Object.keys(params).length === 0 ? {} : { params }),
    ...(identity === undefined ? {} : { identity }),
    points,
  };
  return { profile, problems: [] };
}

/** A trust level is a claim, so what it rests on is named with it. */
function checkTrust(
  trust: TrustLevel,
  isConfirmed: boolean,
  complain: (key: "trust" | "confirmed_by", complaint: Complaint) => void,
): void {
  if (trust !== "manual-only" && !isConfirmed) {
    const expected = `${trust} with a confirmed_by, or manual-only`;
    const what = trust === "captured" ? "recording of a real device" : "second source";
    complain("trust", { found: `${trust} alone`, expected, hint: `Name the ${what} under \`confirmed_by\`.` });
  }
  if (trust === "manual-only" && isConfirmed) {
    const expected = "trust: captured, for a recording of a real device, or trust: two-sources";
    complain("confirmed_by", { found: "a confirmed_by of a profile that is manual-only", expected, hint: "" });
  }
}

function toSource({ title, edition, url }: NonNullable<ProfileKeys["source"]>): Source {
  return { title, ...(edition === undefined ? {} : { edition }), ...(url === undefined ? {} : { url }) };
}

function toParams(written: NonNullable<ProfileKeys["params"]>): Readonly<Record<string, ProfileParam>> {
  return Object.fromEntries(
    Object.entries(written).map(([name, { default: fallback, min, max, doc }]) => [
      name,
      { default: fallback, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }), doc },
    ]),
  );
}
