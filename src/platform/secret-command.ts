/** Runs the program that knows the secrets; synchronous, because nothing runs before the configuration is read. */

import { spawnSync } from "node:child_process";
import { type Stats, statSync } from "node:fs";
import type { Millis } from "../model/time.ts";

/** The program, and how long it may take. */
export interface SecretCommand {
  /** An absolute path. */
  readonly path: string;
  readonly arguments: readonly string[];
  readonly timeout: Millis;
}

/** What the program wrote, or in words why there is nothing and what to do. */
export type SecretAnswer = { readonly output: string } | { readonly failure: string; readonly hint: string };

/** Source: Datadog Agent, secret_backend_output_max_size. Units: bytes. */
const OUTPUT_BYTES_MAX = 1_048_576;

/** Rights of the group and of others, as stat(2) counts them. */
const FOREIGN_RIGHTS = 0o077;

/**
 * Hands `input` to the program and takes what it writes. Who may change or run the program besides its owner could
 * read every secret, so such a program is refused. What it writes to standard error is thrown away unseen: it may
 * hold a secret.
 *
 * Limits: 1 MiB of output.
 */
export function runSecretCommand(command: SecretCommand, input: string): SecretAnswer {
  const refusal = refusalOf(command.path);
  if (refusal !== undefined) return refusal;
  const { stdout, status, signal, error } = spawnSync(command.path, command.arguments, {
    input,
    encoding: "utf8",
    timeout: command.timeout,
    killSignal: "SIGKILL",
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const hint = `Run ${command.path} by hand, as the gateway's user, and see what it says.`;
  switch (error === undefined ? undefined : Reflect.get(error, "code")) {
    case undefined:
      break;
    case "ETIMEDOUT":
      return {
        failure: `the secret backend did not end within ${command.timeout / 1000} s`,
        hint: "Mend it, or raise secret_backend_timeout.",
      };
    case "ENOBUFS":
      return { failure: "the secret backend wrote more than 1 MiB", hint };
    case "EPIPE":
      // It ended without reading its input; its exit code and output say more.
      break;
    default:
      return { failure: "the secret backend cannot be run", hint };
  }
  if (status !== 0) {
    return { failure: `the secret backend ended with ${signal ?? `exit code ${String(status)}`}`, hint };
  }
  return { output: stdout };
}

function refusalOf(path: string): SecretAnswer | undefined {
  const stats = statOf(path);
  if (stats === "hidden") {
    const hint = "Let the gateway's user into the folders above it, or correct secret_backend_command.";
    return { failure: `the secret backend ${path} cannot be found by this user`, hint };
  }
  if (stats === undefined || !stats.isFile()) {
    return { failure: `the secret backend ${path} is no file`, hint: "Correct secret_backend_command." };
  }
  const user = process.getuid?.();
  if (user !== undefined && stats.uid !== user && stats.uid !== 0) {
    const hint = "Let it belong to the gateway's user.";
    return { failure: `the secret backend ${path} belongs to another user`, hint };
  }
  if ((stats.mode & FOREIGN_RIGHTS) !== 0) {
    return { failure: `the secret backend ${path} is open to others`, hint: `Run \`chmod 700 ${path}\`.` };
  }
  return undefined;
}

/** Looks at a file; undefined where there is none, "hidden" where this user may not look. */
function statOf(path: string): Stats | "hidden" | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return "hidden";
  }
}
