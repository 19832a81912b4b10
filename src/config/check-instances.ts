/** From the files of one check to its instances. */

import { countSeries, courseOfPoint } from "../model/companions.ts";
import { type CheckConfig, type ConfigProblem, type InstanceConfig, SERIES_MAX, type Secret } from "../model/config.ts";
import type { FilterPolicy } from "../model/filter.ts";
import type { InputEntry, InputPoint, SharedSettings } from "../model/input.ts";
import type { Profile } from "../model/profile.ts";
import type { MetricQuality } from "../model/quality.ts";
import { seconds } from "../model/time.ts";
import { joinChoice } from "../schema/describe-schema.ts";
import { type CheckCode, printCode } from "./check-code.ts";
import type { ReadCheck } from "./check-files.ts";
import { didYouMean } from "./did-you-mean.ts";
import { type FilterKeys, findFilterContradictions, overlayFilter } from "./filter-schema.ts";
import type { HeldPorts } from "./held-ports.ts";
import { describeIdleGlobs, describeIdleKeys, describeIdlePoint, describeMixedThreshold } from "./idle-filter.ts";
import { describeInline } from "./inline-profile.ts";
import { shapeProfile } from "./instance-profile.ts";
import {
  checkFileSchemaOf,
  fileSchemaOf,
  type InstanceDefaults,
  type InstanceKeys,
  instanceSchemaOf,
  pickSettings,
} from "./instance-schema.ts";
import { complainOfVerdicts } from "./point-quality.ts";
import { type Complaint, problemAt, problemOfFile } from "./problems.ts";
import type { ProfileShelf } from "./profile-shelf.ts";
import { type MetricQualityKeys, toQualityRules } from "./quality-fields.ts";
import { type ReferenceSources, resolveReferences } from "./references.ts";
import { checkAgainst } from "./schema-problems.ts";
import { collectSecrets } from "./secret-names.ts";
import type { Path, ReadYaml, YamlFile } from "./yaml-file.ts";

/** How often an instance polls that says nothing of it. Source: Datadog Agent, DefaultCheckInterval. */
const DEFAULT_INTERVAL = seconds(15);

/** What the checks are read with. */
export interface CheckSurroundings {
  readonly inputs: readonly InputEntry[];
  readonly shelf: ProfileShelf;
  readonly sources: ReferenceSources;
  /** The checks of the user by their names, and the folder they are in. */
  readonly code: ReadonlyMap<string, CheckCode>;
  readonly checksFolder: string;
  /** Shared by all checks. */
  readonly ports: HeldPorts;
  /** What the filter does where a check says nothing of it. */
  readonly filter: FilterPolicy;
}

/** One check, or every problem it has; undefined both where its files are empty. */
export interface LoadedCheck {
  readonly check: CheckConfig | undefined;
  readonly problems: readonly ConfigProblem[];
  /** Whole sentences about what works and is worth a second look. */
  readonly notices: readonly string[];
  readonly secrets: readonly Secret[];
}

/** Reads the files of one check. */
export function loadCheck({ name, files }: ReadCheck, surroundings: CheckSurroundings): LoadedCheck {
  const { inputs, code } = surroundings;
  const own = code.get(name);
  const builtIn = inputs.find((input) => input.name === name && input.usesCode !== true);
  const entry = builtIn ?? (own === undefined ? undefined : inputs.find(({ usesCode }) => usesCode === true));
  const firstFile = files[0]?.path;
  if (entry === undefined || (builtIn === undefined && own !== undefined && own.others.length > 0)) {
    const complaint = own === undefined ? complainOfName(name, surroundings) : complainOfTwo(own);
    return {
      check: undefined,
      problems: firstFile === undefined ? [] : [problemOfFile(firstFile, complaint)],
      notices: [],
      secrets: [],
    };
  }
  const reader = new CheckReader(name, entry, surroundings);
  for (const { read } of files) reader.takeFile(read);
  const { problems, notices, instances, secrets } = reader;
  if (problems.length > 0 || instances.length === 0) return { check: undefined, problems, notices, secrets };
  return { check: { name, input: entry.name, instances }, problems, notices, secrets };
}

function complainOfName(name: string, { inputs, code }: CheckSurroundings): Complaint {
  const builtIn = inputs.filter(({ usesCode }) => usesCode !== true).map((input) => input.name);
  const names = [...builtIn, ...code.keys()];
  const near = didYouMean(name, names);
  const hint =
    near === undefined
      ? `A check of your own needs its code in checks.d/${name}.ts or .js; \`tidegate new check ${name}\` makes both.`
      : `Did you mean ${near}?`;
  return { found: `the check "${name}"`, expected: joinChoice(names), hint, check: name };
}

