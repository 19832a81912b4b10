/** `tidegate flare`: one archive with all that someone needs who is asked for help, and no secret in it. */

import { statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { parse } from "yaml";
import type { ConfigPlace } from "../../config/places.ts";
import { findConfig } from "../../config/places.ts";
import { collectSecrets, isSecretName } from "../../config/secret-names.ts";
import { EXIT } from "../../model/errors.ts";
import { processEnvironment } from "../../platform/environment.ts";
import { listFolder, readTextFile } from "../../platform/files.ts";
import { systemClock } from "../../platform/system-clock.ts";
import { writeTo } from "../../platform/writing.ts";
import { readArguments } from "../arguments.ts";
import { type Command, runCommand, type Terminal } from "../commands.ts";
import { load } from "../load.ts";
import { scrubPlaces } from "./scrub.ts";
import { packTar, type TarFile } from "./tar.ts";

/** The commands whose words go in, each into a file of its own. */
const COMMANDS_TOLD: readonly (readonly string[])[] = [
  ["version"],
  ["hostname"],
  ["configcheck"],
  ["status"],
  ["status", "--json"],
  ["health"],
  ["diagnose"],
];

/** Writes the archive and says where. Errors: `CONFIG_NOT_FOUND`; those of `writeTo`. */
export const flare: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0, { texts: ["output"] });
  const place = findConfig({ config: options.config });
  const { config } = load(options.config, terminal);
  // `PWD` is a folder and no password; taken for one, its path would vanish from every message.
  const { PWD: _folder, ...environment } = processEnvironment();
  const now = systemClock.now();

  const texts = readConfigTexts(place);
  const files: TarFile[] = [
    ...texts,
    { name: "environment.txt", text: tellEnvironment(environment) },
    { name: "log-files.txt", text: config === undefined ? "" : tellFolder(config.store.path) },
  ];
  for (const words of COMMANDS_TOLD) files.push(await tellCommand(words, place.file, terminal));

  // Files that are no configuration, profiles for instance, and variables nobody refers to, may hold secrets too.
  terminal.scrubber.learn([environment, ...texts.map(({ text }) => parseLeniently(text))].flatMap(collectSecrets));
  const scrub = (text: string): string => terminal.scrubber.scrub(scrubPlaces(text));
  const folder = `tidegate-flare-${new Date(now).toISOString().slice(0, 19).replaceAll(/[T:]/gu, "-")}`;
  const scrubbed = files.map(({ name, text }) => ({ name: `${folder}/${scrub(name)}`, text: scrub(text) }));
  const target = resolve(options.text("output") ?? `${folder}.tar.gz`);
  writeTo(target, () => writeFileSync(target, gzipSync(packTar(scrubbed, now)), { mode: 0o600 }));
  terminal.out(
    options.json
      ? `${JSON.stringify({ schema: 1, file: target, entries: scrubbed.map(({ name }) => name) })}\n`
      : `${target}\n${scrubbed.length} files in it; keys, passwords and tokens are taken out. Look through it before you send it.\n`,
  );
  return EXIT.ok;
};

/** Reads the main file, `conf.d` and the user's own profiles. */
function readConfigTexts({ file, confFolder, profileFolders }: ConfigPlace): TarFile[] {
  const root = dirname(file);
  const own = profileFolders.filter((folder) => dirname(folder) === root);
  const paths = [file, ...[confFolder, ...own].flatMap((folder) => listFiles(folder))];
  return paths.map((path) => {
    const read = readTextFile(path);
    return { name: join("config", relative(root, path)), text: "text" in read ? read.text : `(${read.failure})\n` };
  });
}

function listFiles(folder: string): string[] {
  return listFolder(folder).entries.flatMap(({ name, kind }) => {
    const path = join(folder, name);
    if (kind === "folder") return listFiles(path);
    return /\.ya?ml(\.\w+)?$/u.test(name) ? [path] : [];
  });
}

/** Lists the variables that could concern a gateway. Of a secret one only that it is set. */
function tellEnvironment(environment: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(environment)
    .filter(([name]) => /^(TIDEGATE|DD|XDG)_|^(HTTPS?|NO)_PROXY$|^NODE_|^HOME$/iu.test(name))
    .map(([name, value]) => `${name}=${isSecretName(name) ? "(set)" : value}\n`)
    .sort()
    .join("");
}

function tellFolder(folder: string): string {
  const { entries, failure } = listFolder(folder);
  const rows = entries.map(({ name }) => {
    const path = join(folder, name);
    return `${String(statSync(path, { throwIfNoEntry: false })?.size ?? 0).padStart(12)}  ${basename(path)}\n`;
  });
  return `${folder}${failure === "" ? "" : ` is ${failure}`}\n${rows.join("")}`;
}

/** What a command says, on both channels, with its exit code. */
async function tellCommand(words: readonly string[], config: string, { scrubber }: Terminal): Promise<TarFile> {
  let text = "";
  const say = (more: string): void => {
    text += more;
  };
  const listening: Terminal = {
    out: say,
    err: say,
    onSignals: () => undefined,
    openScreen: () => undefined,
    isColoured: false,
    scrubber,
  };
  const takesConfig = words[0] !== "version";
  const code = await runCommand([...words, ...(takesConfig ? ["--config", config] : [])], listening);
  const name = words.join("").replace("--json", "-json");
  return { name: `${name}.txt`, text: `$ tidegate ${words.join(" ")}\n${text}\nexit code ${code}\n` };
}

/** A file that is no YAML has no values that can be told apart; then only the place of a secret gives it away. */
function parseLeniently(text: string): unknown {
  try {
    return parse(text, { logLevel: "silent" });
  } catch {
    return undefined;
  }
}
