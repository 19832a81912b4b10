/** From options to the setting that is tried: what is configured, with what the options say laid over it. */

import { safeParse } from "valibot";
import { type FilterKeys, filterEntry, findFilterContradictions, overlayFilter } from "../../config/filter-schema.ts";
import { describeIdleKeys } from "../../config/idle-filter.ts";
import type { GatewayConfig, InstanceConfig } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import { DEFAULT_FILTER, type FilterPolicy } from "../../model/filter.ts";
import { describeExpectation } from "../../schema/describe-schema.ts";
import type { CommandArguments } from "../arguments.ts";

/** Options that are keys of `filter` too. */
const WORDS = ["mode", "detector", "sensitivity", "keep"] as const;
const NUMBERS = ["window", "pre", "post", "heartbeat"] as const;

/** The options, as a command declares them. */
export const SETTING_OPTIONS: readonly string[] = [...WORDS, ...NUMBERS, "deadband"];

/** What options say. */
export interface TriedSettings {
  readonly keys: FilterKeys;
  /** As they were written, to be shown. */
  readonly words: string;
}

/** Reads the options. Errors: `CLI_USAGE`. */
export function readTriedSettings(options: Pick<CommandArguments, "text">): TriedSettings {
  const written: Record<string, string | number> = {};
  for (const name of [...WORDS, ...NUMBERS, "deadband"] as const) {
    const text = options.text(name);
    if (text === undefined) continue;
    const isNumber = name !== "deadband" && NUMBERS.some((each) => each === name) && text.trim() !== "";
    written[name] = isNumber ? Number(text) : text;
  }
  const result = safeParse(filterEntry, written);
  if (!result.success) {
    const [issue] = result.issues;
    const name = String(issue.path?.[0]?.key ?? "");
    // What a check of the schema says by itself is what it expects.
    const own = issue.type === "check" ? issue.message : "";
    const expected = own === "" ? (describeExpectation(filterEntry, [name])?.phrase ?? "something else") : own;
    throw new GatewayError("CLI_USAGE", `expected ${expected} after --${name}, found "${options.text(name) ?? ""}".`);
  }
  if (written["mode"] === "all") {
    const why = "with all nothing is detected and nothing thinned out, so there is nothing to show";
    throw new GatewayError("CLI_USAGE", `expected mark or reduce after --mode, found "all": ${why}.`);
  }
  const words = Object.entries(written).map(([name, value]) => `--${name} ${value}`);
  return { keys: result.output ?? {}, words: words.join(" ") };
}

/** Lays options over a policy; what is not configured is tried with `reduce`. */
export function layOver(policy: FilterPolicy, keys: FilterKeys): FilterPolicy {
  const overlaid = overlayFilter(policy, keys);
  return overlaid.mode === "all" ? { ...overlaid, mode: "reduce" } : overlaid;
}

/** Says which options change nothing, whatever instance they are tried on; undefined where each has a use. */
export function describeIdleOptions({ checks }: Pick<GatewayConfig, "checks">, keys: FilterKeys): string | undefined {
  const instances = checks.flatMap((check) => check.instances);
  const policies = instances.flatMap(({ filter = DEFAULT_FILTER, pointFilters = {} }) => [
    filter,
    ...Object.values(pointFilters),
  ]);
  const idle = [DEFAULT_FILTER, ...policies].map((policy) => describeIdleKeys(layOver(policy, keys), keys));
  return idle.includes(undefined) ? undefined : idle[0];
}

/**
 * Lays options over what an instance says; where it takes a point out of what it thins, that stays out.
 *
 * Errors: `CLI_USAGE` for what contradicts itself.
 */
export function tryOn(instance: InstanceConfig, keys: FilterKeys): InstanceConfig {
  const { filter = DEFAULT_FILTER, pointFilters = {} } = instance;
  const tried = refuseContradictions(layOver(filter, keys));
  const points = Object.entries(pointFilters).map(([name, policy]) => {
    const isOut = policy.mode === "all" && filter.mode !== "all";
    return [name, isOut ? policy : refuseContradictions(layOver(policy, keys))] as const;
  });
  return { ...instance, filter: tried, pointFilters: Object.fromEntries(points) };
}

/** Gives back a policy that can be. Errors: `CLI_USAGE` for one that contradicts itself. */
export function refuseContradictions(policy: FilterPolicy): FilterPolicy {
  const [contradiction] = findFilterContradictions(policy);
  if (contradiction === undefined) return policy;
  const [name, { found, expected }] = contradiction;
  const remedy = name === "keep" ? " Add --deadband 1%." : "";
  throw new GatewayError("CLI_USAGE", `expected ${expected}, found ${found}.${remedy}`);
}
