/**
 * Holds the layers: who may import whom. The table is the one `docs/architecture.md` shows, row by row.
 *
 * A room imports rooms of lower tiers and itself. Rooms of one tier never meet but through the contracts of
 * `src/model`. Only `src/platform` and the outermost tiers touch the world.
 */

import { type Import, importsOf, packageOf } from "./imports.ts";
import { isCode, isIn, type Rule, type SourceFile } from "./source-file.ts";

/** One row of the table. */
export interface Room {
  /** A folder, a file, files that begin alike (`src/gateway*.ts`), or a folder of rooms (`src/inputs/<name>`). */
  readonly place: string;
  /** Undefined for what stands outside of the house and is held by its own rule. */
  readonly tier: number | undefined;
  readonly purpose: string;
}

/** The rooms of the house, lowest first. */
export const ROOMS: readonly Room[] = [
  { place: "src/model", tier: 0, purpose: "nouns and contracts: what rooms say to each other" },
  { place: "src/decode", tier: 1, purpose: "pure functions from bytes to numbers" },
  { place: "src/platform", tier: 1, purpose: "every contact with the world, one file each" },
  { place: "src/mailbox", tier: 1, purpose: "where readings wait that come by themselves" },
  { place: "src/schema", tier: 1, purpose: "what keys are made of, and in words what they take" },
  { place: "src/telemetry", tier: 1, purpose: "what the gateway says and counts about itself" },
  { place: "src/config", tier: 2, purpose: "files to one frozen configuration, or every problem at once" },
  { place: "src/inputs/<name>", tier: 2, purpose: "one folder per protocol" },
  { place: "src/sampling", tier: 2, purpose: "when each instance polls; readings to samples" },
  { place: "src/filter", tier: 2, purpose: "what is believed, what is odd, and what is ordinary" },
  { place: "src/store", tier: 2, purpose: "the log: blocks, cursors, trimming, recovery" },
  { place: "src/forward", tier: 2, purpose: "batches, retry, verdicts; one folder per intake" },
  { place: "src/inputs/registry.ts", tier: 3, purpose: "the table of inputs, each loaded when first used" },
  { place: "src/gateway*.ts", tier: 3, purpose: "builds every stage in the order of the flow and joins them" },
  { place: "src/cli", tier: 4, purpose: "one file per command" },
  { place: "src/main.ts", tier: 5, purpose: "arguments, signals, exit code" },
  { place: "src/launch.js", tier: 5, purpose: "finds the right Node and starts `main`" },
  {
    place: "hardware-sim",
    tier: undefined,
    purpose: "devices, plant, intake: a program of its own, with its own encoders",
  },
];

/** The only ways between the house and the simulator; a lazy one loads when it is used. */
const DOORS = [
  { from: "src/cli/sim.ts", to: "hardware-sim", isLazy: true },
  { from: "hardware-sim", to: "src/model", isLazy: false },
  { from: "hardware-sim", to: "src/config/profiles.ts", isLazy: false },
];

/** Builtins that only compute; every other one touches the world, time or chance. */
const PURE_BUILTINS = new Set(
  ["assert", "assert/strict", "buffer", "events", "path", "string_decoder", "url", "util", "zlib"].map(
    (name) => `node:${name}`,
  ),
);

/** Packages that only compute; every other one is native or talks to something. */
const PURE_PACKAGES = new Set(["valibot", "yaml"]);

/** Where builtins of this machine may be used beside `src/platform`; the network stays in `src/platform` alone. */
const MACHINE_BUILTINS = new Set([
  "node:fs",
  "node:fs/promises",
  "node:os",
  "node:child_process",
  "node:module",
  "node:tty",
  "node:worker_threads",
]);
const MACHINE_PLACES = ["src/cli", "src/main.ts", "src/launch.js"];

