/** The files of `conf.d`, by the check they belong to. */

import { basename, join } from "node:path";
import type { ConfigProblem } from "../model/config.ts";
import { type FileText, listFolder } from "../platform/files.ts";
import { problemOfFile } from "./problems.ts";
import { type ReadYaml, readYamlFile } from "./yaml-file.ts";

const ENDING = /\.ya?ml(\.default)?$/u;

/** The files of one check, in the order in which they count. */
export interface CheckFiles {
  readonly name: string;
  readonly files: readonly string[];
}

/** The files of one check, parsed. */
export interface ReadCheck {
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly read: ReadYaml }[];
}

/** A file of templates, by which the Datadog Agent makes instances of containers it finds. */
const TEMPLATE_FILE = /^auto_conf\.ya?ml$/u;

/** Reads the files of one check, and notices those that say nothing to this gateway. */
export function readCheckFiles(
  { name, files }: CheckFiles,
  readFile: (path: string) => FileText,
): { readonly check: ReadCheck; readonly notices: readonly string[] } {
  const notices: string[] = [];
  const reads = files.map((path) => ({
    path,
    read: readYamlFile(path, readFile, { expected: "instances", check: name }),
  }));
  const speaking = reads.filter(({ path, read: { yaml } }) => {
    if (yaml === undefined) return true;
    if (yaml.value === undefined) notices.push(`${path} is empty and configures nothing.`);
    else if (TEMPLATE_FILE.test(basename(path)) && isTemplate(yaml.value)) {
      notices.push(`${path} is skipped: its ad_identifiers ask for containers, and this gateway looks for none.`);
    } else return true;
    return false;
  });
  return { check: { name, files: speaking }, notices };
}

function isTemplate(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    ["ad_identifiers", "advanced_ad_identifiers"].some((key) => key in value)
  );
}

/**
 * Lists `NAME.yaml` and `NAME.d/*.yaml`, also with the ending `.yml`. What ends in `.yaml.default` counts for a check
 * that has nothing else but templates. Every other ending is left alone, so that `conf.yaml.example` and what an
 * editor leaves behind configure nothing.
 *
 * Source: Datadog Agent, comp/core/autodiscovery/providers/config_reader.go.
 */
export function findCheckFiles(confFolder: string): {
  readonly checks: readonly CheckFiles[];
  readonly problems: readonly ConfigProblem[];
} {
  const files = new Map<string, string[]>();
  const problems: ConfigProblem[] = [];
  const list = (folder: string) => {
    const { entries, failure } = listFolder(folder);
    if (failure !== "") {
      const hint = "Let the gateway's user read it.";
      problems.push(problemOfFile(folder, { found: failure, expected: "a folder of checks", hint }));
    }
    return entries.filter(({ name }) => !name.startsWith("."));
  };
  const defaults = new Map<string, string[]>();
  const add = (check: string, file: string): void => {
    const target = isDefault(file) ? defaults : files;
    target.set(check, [...(target.get(check) ?? []), file]);
  };

  for (const entry of list(confFolder)) {
    const path = join(confFolder, entry.name);
    if (entry.kind === "file") {
      if (isYaml(entry.name)) add(entry.name.replace(ENDING, ""), path);
      continue;
    }
    const inner = list(path).filter(({ name, kind }) => kind === "file" && isYaml(name));
    if (entry.name.endsWith(".d")) {
      for (const { name } of inner) add(entry.name.slice(0, -".d".length), join(path, name));
    } else if (inner.length > 0) {
      const found = "a folder whose name does not end in .d";
      problems.push(
        problemOfFile(path, { found, expected: `${entry.name}.d`, hint: "Rename it, or nothing in it counts." }),
      );
    }
  }
  for (const [check, paths] of defaults) {
    const own = files.get(check) ?? [];
    if (own.every((path) => TEMPLATE_FILE.test(basename(path)))) files.set(check, [...paths, ...own]);
  }
  return { checks: [...files].map(([name, paths]) => ({ name, files: paths })), problems };
}

function isYaml(name: string): boolean {
  return ENDING.test(name);
}

function isDefault(name: string): boolean {
  return name.endsWith(".default");
}
