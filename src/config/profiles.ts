/**
 * Device profiles from folders of `VENDOR/MODEL.yaml`.
 *
 * A file whose name begins with an underscore is a part: it is no profile by itself, others extend it. Folders are
 * searched in order, so a user's own profile takes the place of a shipped one of the same id. Word order is written
 * `high-word-first` or `low-word-first`, byte order `high-byte-first` or `low-byte-first`, and in no other way.
 */

import { basename, dirname, join } from "node:path";
import type { ConfigProblem } from "../model/config.ts";
import { type Profile, type Protocol, pointEnd, type RegisterSpan } from "../model/profile.ts";
import { listFolder, pathKind, readTextFile } from "../platform/files.ts";
import { packageRoot } from "../platform/package-root.ts";
import type { ComplainAt } from "./instance-profile.ts";
import { problemAt, sortProblems } from "./problems.ts";
import { buildBasics } from "./profile-basics.ts";
import { ProfileFiles, type ProfileKeys } from "./profile-file.ts";
import { buildIdentity } from "./profile-identity.ts";
import { type ProfileLayers, readLayers } from "./profile-layers.ts";
import { buildPoints } from "./profile-points.ts";
import type { SerialProfileKeys } from "./serial-fields.ts";
import { buildTalk } from "./serial-talk.ts";

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

/** Picks the profiles of what one protocol speaks. */
export function profilesOf<Name extends Protocol>(
  protocol: Name,
  profiles: Iterable<Profile>,
): Extract<Profile, { readonly protocol: Name }>[] {
  return [...profiles].filter((profile): profile is Extract<Profile, { readonly protocol: Name }> => {
    return profile.protocol === protocol;
  });
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

/** Lists the ids of the profiles of one protocol, and of none yet, sorted, without parsing them. */
export function listProfileIdsOf(protocol: string, folders: readonly string[]): readonly string[] {
  return listProfileIds(folders).filter((id) => {
    const path = folders.map((folder) => join(folder, `${id}.yaml`)).find((file) => pathKind(file) === "file");
    const said = /^protocol:\s*["']?(\w+)/mu.exec(path === undefined ? "" : textOf(path))?.[1];
    return said === undefined || said === protocol;
  });
}

function textOf(path: string): string {
  const read = readTextFile(path);
  return "text" in read ? read.text : "";
}

/** Loads every profile. A small board takes seconds to parse them all: use `loadProfile` where a few will do. */
export function loadProfiles(folders: readonly string[]): LoadedProfiles {
  const profiles = new Map<string, Profile>();
  const problems: ConfigProblem[] = [];
  const files = new ProfileFiles();
  for (const id of listProfileIds(folders)) {
    const loaded = loadProfile(id, folders, files);
    if (loaded?.profile !== undefined) profiles.set(id, loaded.profile);
    problems.push(...(loaded?.problems ?? []));
  }
  return { profiles, problems: sortProblems(problems) };
}

/** Loads one profile by its id; undefined when no folder has it. `files` spares what other profiles have read. */
export function loadProfile(
  id: string,
  folders: readonly string[],
  files = new ProfileFiles(),
): LoadedProfile | undefined {
  const [, vendor, model] = /^([a-z\d][a-z\d-]*)\/([a-z\d][a-z\d-]*)$/u.exec(id) ?? [];
  if (vendor === undefined || model === undefined) return undefined;
  const path = folders
    .map((folder) => join(folder, vendor, `${model}.yaml`))
    .find((candidate) => pathKind(candidate) === "file");
  if (path === undefined) return undefined;

  return readProfile(path, vendor, { folders, files, idOf: () => id });
}

/** Loads the profile in one file, wherever that lies; its id is then what it says itself. */
export function loadProfileFile(path: string, folders: readonly string[]): LoadedProfile {
  const idOf = (own: string | undefined): string => own ?? "vendor/model";
  return readProfile(path, basename(dirname(path)), { folders, files: new ProfileFiles(), idOf });
}

/** Where a profile finds what it extends, and which id it has. */
interface ProfilePlace {
  readonly folders: readonly string[];
  readonly files: ProfileFiles;
  readonly idOf: (own: string | undefined) => string;
}

function readProfile(path: string, vendor: string, { folders, files, idOf }: ProfilePlace): LoadedProfile {
  if (files.protocolOf(path) === "serial") {
    const { layers, problems } = readLayers(vendor, path, folders, (each) => files.readSerial(each));
    if (problems.length > 0) return { profile: undefined, problems };
    return buildSerialProfile(idOf(layers.get("id")), layers);
  }
  const { layers, problems } = readLayers(vendor, path, folders, (each) => files.read(each));
  if (problems.length > 0) return { profile: undefined, problems };
  return buildModbusProfile(idOf(layers.get("id")), layers);
}

function buildModbusProfile(id: string, layers: ProfileLayers<ProfileKeys>): LoadedProfile {
  const { points, problems: pointProblems } = buildPoints(layers);
  const { basics, problems: basicProblems } = buildBasics(
    id,
    layers,
    points.length === 0 && pointProblems.length === 0,
  );
  const problems = [...pointProblems, ...basicProblems];
  if (basics === undefined || problems.length > 0) return { profile: undefined, problems };
  const clearOnRead = points
    .filter(({ name }) => layers.getOfPoint(name, "clear_on_read"))
    .map((point): RegisterSpan => ({ table: point.table, start: point.address, end: pointEnd(point) }));
  const identity = buildIdentity(layers);
  const { params, ...rest } = basics;
  const profile: Profile = {
    ...rest,
    protocol: "modbus",
    maxRegisters: layers.get("max_registers") ?? 125,
    maxGap: layers.get("max_gap") ?? 0,
    ...(clearOnRead.length === 0 ? {} : { clearOnRead }),
    ...(params === undefined ? {} : { params }),
    ...(identity === undefined ? {} : { identity }),
    points,
  };
  return { profile, problems: [] };
}

function buildSerialProfile(id: string, layers: ProfileLayers<SerialProfileKeys>): LoadedProfile {
  const problems: ConfigProblem[] = [];
  const complain: ComplainAt = (path, complaint, at) => {
    const file = layers.fileWith(path);
    if (file !== undefined) problems.push(problemAt(file, path, complaint, at));
  };
  const talk = buildTalk(layers, complain, false);
  const { basics, problems: basicProblems } = buildBasics(
    id,
    layers,
    talk.points.length === 0 && problems.length === 0,
  );
  problems.push(...basicProblems);
  if (basics === undefined || problems.length > 0) return { profile: undefined, problems };
  return { profile: { ...basics, ...talk }, problems: [] };
}
