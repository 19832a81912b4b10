/**
 * The process of one check, for `check-process.ts`: loads the file, makes the class, and runs it whenever it is told
 * to. It says on its fourth pipe what came of it. Whatever the check prints becomes part of the report.
 */

import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { Socket } from "node:net";
import { pathToFileURL } from "node:url";
import { Check } from "./check-class.ts";
import { startReport } from "./check-report.ts";
import type { CheckOrder, CheckWord } from "./check-words.ts";
import { describeError } from "./describe-check-error.ts";

const PIPE = 3;

/** What a class of a check gives. */
interface Runnable {
  check(instance: unknown): unknown;
}

const pipe = new Socket({ fd: PIPE, readable: true, writable: true });
// Without a gateway there is nobody to measure for.
for (const end of ["end", "close", "error"]) pipe.on(end, () => process.exit());

const lines = readLines();
const order = JSON.parse((await lines.next()).value ?? "") as CheckOrder;
const report = startReport(order);
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: string | Uint8Array) => {
    report.print(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
    return true;
  };
}

const words = (error: unknown): string => describeError(locate(error), order.file);
// What is thrown where nobody waits for it is the check's own, and it ends as any program would.
let isRunning = false;
let run = 0;
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    const told = `${words(error)}, thrown where nothing caught it`;
    say(isRunning ? { run, report: report.take(told) } : { failed: told }, () => process.exit(1));
  });
}

try {
  const check = await load(order);
  say({ isReady: true });
  for await (const line of lines) {
    ({ run } = JSON.parse(line) as { readonly run: number });
    isRunning = true;
    report.begin();
    const error = await runOnce(check);
    isRunning = false;
    say({ run, report: report.take(error) });
  }
} catch (error) {
  say({ failed: words(error) }, () => process.exit(1));
}

async function runOnce(check: Runnable): Promise<string | undefined> {
  try {
    await check.check(structuredClone(order.instance));
    return undefined;
  } catch (error) {
    return words(error);
  }
}

/** Of a text that is no JavaScript Node names the file and not the place in it; what takes types away does. */
function locate(error: unknown): unknown {
  if (!(error instanceof SyntaxError) || "code" in error) return error;
  try {
    stripTypeScriptTypes(readFileSync(order.file, "utf8"));
    return error;
  } catch (located) {
    return located;
  }
}

/** Makes the check of a file: of its default export, or of the one class among its exports that extends `Check`. */
async function load({ file }: CheckOrder): Promise<Runnable> {
  const exports: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  const classes = [...new Set(Object.values(exports))].filter(isCheckClass);
  const own = isCheckClass(exports["default"]) ? exports["default"] : classes[0];
  const isClear = own !== undefined && (own === exports["default"] || classes.length === 1);
  if (!isClear) {
    const found = classes.length === 0 ? "no class that extends" : `${classes.length} classes that extend`;
    throw new Error(
      `${file} exports ${found} Check, expected one: export default class extends Check { check(instance) {} }`,
    );
  }
  const made = new own(order.initConfig);
  if (typeof made.check === "function") return made;
  throw new Error(`${file} has a class without check(instance), expected that method: the gateway calls it`);
}

function isCheckClass(value: unknown): value is new (initConfig: unknown) => Runnable {
  return typeof value === "function" && (value.prototype as unknown) instanceof Check;
}

function say(word: CheckWord, whenSaid?: () => void): void {
  pipe.write(`${JSON.stringify(word)}\n`, whenSaid);
}

async function* readLines(): AsyncGenerator<string, undefined> {
  let rest = "";
  pipe.setEncoding("utf8");
  for await (const chunk of pipe as AsyncIterable<string>) {
    const parts = `${rest}${chunk}`.split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  return undefined;
}