/** Finds the row a file belongs to, the one that names it most exactly, and the name of its room. */
function roomOf(path: string): { readonly room: Room; readonly place: string } | undefined {
  let best: { readonly room: Room; readonly place: string } | undefined;
  for (const room of ROOMS) {
    const pattern = room.place.replaceAll(".", "\\.").replace("*", "[^/]*").replace("<name>", "[^/]+(?=/)");
    const match = new RegExp(`^${pattern}(?=/|$)`, "u").exec(path)?.[0];
    if (match === undefined || match.length <= (best?.place.length ?? 0)) continue;
    best = { room, place: room.place.includes("*") ? room.place : match };
  }
  return best;
}

/** Every file of the house has a room, and no import goes up or sideways. */
export const layers: Rule = (files) => {
  const findings: string[] = [];
  const declared = declaredPackages(files);
  for (const file of files.filter(isCode)) {
    if ((isIn(file.path, "src") || isIn(file.path, "hardware-sim")) && roomOf(file.path) === undefined) {
      findings.push(`${file.path}:1: stands in no room; use a folder of the table in test/tidy/layers.ts`);
    }
    for (const edge of importsOf(file)) {
      const remedy = remedyFor(edge, declared);
      if (remedy !== undefined) findings.push(`${edge.from}:${edge.line}: imports ${edge.target}; ${remedy}`);
    }
  }
  return findings;
};

function remedyFor(edge: Import, declared: DeclaredPackages): string | undefined {
  if (edge.form === "address") return undefined;
  if (edge.kind === "package") return remedyForPackage(edge, declared);
  return edge.kind === "file" ? remedyForFile(edge) : remedyForBuiltin(edge);
}

function remedyForFile(edge: Import): string | undefined {
  const from = roomOf(edge.from);
  const to = roomOf(edge.target);
  if (from === undefined || from.place === to?.place) return undefined;
  const door = DOORS.find((each) => isIn(edge.from, each.from) && isIn(edge.target, each.to));
  if (door !== undefined) {
    return door.isLazy && edge.form === "static"
      ? "use a dynamic import(), so that it loads when it is used"
      : undefined;
  }
  if (to === undefined) return "use what stands in a room of the table";
  if (from.room.tier === undefined) return "use src/model, src/config/profiles.ts or code of its own";
  if (to.room.tier !== undefined && to.room.tier < from.room.tier) return undefined;
  return `use a contract of src/model: tier ${from.room.tier} knows only the tiers below`;
}

function remedyForBuiltin(edge: Import): string | undefined {
  if (!isIn(edge.from, "src") || isIn(edge.from, "src/platform") || PURE_BUILTINS.has(edge.target)) return undefined;
  if (MACHINE_BUILTINS.has(edge.target) && MACHINE_PLACES.some((place) => isIn(edge.from, place))) return undefined;
  return "use a file of src/platform, handed in";
}

function remedyForPackage(edge: Import, declared: DeclaredPackages): string | undefined {
  const name = packageOf(edge.target);
  const isShipped = isIn(edge.from, "src") || isIn(edge.from, "hardware-sim");
  if (!declared.shipped.has(name) && (isShipped || !declared.development.has(name))) {
    return `use a package that package.json lists${isShipped ? " under dependencies" : ""}`;
  }
  if (isIn(edge.from, "src/model") && edge.form !== "types") return "use `import type`: the model runs no one's code";
  const isWorldly = !PURE_PACKAGES.has(name) && isIn(edge.from, "src") && !isIn(edge.from, "src/platform");
  return isWorldly ? "use a file of src/platform, handed in" : undefined;
}

interface DeclaredPackages {
  readonly shipped: ReadonlySet<string>;
  readonly development: ReadonlySet<string>;
}

function declaredPackages(files: readonly SourceFile[]): DeclaredPackages {
  const text = files.find((file) => file.path === "package.json")?.text ?? "{}";
  const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(text);
  return {
    shipped: new Set([
      ...Object.keys(manifest["dependencies"] ?? {}),
      ...Object.keys(manifest["optionalDependencies"] ?? {}),
    ]),
    development: new Set(Object.keys(manifest["devDependencies"] ?? {})),
  };
}
