/** The whole configuration, in one go: frozen, or every problem at once. */

import { dirname } from "node:path";
import type {
  CheckConfig,
  ConfigNotice,
  ConfigProblem,
  InstanceConfig,
  LoadedConfig,
  Secret,
} from "../model/config.ts";
import { DEFAULT_FILTER, type FilterPolicy } from "../model/filter.ts";
import type { InputEntry } from "../model/input.ts";
import { type Environment, processEnvironment } from "../platform/environment.ts";
import { type FileText, readTextFile } from "../platform/files.ts";
import { Scrubber } from "../telemetry/scrubber.ts";
import { type CheckCode, findCheckCode } from "./check-code.ts";
import { findCheckFiles, readCheckFiles } from "./check-files.ts";
import { countPoints, loadCheck } from "./check-instances.ts";
import { HeldPorts } from "./held-ports.ts";
import { describeIdleKeys } from "./idle-filter.ts";
import { loadMainFile, type MainConfig, readMainFile } from "./main-file.ts";
import type { ConfigPlace } from "./places.ts";
import { keepCauses, problemOfFile, sortProblems } from "./problems.ts";
import { ProfileShelf } from "./profile-shelf.ts";
import type { ReferenceSources } from "./references.ts";
import { lookUpSecrets } from "./secret-backend.ts";
import { collectSecrets } from "./secret-names.ts";

/** What the configuration is loaded from. */
export interface LoadOptions {
  readonly place: ConfigPlace;
  /** The inputs there are; a check is named after one of them. */
  readonly inputs: readonly InputEntry[];
  /** Leaving it out means that of this process. */
  readonly environment?: Environment;
  /** Leaving it out means the disk of this machine. */
  readonly readFile?: (path: string) => FileText;
  /** Paths in the main file, as problems name them, of keys that nobody needs; leaving it out means none. */
  readonly forgiven?: readonly string[];
}

/**
 * Loads the main file, every check and the profiles they name.
 *
 * A problem of a check stops that check only; a problem of the main file leaves no configuration, yet the checks are
 * looked at all the same, so that one run shows everything there is to mend.
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { place, inputs, environment = processEnvironment(), readFile = readTextFile, forgiven = [] } = options;
  const mainRead = readMainFile(place.file, { environment, readFile, forgiven });
  const { checks: checkFiles, problems: folderProblems } = findCheckFiles(place.confFolder);
  const readings = checkFiles.map((files) => readCheckFiles(files, readFile));
  const checkReads = readings.map(({ check }) => check);

  const places = { environment, readFile, folder: dirname(place.file) };
  const reads = [mainRead, ...checkReads.flatMap(({ files }) => files.map(({ read }) => read))];
  const yamls = reads.flatMap(({ yaml }) => (yaml === undefined ? [] : [yaml]));
  const sources: ReferenceSources = { ...places, secretOf: lookUpSecrets(mainRead.yaml, yamls, places) };
  const { main, problems: mainProblems, notices: mainNotices, secrets: mainSecrets } = loadMainFile(mainRead, sources);

  const problems: ConfigProblem[] = [...mainProblems, ...folderProblems];
  // What a reference led to comes last: of two ways to show a secret, the reference says more.
  const secrets: Secret[] = [...collectSecrets(yamls.map(({ value }) => value)), ...mainSecrets];
  const checks: CheckConfig[] = [];
  const notices: ConfigNotice[] = mainNotices.map((text) => ({ text }));
  for (const { check, notices: texts } of readings) notices.push(...noticesAbout(check.name, texts));
  let seriesCount = 0;
  const shelf = new ProfileShelf(place.profileFolders);
  const { checksFolder } = place;
  const code = findCheckCode(checksFolder);
  notices.push(
    ...noticesOfCode(
      [...code.values()],
      checkFiles.map(({ name }) => name),
      inputs,
    ),
  );
  const ports = new HeldPorts();
  for (const read of checkReads) {
    const {
      check,
      problems: own,
      notices: ownNotices,
      secrets: ownSecrets,
    } = loadCheck(read, { inputs, shelf, sources, code, checksFolder, ports, filter: main?.filter ?? DEFAULT_FILTER });
    problems.push(...own);
    notices.push(...noticesAbout(read.name, ownNotices));
    secrets.push(...ownSecrets);
    if (check === undefined) continue;
    const count = countPoints(check.instances);
    if (main === undefined || seriesCount + count <= main.gateway.seriesMax) {
      seriesCount += count;
      checks.push(check);
    } else problems.push(problemOfLimit(check, seriesCount + count, main.gateway.seriesMax));
  }
  notices.push(...noticesOfFilter(main, checks));
  return {
    config: main === undefined ? undefined : deepFreeze({ ...main.gateway, checks }),
    problems: new Scrubber(secrets).scrubAll(sortProblems(keepCauses(problems))),
    notices: new Scrubber(secrets).scrubAll(notices),
    secrets,
  };
}

function noticesAbout(check: string, texts: readonly string[]): readonly ConfigNotice[] {
  return texts.map((text) => ({ text, check }));
}

/** Keys of the whole gateway's filter have a use as soon as one instance gives them one. */
function noticesOfFilter(main: MainConfig | undefined, checks: readonly CheckConfig[]): readonly ConfigNotice[] {
  if (main?.saidOfFilter === undefined || checks.length === 0) return [];
  const { keys, place } = main.saidOfFilter;
  const idle = describeIdleKeys(main.filter, keys);
  const policies = checks.flatMap(({ instances }) => instances).flatMap(policiesOf);
  const isUsed = policies.some((policy) => describeIdleKeys(policy, keys) === undefined);
  return idle === undefined || isUsed ? [] : [{ text: `${place}: ${idle}` }];
}

function policiesOf({ filter, pointFilters = {} }: InstanceConfig): readonly FilterPolicy[] {
  return [...(filter === undefined ? [] : [filter]), ...Object.values(pointFilters)];
}

/** Code that nothing runs works as little as a check without code, and nobody sees why. */
function noticesOfCode(
  code: readonly CheckCode[],
  configured: readonly string[],
  inputs: readonly InputEntry[],
): readonly ConfigNotice[] {
  return code.flatMap(({ name, file }) => {
    const isBuiltIn = inputs.some((input) => input.name === name && input.usesCode !== true);
    if (isBuiltIn) {
      const text = `${file} is not run: ${name} is a check of the gateway's own. Give yours another name.`;
      return [{ text, check: name }];
    }
    if (configured.includes(name)) return [];
    const text = `${file} is not run: there is no conf.d/${name}.yaml. Write one with a line \`instances: [{}]\`.`;
    return [{ text, check: name }];
  });
}

/** The limit stops the check that crosses it, and not the gateway: what is in the log must still be sent. */
function problemOfLimit({ name, instances }: CheckConfig, count: number, seriesMax: number): ConfigProblem {
  return problemOfFile(instances[0]?.file ?? name, {
    found: `${count} series with those of the checks before it`,
    expected: `at most ${seriesMax} for the gateway`,
    hint: "Disable points you do not need, or raise max_series in tidegate.yaml; each series is a custom metric.",
    check: name,
  });
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