function complainOfTwo({ name, file, others }: CheckCode): Complaint {
  const hint = "Delete those that are not meant, or name them otherwise.";
  return { found: [file, ...others].join(" and "), expected: "one file for the check", hint, check: name };
}

/** Gathers instances, problems and secrets over the files of one check. */
class CheckReader {
  readonly instances: InstanceConfig[] = [];
  readonly problems: ConfigProblem[] = [];
  readonly notices: string[] = [];
  readonly secrets: Secret[] = [];
  readonly #check: string;
  readonly #entry: InputEntry;
  readonly #surroundings: CheckSurroundings;
  readonly #brokenProfiles = new Set<string>();
  /** Where each name was given, by name in lower case, as tags are compared. */
  readonly #placeOfName = new Map<string, string>();
  /** What the first instance on each bus says of it, and where that is written. */
  readonly #sharedByBus = new Map<string, SharedSettings & { readonly place: string }>();

  constructor(check: string, entry: InputEntry, surroundings: CheckSurroundings) {
    this.#check = check;
    this.#entry = entry;
    this.#surroundings = surroundings;
  }

  takeFile(read: ReadYaml): void {
    this.problems.push(...read.problems);
    if (read.yaml?.value === undefined) return;
    const schema = fileSchemaOf(this.#entry);
    const resolved = resolveReferences(read.yaml, schema, this.#surroundings.sources, { check: this.#check });
    this.problems.push(...resolved.problems);
    this.secrets.push(...resolved.secrets);
    this.#readInstances(resolved.yaml);
  }

  #readInstances(yaml: YamlFile): void {
    const { value, problems } = checkAgainst(checkFileSchemaOf(this.#entry), yaml.value, yaml, [], this.#check);
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
    const named = profileId === undefined ? undefined : this.#takeProfile(profileId, written, yaml, path);
    if (common.value === undefined) {
      this.#claimName(textAt(written, "name"), yaml, path);
      return;
    }
    // A schema may check its keys against each other, which only the schema as a whole can do.
    const ownKeys = pickSettings(this.#entry, written as Readonly<Record<string, unknown>>);
    const settings = checkAgainst(this.#entry.settings, ownKeys, yaml, path, this.#check);
    this.problems.push(...settings.problems);
    const isSound = settings.problems.length === 0;
    const isOwn = this.#entry.usesCode === true;
    const unnamed = isOwn ? this.#check : isSound ? this.#entry.defaultName(settings.value) : undefined;
    const name = common.value.name ?? unnamed;
    this.#claimName(name, yaml, path);
    const profile = this.#entry.takesFields ? this.#describeDevice(common.value, named, yaml, path) : named;
    if (name === undefined || !isSound || (this.#entry.usesProfile && profile === undefined)) return;

    this.#compareShared(settings.value, yaml, path);
    this.#holdPort(settings.value, name, yaml, path);
    const notice = this.#entry.noticeOf?.(settings.value);
    if (notice !== undefined) this.#note(yaml, path, notice);
    const { tags, namespace, params = {}, points = {} } = common.value;
    const interval = common.value.min_collection_interval ?? defaults.min_collection_interval ?? DEFAULT_INTERVAL;
    const service = common.value.service ?? defaults.service;
    const seriesMax = common.value.max_series ?? defaults.max_series ?? SERIES_MAX;
    const said = [defaults.filter, common.value.filter];
    const filter = this.#overlayFilter(this.#surroundings.filter, said, yaml, [...path, "filter"]);
    const instance: InstanceConfig = {
      check: this.#check,
      name,
      file: yaml.name,
      line: yaml.positionOf(path, "value").line,
      tags: [...defaults.tags, ...tags, ...(service === undefined ? [] : [`service:${service}`])],
      namespace: namespace ?? defaults.namespace ?? "",
      interval,
      seriesMax,
      filter,
      ...(common.value.quality === undefined ? {} : { quality: this.#readQuality(common.value.quality, yaml, path) }),
      settings: isOwn ? { ...(settings.value as object), ...this.#codeOf(yaml, written) } : settings.value,
    };
    if (profile === undefined) {
      const known = this.#entry.pointsOf?.(settings.value);
      if (known !== undefined) this.#noteFilter(common.value.filter, instance, known, yaml, path);
      this.#addInstance(instance, known, yaml, path);
      return;
    }
    const pointFilters = this.#pointFiltersOf(filter, points, yaml, [...path, "points"]);
    const shaped = shapeProfile(profile, { params, points }, (inner, complaint, at) =>
      this.#complain(yaml, [...path, ...inner], complaint, at),
    );
    const whole = { ...instance, ...shaped, ...(pointFilters && { pointFilters }) };
    this.#noteFilter(common.value.filter, whole, shaped.profile.points, yaml, path);
    this.#noteIdlePoints(points, whole, yaml, [...path, "points"]);
    this.#addInstance(whole, shaped.profile.points, yaml, path);
  }

  /** Takes an instance with the points that are known of it; undefined where only running tells them. */
  #addInstance(instance: InstanceConfig, points: readonly InputPoint[] | undefined, yaml: YamlFile, path: Path): void {
    const seriesCount = points && countSeries(instance, points);
    this.#holdToLimit(seriesCount ?? 0, instance.seriesMax ?? SERIES_MAX, yaml, path);
    this.instances.push({ ...instance, ...(seriesCount === undefined ? {} : { seriesCount }) });
  }

  #note(yaml: YamlFile, path: Path, notice: string): void {
    this.notices.push(`${yaml.name}:${yaml.positionOf(path, "value").line}: ${notice}`);
  }

  #noteFilter(
    keys: FilterKeys | undefined,
    instance: InstanceConfig,
    points: readonly InputPoint[],
    yaml: YamlFile,
    path: Path,
  ): void {
    const metrics = points.map(({ metric }) => metric);
    for (const text of [keys && describeIdleGlobs(keys, metrics), describeMixedThreshold(instance, points)]) {
      if (text !== undefined) this.#note(yaml, keys === undefined ? path : [...path, "filter"], text);
    }
  }

  #noteIdlePoints(
    changes: NonNullable<InstanceKeys["points"]>,
    { profile, pointFilters = {} }: Pick<InstanceConfig, "profile" | "pointFilters">,
    yaml: YamlFile,
    path: Path,
  ): void {
    for (const [written, { name = written, filter }] of Object.entries(changes)) {
      const point = profile?.points.find((each) => each.name === name);
      if (filter === undefined || point === undefined || pointFilters[name]?.mode === "all") continue;
      const idle = describeIdlePoint(courseOfPoint(point), filter);
      if (idle !== undefined) this.#note(yaml, [...path, written, "filter"], idle);
    }
  }

  /** Lays what is said of the filter over what holds for the gateway, the last over the first. */
  #overlayFilter(
    base: FilterPolicy,
    said: readonly (FilterKeys | undefined)[],
    yaml: YamlFile,
    path: Path,
  ): FilterPolicy {
    const policy = said.reduce(overlayFilter, base);
    if (said.some((keys) => keys !== undefined)) {
      for (const [key, complaint] of findFilterContradictions(policy)) this.#complain(yaml, [...path, key], complaint);
      const own = said.at(-1);
      const idle = own && describeIdleKeys(policy, own);
      if (idle !== undefined) this.#note(yaml, path, idle);
    }
    return policy;
  }

  /** By the names of points as the instance calls them; undefined where none has one of its own. */
  #pointFiltersOf(
    filter: FilterPolicy,
    points: NonNullable<InstanceKeys["points"]>,
    yaml: YamlFile,
    path: Path,
  ): Readonly<Record<string, FilterPolicy>> | undefined {
    const changed = Object.entries(points).filter(([, change]) => change.filter !== undefined);
    if (changed.length === 0) return undefined;
    return Object.fromEntries(
      changed.map(([name, change]) => [
        change.name ?? name,
        this.#overlayFilter(filter, [change.filter], yaml, [...path, name, "filter"]),
      ]),
    );
  }

  /** What code of the user is run with. Shape: `written` passed as an instance. */
  #codeOf(yaml: YamlFile, written: unknown): object {
    const { code, checksFolder, sources } = this.#surroundings;
    const own = code.get(this.#check);
    if (own === undefined) return {};
    const print = printCode(own, checksFolder, sources.readFile);
    return {
      code: { file: own.file, print },
      secrets: [...this.secrets, ...collectSecrets(yaml.value)],
      init_config: valueAt(yaml.value, "init_config") ?? {},
      instance: written,
    };
  }

  #readQuality(written: MetricQualityKeys, yaml: YamlFile, path: Path): readonly MetricQuality[] {
    return written.map(({ metrics, ...keys }, index) => {
      const rules = toQualityRules(keys);
      complainOfVerdicts(rules, false, (inner, complaint) =>
        this.#complain(yaml, [...path, "quality", index, ...inner], complaint, "key"),
      );
      return { metrics, ...rules };
    });
  }

  /** Takes what an instance says of its device for a profile; undefined where it says nothing, or it is wrong. */
  #describeDevice(keys: InstanceKeys, named: Profile | undefined, yaml: YamlFile, path: Path): Profile | undefined {
    const problemCount = this.problems.length;
    const profile = describeInline(keys, named, (inner, complaint, at) =>
      this.#complain(yaml, [...path, ...inner], complaint, at),
    );
    return this.problems.length === problemCount ? profile : undefined;
  }

  #takeProfile(id: string, written: unknown, yaml: YamlFile, path: Path): Profile | undefined {
    const { shelf } = this.#surroundings;
    const loaded = shelf.take(id);
    if (loaded === undefined) {
      const hint = /^sunspec\b/iu.test(id)
        ? hintForSunSpec(written)
        : hintForProfile(id, shelf.idsOf(this.#entry.name));
      this.#complain(yaml, [...path, "profile"], { found: `"${id}"`, expected: "the id of a device profile", hint });
      return undefined;
    }
    if (loaded.profile === undefined && !this.#brokenProfiles.has(id)) {
      this.#brokenProfiles.add(id);
      this.problems.push(...loaded.problems.map((problem) => ({ ...problem, check: this.#check })));
    }
    const { profile } = loaded;
    if (profile === undefined || profile.protocol === this.#entry.name) return profile;
    this.#complain(yaml, [...path, "profile"], {
      found: `${id}, the profile of a device that speaks ${profile.protocol}`,
      expected: `a profile of protocol ${this.#entry.name}`,
      hint: `Name it in conf.d/${profile.protocol}.yaml instead, or choose another one.`,
    });
    return undefined;
  }

  /**
   * Takes the name of an instance, unless another has it.
   *
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

  /** Holds what an instance says of its bus against what the first one on it says. */
  #compareShared(settings: unknown, yaml: YamlFile, path: Path): void {
    const own = this.#entry.sharedOf?.(settings);
    if (own === undefined) return;
    const first = this.#sharedByBus.get(own.bus);
    if (first === undefined) {
      this.#sharedByBus.set(own.bus, { ...own, place: `${yaml.name}:${yaml.positionOf(path, "value").line}` });
      return;
    }
    for (const [key, value] of Object.entries(own.values)) {
      const wanted = first.values[key];
      if (wanted === undefined || wanted === value) continue;
      this.#complain(yaml, [...path, key], {
        found: String(value),
        expected: `${wanted}, as the instance at ${first.place} on ${own.bus} has it`,
        hint: own.reason,
      });
    }
  }

  /** Holds the port of an instance against those of all others, whatever their input. */
  #holdPort(settings: unknown, name: string, yaml: YamlFile, path: Path): void {
    const port = this.#entry.portOf?.(settings);
    if (port === undefined) return;
    const place = `${this.#check}:${name} at ${yaml.name}:${yaml.positionOf(path, "value").line}`;
    const holder = this.#surroundings.ports.take(port, this.#check, place);
    if (holder === undefined) return;
    const [, where = ""] = port.bus.split("://");
    this.#complain(yaml, [...path, port.key], {
      found: `${where}, which ${holder} reads`,
      expected: "a port or line of its own",
      hint: "What comes from a line goes to one reader. Name another, or have one instance read all of it.",
    });
  }

