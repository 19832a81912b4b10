/** From the files of one check to its instances. */

import type { CheckConfig, ConfigProblem, InstanceConfig } from "../model/config.ts";
import type { InputEntry } from "../model/input.ts";
import type { Profile } from "../model/profile.ts";
import { seconds } from "../model/time.ts";
import type { FileText } from "../platform/files.ts";
import type { CheckFiles } from "./check-files.ts";
import { joinChoice } from "./describe-schema.ts";
import { didYouMean } from "./did-you-mean.ts";
import { checkFileSchema, type InstanceDefaults, instanceSchemaOf, pickSettings } from "./instance-schema.ts";
import { type Complaint, problemAt, problemOfFile } from "./problems.ts";
import type { ProfileShelf } from "./profile-shelf.ts";
import { checkAgainst } from "./schema-problems.ts";
import { type Path, readYamlFile, type YamlFile } from "./yaml-file.ts";

/** How often an instance polls that says nothing of it. Source: Datadog Agent, DefaultCheckInterval. */
const DEFAULT_INTERVAL = seconds(15);

/** What the checks are read with. */
export interface CheckSurroundings {
  readonly inputs: readonly InputEntry[];
  readonly shelf: ProfileShelf;
  readonly readFile: (path: string) => FileText;
}

/** One check, or every problem it has; undefined both where its files are empty. */
export interface LoadedCheck {
  readonly check: CheckConfig | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** Reads the files of one check. */
export function loadCheck({ name, files }: CheckFiles, surroundings: CheckSurroundings): LoadedCheck {
  const entry = surroundings.inputs.find((input) => input.name === name);
  const [firstFile] = files;
  if (entry === undefined) {
    const complaint = complainOfName(name, surroundings.inputs);
    return { check: undefined, problems: firstFile === undefined ? [] : [problemOfFile(firstFile, complaint)] };
  }
  const reader = new CheckReader(name, entry, surroundings);
  for (const file of files) reader.readFile(file);
  if (reader.problems.length > 0) return { check: undefined, problems: reader.problems };
  if (reader.instances.length === 0) return { check: undefined, problems: [] };
  return { check: { name, input: entry.name, files, instances: reader.instances }, problems: [] };
}

function complainOfName(name: string, inputs: readonly InputEntry[]): Complaint {
  const names = inputs.map((input) => input.name);
  const near = didYouMean(name, names);
  const hint =
    near === undefined ? "The name of the file, or of its folder before .d, names the check." : `Did you mean ${near}?`;
  return { found: `the check "${name}"`, expected: joinChoice(names), hint, check: name };
}

/** Gathers instances and problems over the files of one check. */
class CheckReader {
  readonly instances: InstanceConfig[] = [];
  readonly problems: ConfigProblem[] = [];
  readonly #check: string;
  readonly #entry: InputEntry;
  readonly #surroundings: CheckSurroundings;
  readonly #brokenProfiles = new Set<string>();
  /** Where each name was given, by name in lower case, as tags are compared. */
  readonly #placeOfName = new Map<string, string>();

  constructor(check: string, entry: InputEntry, surroundings: CheckSurroundings) {
    this.#check = check;
    this.#entry = entry;
    this.#surroundings = surroundings;
  }

