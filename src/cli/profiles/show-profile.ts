/** `tidegate profiles show VENDOR/MODEL`: what a profile comes to, with everything it extends folded in. */

import { didYouMean } from "../../config/did-you-mean.ts";
import { formatProblem } from "../../config/problems.ts";
import { listProfileIds, loadProfile } from "../../config/profiles.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import { type Point, type Profile, pointWidth, type Source, type TrustLevel } from "../../model/profile.ts";
import { type Column, formatTable } from "../table.ts";
import type { ProfileAction } from "./profiles.ts";
import { formatTalk } from "./show-talk.ts";

/** Prints one profile. Errors: `PROFILE_UNKNOWN`. */
export const showProfile: ProfileAction = (options, folders, terminal) => {
  const id = options.words[1] ?? "";
  const loaded = loadProfile(id, folders);
  if (loaded === undefined) {
    const near = didYouMean(id, listProfileIds(folders));
    const advice = near === undefined ? "`tidegate profiles list` lists those there are." : `Did you mean ${near}?`;
    throw new GatewayError("PROFILE_UNKNOWN", `no profile "${id}" in ${folders.join(" or ")}. ${advice}`);
  }
  for (const problem of loaded.problems) terminal.err(`${formatProblem(problem)}\n`);
  if (loaded.profile === undefined) return EXIT.config;
  terminal.out(options.json ? toProfileJson(loaded.profile) : formatProfile(loaded.profile));
  return EXIT.ok;
};

/** Sentinels are 64-bit patterns, which JSON numbers cannot hold: they are written as texts. */
function toProfileJson(profile: Profile): string {
  const toPlain = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
  return `${JSON.stringify({ schema: 1, profile }, toPlain, 2)}\n`;
}

const COLUMNS: readonly Column[] = [
  { heading: "POINT" },
  { heading: "ADDRESS", align: "right" },
  { heading: "TYPE" },
  { heading: "SCALE", align: "right" },
  { heading: "UNIT" },
  { heading: "METRIC" },
  { heading: "RANGE" },
  { heading: "TAGS" },
];

const TRUST_WORDS: Readonly<Record<TrustLevel, string>> = {
  captured: "captured, a recording of a real device decodes to what it showed",
  "two-sources": "two sources agree",
  "manual-only": "one source only; compare the first values with the device's own display",
};

/** Lays a profile out: its points by table, addresses counted from 0. */
export function formatProfile(profile: Profile): string {
  const { id, description, source, trust, confirmedBy } = profile;
  const lines = [`${id}: ${description}`, ...formatSource("Source", source), `Trust: ${TRUST_WORDS[trust]}`];
  if (confirmedBy !== undefined) lines.push(...formatSource("Confirmed by", confirmedBy));
  if (profile.protocol === "serial") return `${[...lines, ...formatTalk(profile)].join("\n")}\n`;
  for (const [table, members] of Object.entries(Object.groupBy(profile.points, (point) => point.table))) {
    lines.push("", `Points in ${table} (addresses as on the wire, from 0)`);
    lines.push(...formatTable(COLUMNS, (members ?? []).map(toRow)));
  }
  return `${lines.join("\n")}\n`;
}

function formatSource(heading: string, { title, edition, url }: Source): string[] {
  const lines = [`${heading}: ${title}${edition === undefined ? "" : `, ${edition}`}`];
  return url === undefined ? lines : [...lines, `${" ".repeat(heading.length + 2)}${url}`];
}

function toRow(point: Point): string[] {
  const { name, address, bit, scale, offset, unit, metric, range, tags } = point;
  return [
    name,
    bit === undefined ? String(address) : `${address}.${bit}`,
    describeType(point),
    offset === 0 ? String(scale) : `${scale} ${offset < 0 ? "-" : "+"} ${Math.abs(offset)}`,
    unit,
    metric,
    range === undefined ? "" : `${range[0]} to ${range[1]}`,
    tags.join(" "),
  ];
}

/** Only the unusual orders are worth a word. */
function describeType({ type, byte, wordOrder, byteOrder }: Point): string {
  const words = wordOrder !== "high-word-first" && pointWidth(type) > 1 ? ` ${wordOrder}` : "";
  const isHigh = byte === "high" ? " high" : "";
  return `${type}${isHigh}${words}${byteOrder === "low-byte-first" ? " low-byte-first" : ""}`;
}