  #holdToLimit(count: number, seriesMax: number, yaml: YamlFile, path: Path): void {
    if (count <= seriesMax) return;
    this.#complain(yaml, [...path, "max_series"], {
      found: `${count} series`,
      expected: `at most ${seriesMax}`,
      hint: "Disable points you do not need under `points`, or raise max_series; each series is a custom metric.",
    });
  }

  #complain(yaml: YamlFile, path: Path, complaint: Complaint, at?: "key" | "value"): void {
    this.problems.push(problemAt(yaml, path, { ...complaint, check: this.#check }, at));
  }
}

function hintForProfile(id: string, ids: readonly string[]): string {
  const near = didYouMean(id, ids);
  return near === undefined ? `\`tidegate profiles list\` shows the ${ids.length} there are.` : `Did you mean ${near}?`;
}

/** What a device has by SunSpec is asked for once, so that its series are known before it answers. */
function hintForSunSpec(written: unknown): string {
  const options = PLACE_KEYS.flatMap((key) => {
    const value = valueAt(written, key);
    const isPlain = /^[\w.:/-]+$/u.test(String(value));
    return value === undefined || !isPlain ? [] : [`--${key.replace("_", "-")} ${value}`];
  });
  const place = options.length === 0 ? "--host HOST" : options.join(" ");
  return (
    `Ask the device once: \`tidegate modbus discover ${place}\` prints the profile of what it has, with the path to ` +
    "put it at and the id to write here."
  );
}

/** The keys that say where a device is, which are options of the command too. */
const PLACE_KEYS = ["host", "port", "framing", "serial", "baud", "parity", "stop_bits", "data_bits", "unit"] as const;

/** Counts the series of instances, as far as their configuration tells. */
export function countPoints(instances: readonly Pick<InstanceConfig, "profile" | "seriesCount">[]): number {
  return instances.reduce((sum, { profile, seriesCount }) => sum + (seriesCount ?? profile?.points.length ?? 0), 0);
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
