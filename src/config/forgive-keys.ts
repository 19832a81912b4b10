/** Keys of intakes that are missing or wrong: a command that sends nothing can do without them. */

import type { ConfigProblem } from "../model/config.ts";
import { isSecretName } from "./secret-names.ts";
import type { Path, YamlFile } from "./yaml-file.ts";

/** Stands for a key that is not there. It is never sent. */
const STAND_IN = "none";

/** Says whether a problem is one with a key by which an intake lets this gateway in. */
export function isAboutKey({ path, check }: Pick<ConfigProblem, "path" | "check">): boolean {
  if (check !== undefined) return false;
  return path === "api_key" || path === "app_key" || (/^intakes\.\d+\./u.test(path) && isSecretName(path));
}

/** Puts a stand-in at each path, as problems name it. */
export function forgiveKeys(yaml: YamlFile, paths: readonly string[]): YamlFile {
  const forgiven = paths.map(
    (path): Path => path.split(".").map((part) => (/^\d+$/u.test(part) ? Number(part) : part)),
  );
  return {
    ...yaml,
    value: forgiven.reduce((value: unknown, path) => withStandIn(value, path), yaml.value),
    sourceOf: (path) => (paths.includes(path.join(".")) ? undefined : yaml.sourceOf(path)),
  };
}

function withStandIn(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return STAND_IN;
  if (Array.isArray(value)) return value.map((inner, index) => (index === key ? withStandIn(inner, rest) : inner));
  const map = value ?? {};
  return typeof map === "object" ? { ...map, [key]: withStandIn(Reflect.get(map, key), rest) } : value;
}
