/** Finds the check that a command names. */

import type { CheckConfig, LoadedConfig } from "../model/config.ts";
import { GatewayError } from "../model/errors.ts";

/** Errors: `CHECK_UNKNOWN`, naming the files whose problems are why it does not run. */
export function selectCheck({ config, problems }: LoadedConfig, name: string): CheckConfig {
  const check = config?.checks.find((candidate) => candidate.name === name);
  if (check !== undefined) return check;
  const own = problems.filter((problem) => problem.check === name || problem.check === undefined);
  if (own.length > 0) {
    const files = [...new Set(own.map((problem) => problem.file))].join(", ");
    throw new GatewayError("CHECK_UNKNOWN", `invalid config for ${name}: mend the problems named in ${files}.`);
  }
  const known = config?.checks.map((candidate) => candidate.name) ?? [];
  throw new GatewayError(
    "CHECK_UNKNOWN",
    `no valid check found: ${name} has no instances in conf.d/${name}.yaml or conf.d/${name}.d/*.yaml. ` +
      (known.length === 0 ? "No check is configured at all." : `Configured: ${known.join(", ")}.`),
  );
}

/**
 * Narrows a check to one of its instances: by name, by the ID that `check` prints, or by number, counted from 0 as in
 * the problems of `configcheck`.
 *
 * Errors: `CHECK_UNKNOWN`, naming those there are.
 */
export function selectInstance(check: CheckConfig, wanted: string): CheckConfig {
  const name = wanted.startsWith(`${check.name}:`) ? wanted.slice(check.name.length + 1) : wanted;
  const names = check.instances.map((candidate) => candidate.name);
  const chosen = names.includes(name) ? name : /^\d+$/u.test(name) ? names[Number(name)] : undefined;
  const instances = check.instances.filter((candidate) => candidate.name === chosen);
  if (instances.length > 0) return { ...check, instances };
  const known = names.map((candidate, index) => `${index} ${candidate}`).join(", ");
  throw new GatewayError("CHECK_UNKNOWN", `${check.name} has no instance "${wanted}". There are: ${known}.`);
}