  readFile(path: string): void {
    const read = readYamlFile(path, this.#surroundings.readFile, { expected: "instances", check: this.#check });
    const { yaml } = read;
    this.problems.push(...read.problems);
    if (yaml?.value === undefined) return;

    const { value, problems } = checkAgainst(checkFileSchema, yaml.value, yaml, [], this.#check);
    this.problems.push(...problems);
    const instances = instancesOf(yaml.value);
    if (value !== undefined && instances.length === 0) {
      const hint = "Add `instances:` and below it one entry for each device, beginning with `- `.";
      this.#complain(yaml, ["instances"], { found: "no instances", expected: "at least one", hint });
    }
    for (const [index, instance] of instances.entries()) {
      this.#readInstance(yaml, ["instances", index], instance, value?.init_config ?? { tags: [] });
    }
  }

  #readInstance(yaml: YamlFile, path: Path, written: unknown, defaults: InstanceDefaults): void {
    const common = checkAgainst(instanceSchemaOf(this.#entry), written, yaml, path, this.#check);
    this.problems.push(...common.problems);
    const profileId = this.#entry.usesProfile ? textAt(written, "profile") : undefined;
    const profile = profileId === undefined ? undefined : this.#takeProfile(profileId, yaml, path);
    if (common.value === undefined) {
      this.#claimName(textAt(written, "name"), yaml, path);
      return;
    }
    // A schema may check its keys against each other, which only the schema as a whole can do.
    const ownKeys = pickSettings(this.#entry, written as Readonly<Record<string, unknown>>);
    const settings = checkAgainst(this.#entry.settings, ownKeys, yaml, path, this.#check);
    this.problems.push(...settings.problems);
    const isSound = settings.problems.length === 0;
    const name = common.value.name ?? (isSound ? this.#entry.defaultName(settings.value) : undefined);
    this.#claimName(name, yaml, path);
    if (name === undefined || !isSound || (profileId !== undefined && profile === undefined)) return;

    const { tags, namespace, min_collection_interval: interval } = common.value;
    const service = common.value.service ?? defaults.service;
    this.instances.push({
      check: this.#check,
      name,
      file: yaml.name,
      line: yaml.positionOf(path, "value").line,
      tags: [...defaults.tags, ...tags, ...(service === undefined ? [] : [`service:${service}`])],
      namespace: namespace ?? defaults.namespace ?? "",
      interval: interval ?? defaults.min_collection_interval ?? DEFAULT_INTERVAL,
      ...(profile === undefined ? {} : { profile }),
      settings: settings.value,
    });
  }

  #takeProfile(id: string, yaml: YamlFile, path: Path): Profile | undefined {
    const { shelf } = this.#surroundings;
    const loaded = shelf.take(id);
    if (loaded === undefined) {
      const near = didYouMean(id, shelf.ids());
      const hint = near === undefined ? `There are ${shelf.ids().join(", ")}.` : `Did you mean ${near}?`;
      this.#complain(yaml, [...path, "profile"], { found: `"${id}"`, expected: "the id of a device profile", hint });
      return undefined;
    }
    if (loaded.profile === undefined && !this.#brokenProfiles.has(id)) {
      this.#brokenProfiles.add(id);
      this.problems.push(...loaded.problems.map((problem) => ({ ...problem, check: this.#check })));
    }
    return loaded.profile;
  }

  /**
   * Every series carries `check:` and `instance:`, so two instances can produce the same series only when they share
   * a name; and intakes compare tags in lower case. Names are compared also where something else is wrong, so that all
   * problems come at once.
   */
  #claimName(name: string | undefined, yaml: YamlFile, path: Path): void {
    if (name === undefined) return;
    const key = name.toLowerCase();
    const other = this.#placeOfName.get(key);
    if (other === undefined) {
      this.#placeOfName.set(key, `${yaml.name}:${yaml.positionOf(path, "value").line}`);
      return;
    }
    this.#complain(yaml, [...path, "name"], {
      found: `${name}, the name of the instance at ${other}`,
      expected: "a name of its own",
      hint: "Both would write the same series. Give each instance a `name`.",
    });
  }

  #complain(yaml: YamlFile, path: Path, complaint: Complaint): void {
    this.problems.push(problemAt(yaml, path, { ...complaint, check: this.#check }));
  }
}

/** Instances are looked at also where something else in the file is wrong, so that all problems come at once. */
function instancesOf(value: unknown): readonly unknown[] {
  const instances = valueAt(value, "instances");
  return Array.isArray(instances) ? instances : [];
}

function textAt(value: unknown, key: string): string | undefined {
  const text = valueAt(value, key);
  return typeof text === "string" ? text : undefined;
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
