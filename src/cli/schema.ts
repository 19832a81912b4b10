/** `tidegate schema`: the JSON Schemas of this configuration, beside it, where the files name them to an editor. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { findCheckCode } from "../config/check-code.ts";
import { findCheckFiles } from "../config/check-files.ts";
import {
  checkSchemaOf,
  MAIN_SCHEMA,
  namesSchema,
  PROFILE_SCHEMA,
  renderEditorSchemas,
  SCHEMA_FOLDER,
  schemaLine,
} from "../config/editor-schemas.ts";
import { type ConfigPlace, findConfig } from "../config/places.ts";
import { listProfileIdsOf } from "../config/profiles.ts";
import { inputs } from "../inputs/registry.ts";
import { EXIT } from "../model/errors.ts";
import { listFolder, readTextFile } from "../platform/files.ts";
import { writeTo } from "../platform/writing.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";

/** A file without the line that names its schema. */
interface NamelessFile {
  readonly file: string;
  readonly line: string;
}

/**
 * Writes the schemas, and says which files lack the line that names theirs; it changes none of these. Errors:
 * `CONFIG_NOT_FOUND`; those of `writeTo`.
 */
export const schema: Command = (argv, terminal) => {
  const options = readArguments(argv, 0);
  const place = findConfig({ config: options.config });
  const folder = join(dirname(place.file), SCHEMA_FOLDER);
  const written = writeSchemas(
    folder,
    renderEditorSchemas(inputs, (input) => listProfileIdsOf(input, place.profileFolders)),
  );
  const nameless = findNamelessFiles(place);
  terminal.out(
    options.json
      ? `${JSON.stringify({ schema: 1, written, nameless })}\n`
      : [
          ...written.map((file) => `wrote ${file}\n`),
          ...(nameless.length === 0 ? ["Every file names its schema.\n"] : ["\nPut on top of\n"]),
          ...nameless.map(({ file, line }) => `  ${file}\n    ${line}\n`),
        ].join(""),
  );
  return Promise.resolve(EXIT.ok);
};

function writeSchemas(folder: string, schemas: ReadonlyMap<string, string>): readonly string[] {
  return writeTo(folder, () => {
    mkdirSync(folder, { recursive: true });
    return [...schemas].map(([name, text]) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    });
  });
}

function findNamelessFiles({ file, confFolder, checksFolder, profileFolders }: ConfigPlace): readonly NamelessFile[] {
  const root = dirname(file);
  const { checks } = findCheckFiles(confFolder);
  const own = findCheckCode(checksFolder);
  const known = inputs.flatMap(({ name, usesCode = false }) => {
    const files = checks.filter((check) => (usesCode ? own.has(check.name) : check.name === name));
    return files.map((check) => ({ ...check, schema: checkSchemaOf(name) }));
  });
  const schemaOf = new Map([
    [file, MAIN_SCHEMA],
    ...known.flatMap(({ schema, files }) => files.map((path): [string, string] => [path, schema])),
    ...profileFolders
      .filter((folder) => dirname(folder) === root)
      .flatMap(listProfileFiles)
      .map((path): [string, string] => [path, PROFILE_SCHEMA]),
  ]);
  return [...schemaOf].flatMap(([path, name]) => {
    const read = readTextFile(path);
    if ("failure" in read || namesSchema(read.text)) return [];
    return [{ file: path, line: schemaLine(relative(root, path), name) }];
  });
}

/** Lists the profiles of a folder, and the parts they extend. */
function listProfileFiles(folder: string): readonly string[] {
  return listFolder(folder).entries.flatMap(({ name: vendor }) =>
    listFolder(join(folder, vendor))
      .entries.filter(({ name, kind }) => kind === "file" && name.endsWith(".yaml"))
      .map(({ name }) => join(folder, vendor, name)),
  );
}
