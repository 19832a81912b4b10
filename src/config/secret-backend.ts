/** Looks up every `ENC[HANDLE]` of the whole configuration by one run of the secret backend command. */

import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { runSecretCommand, type SecretAnswer, type SecretCommand } from "../platform/secret-command.ts";
import { secretSchema } from "./main-schema.ts";
import { handleOf, type ReferenceSources, type Resolved, resolveReferences } from "./references.ts";
import type { YamlFile } from "./yaml-file.ts";

/** Source: Datadog documentation, Secrets Management, the executable API. */
const answerSchema = v.record(v.string(), v.object({ value: v.nullish(v.string()), error: v.nullish(v.string()) }));

/** Everything that is looked up, by its handle; for what is not there, what is wrong. */
export type SecretLookup = (handle: string) => Resolved;

/**
 * Looks up the handles of all files. `main` names the command; without a handle anywhere it is not run.
 *
 * Whoever may edit a file of `conf.d` may not thereby choose the command: it is taken from the main file alone.
 */
export function lookUpSecrets(
  main: YamlFile | undefined,
  files: readonly YamlFile[],
  sources: Omit<ReferenceSources, "secretOf">,
): SecretLookup {
  const handles = [...new Set(files.flatMap((file) => handlesIn(file.value)))];
  if (handles.length === 0) return complainAlways("no secret backend was asked", "Start anew.");
  const command = main === undefined ? undefined : readCommand(main, sources);
  if (command === undefined) {
    return complainAlways("there is no secret_backend_command", "Set secret_backend_command in tidegate.yaml.");
  }
  const answer = runSecretCommand(command, JSON.stringify({ version: "1.0", secrets: handles }));
  return "failure" in answer ? complainAlways(answer.failure, answer.hint) : readAnswer(answer, command);
}

function handlesIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [handleOf(value)].filter((handle) => handle !== undefined);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(handlesIn) : [];
}

function readCommand(main: YamlFile, sources: Omit<ReferenceSources, "secretOf">): SecretCommand | undefined {
  const secretOf = complainAlways("the secret backend cannot name itself", "");
  const { value } = resolveReferences(main, secretSchema, { ...sources, secretOf }).yaml;
  const parsed = v.safeParse(secretSchema, value);
  const path = parsed.success ? parsed.output.secret_backend_command : undefined;
  if (!parsed.success || path === undefined) return undefined;
  return {
    path: resolve(dirname(main.name), path),
    arguments: parsed.output.secret_backend_arguments,
    timeout: parsed.output.secret_backend_timeout,
  };
}

/** What the program says is wrong is not shown: it may quote a secret. */
function readAnswer({ output }: Extract<SecretAnswer, { output: string }>, { path }: SecretCommand): SecretLookup {
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), answerSchema), output);
  if (!answer.success) {
    const hint = 'It must write {"HANDLE": {"value": "...", "error": null}} and nothing else.';
    return complainAlways("the secret backend wrote something else than its answer", hint);
  }
  return (handle) => {
    const secret = Object.hasOwn(answer.output, handle) ? answer.output[handle] : undefined;
    const error = secret?.error ?? "";
    if (error === "" && typeof secret?.value === "string" && secret.value !== "") return { text: secret.value };
    const reason = error === "" ? "the secret backend has no value for it" : "the secret backend refuses it";
    return complainAlways(
      reason,
      error === "" ? "Correct the handle." : `Run ${path} by hand, as the gateway's user, and see what it says.`,
    )(handle);
  };
}

function complainAlways(reason: string, hint: string): SecretLookup {
  return (handle) => ({
    complaint: { found: `ENC[${handle}], but ${reason}`, expected: "a handle of a secret", hint },
  });
}
