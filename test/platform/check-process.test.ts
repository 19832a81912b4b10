import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type CheckProcess, type RunEnd, startCheckProcess } from "../../src/platform/check-process.ts";
import { type CheckSources, SourceShelf } from "../../src/platform/check-sources.ts";
import { findParentDeath } from "../../src/platform/parent-death.ts";

const folder = mkdtempSync(join(tmpdir(), "tidegate-checks-"));
const shelf = new SourceShelf();
const started: CheckProcess[] = [];

afterAll(() => {
  for (const process of started) process.end();
  rmSync(folder, { recursive: true });
});

let files = 0;

/** Writes a check whose method holds `body`, or a whole file where it begins as one. */
function write(body: string, ending = "ts"): string {
  files += 1;
  const file = join(folder, `check_${files}.${ending}`);
  const isWhole = /^(import|export|const|enum)\b/u.test(body);
  const whole = `import { Check } from "tidegate/check";
export default class extends Check {
  async check(instance) {
    ${body}
  }
}
`;
  writeFileSync(
    file,
    isWhole ? body : ending === "ts" ? whole.replace("(instance)", "(instance: any): Promise<void>") : whole,
  );
  return file;
}

const parentDeath = await findParentDeath();

interface StartOptions {
  readonly instance?: Readonly<Record<string, unknown>>;
  readonly sources?: CheckSources;
}

async function start(file: string, { instance = {}, sources }: StartOptions = {}): Promise<CheckProcess> {
  const process = startCheckProcess({
    order: { file, name: "my_metric", initConfig: { a: 1 }, instance, seriesMax: 1000 },
    sources: sources ?? (await shelf.of(file)),
    memoryMiB: 64,
    parentDeath,
    label: "my_metric:one",
  });
  started.push(process);
  return process;
}

async function runOnce(body: string, ending?: string): Promise<RunEnd> {
  const process = await start(write(body, ending));
  const end = await process.run();
  process.end();
  return end;
}

function wordsOf(end: RunEnd): string {
  return end.kind === "report" ? `report ${end.report.error ?? "without an error"}` : `${end.kind} ${end.what}`;
}

/** A wrong place in a file, by the part of its path that tests know. */
function inFile(words: string): string {
  return words.replaceAll(/\/\S*?(?=check_\d+\.)/gu, "").replaceAll(/check_\d+/gu, "FILE");
}

describe("a check that is bad", () => {
  test.concurrent.each<[string, string, RegExp]>([
    ["throws", 'throw new TypeError("boom");', /^report TypeError: boom, at FILE\.ts:4:11/],
    ["throws no error", "throw 7;", /^report threw 7, which is no Error$/],
    [
      "throws an error with a stack of its own",
      'throw Object.assign(new Error("x"), { stack: 7 });',
      /^report Error: x, in/,
    ],
    [
      "throws later, where nobody waits",
      'setImmediate(() => { throw new Error("late"); }); await new Promise(() => {});',
      /^report Error: late, at FILE\.ts:4:\d+ .*, thrown where nothing caught it$/,
    ],
    [
      "refuses a promise that nobody has",
      'void Promise.reject(new Error("left")); await new Promise(() => setTimeout(() => {}, 1e6));',
      /^report Error: left, at FILE\.ts:4:\d+.*, thrown where/,
    ],
    [
      "ends its process",
      "process.exit(3);",
      /^ended ended by itself with exit code 3: a check must not end its process$/,
    ],
    ["kills its process", 'process.kill(process.pid, "SIGKILL");', /^ended was ended by SIGKILL$/],
    ["aborts", "process.abort();", /^ended was ended by SIGABRT$/],
    ["leaks in a list", "const all = []; for (;;) all.push({ all });", /^ended took more memory than it may$/],
    [
      "leaks in a map",
      "const all = new Map(); for (let i = 0; ; i += 1) all.set(i, i);",
      /^ended took more memory than it may$/,
    ],
    ["asks for one huge list", "this.all = new Array(1e8).fill({});", /^ended took more memory than it may$/],
    [
      "writes to the pipe of the gateway",
      'const fs = await import("node:fs"); fs.writeSync(3, "5\\n"); await new Promise(() => {});',
      /^ended wrote to the pipe of the gateway, and was ended$/,
    ],
    [
      "closes every file it has",
      'const fs = await import("node:fs"); for (let fd = 0; fd < 99; fd += 1) try { fs.closeSync(fd); } catch {}',
      /^ended |^report /,
    ],
  ])("costs only itself when it %s", async (_, body, expected) => {
    expect(inFile(wordsOf(await runOnce(body)))).toMatch(expected);
  });
});

describe("a check that cannot be loaded", () => {
  test.concurrent.each<[string, string, string, RegExp]>([
    [
      "an enum",
      "ts",
      "const a = 1;\nenum Mode { on }\nexport { a };\n",
      /^failed SyntaxError: TypeScript enum is not .* at FILE\.ts:2:1; types are taken away and nothing is compiled/,
    ],
    [
      "broken TypeScript",
      "ts",
      "export default class {\n  check() {\n    const x = ;\n  }\n}\n",
      /^failed SyntaxError: Expression expected, at FILE\.ts:3:15$/,
    ],
    [
      "broken JavaScript",
      "js",
      "export default class {\n  check() {\n    const x = ;\n  }\n}\n",
      /^failed SyntaxError: Expression expected, at FILE\.js:3:15$/,
    ],
    [
      "an import of nothing",
      "ts",
      'import { x } from "./nowhere.ts";\nexport default x;\n',
      /^failed Error: Cannot find module '.*nowhere\.ts' imported from FILE\.ts/,
    ],
    [
      "no class",
      "js",
      "export const x = 1;\n",
      /^failed Error: FILE\.js exports no class that extends Check, expected one: export default class extends Check/,
    ],
    [
      "two classes",
      "js",
      'import { Check } from "tidegate/check";\nexport class A extends Check { check() {} }\nexport class B extends Check { check() {} }\n',
      /^failed Error: FILE\.js exports 2 classes that extend Check/,
    ],
    [
      "a class without check",
      "js",
      'import { Check } from "tidegate/check";\nexport class A extends Check {}\n',
      /^failed Error: FILE\.js has a class without check\(instance\)/,
    ],
    [
      "a throw at its top",
      "js",
      'import "tidegate/check";\nthrow new RangeError("top");\n',
      /^failed RangeError: top, at FILE\.js:2:7$/,
    ],
    [
      "a throw in its constructor",
      "js",
      'import { Check } from "tidegate/check";\nexport class A extends Check {\n  constructor() { super(); throw new Error("new"); }\n  check() {}\n}\n',
      /^failed Error: new, at FILE\.js:3:34 \(new A\)/,
    ],
  ])("says where: %s", async (_, ending, text, expected) => {
    const process = await start(write(text, ending));
    expect(await process.opened).toMatchObject({ kind: "failed" });
    expect(inFile(wordsOf(await process.run()))).toMatch(expected);
  });

  test("is found by a path that counts from the folder of the gateway", async () => {
    const check = await start(relative(process.cwd(), write("this.gauge('a', 1);")));
    expect(wordsOf(await check.run())).toBe("report without an error");
  });

  test("says so when its file is gone", async () => {
    const process = await start(join(folder, "gone.js"));
    expect(wordsOf(await process.run())).toMatch(/^failed Error: Cannot find module '.*gone\.js'/);
  });
});

describe("a check", () => {
  test("is told its name and keys, and sees nothing of the gateway", async () => {
    const process = await start(
      write(`
    const fs = await import("node:fs");
    this.event({ title: JSON.stringify([
      this.name, this.initConfig, this.instance, instance, process.env, process.argv.slice(1).length,
      fs.readFileSync("/proc/self/environ", "utf8"), process.cwd(),
    ]) });`),
      { instance: { scale: 2, password: "x" } },
    );
    const end = await process.run();
    const keys = { scale: 2, password: "x" };
    const seen = end.kind === "report" ? JSON.parse(end.report.events[0]?.title ?? "[]") : end;
    expect(seen).toEqual(["my_metric", { a: 1 }, keys, keys, {}, 1, "", folder]);
  });

  test("keeps what it knows from run to run, and what it prints out of the way", async () => {
    const process = await start(
      write(
        `import { Check } from "tidegate/check";
export class Counting extends Check {
  runs: number = 0;
  check(): void {
    this.runs += 1;
    this.gauge("runs", this.runs, { tags: ["a:b"] });
    console.log("run %d", this.runs);
  }
}
`,
      ),
    );
    for (const runs of [1, 2, 3]) {
      const end = await process.run();
      expect(end).toMatchObject({ kind: "report", report: { lines: [`run ${runs}`] } });
      if (end.kind !== "report") continue;
      expect(end.report.readings).toEqual([[0, runs, expect.any(Number), null, 0]]);
      expect(end.receivedAt - (end.report.readings[0]?.[2] ?? 0)).toBeGreaterThanOrEqual(0);
    }
  });

  test("runs from whatever folder, with helpers of its own, in CommonJS too", async () => {
    writeFileSync(join(folder, "twice.mts"), "export const twice = (x: number): number => 2 * x;\n");
    const asModule = 'import { Check } from "tidegate/check";\nimport { twice } from "./twice.mts";\n';
    const asCommon = 'const { Check } = require("tidegate/check");\nconst twice = (x) => 2 * x;\n';
    const own = "class A extends Check { check() { this.gauge('a', twice(2)); } }\n";
    const files = [write(`${asModule}export default ${own}`, "mts"), write(`${asCommon}module.exports = ${own}`, "js")];
    for (const file of files) {
      const end = await (await start(file)).run();
      expect(wordsOf(end)).toBe("report without an error");
      expect(end).toMatchObject({ report: { readings: [[0, 4, expect.any(Number), null, 0]] } });
    }
  });

  test("that loops is ended whenever the gateway says so", async () => {
    const process = await start(write("this.gauge('a', 1); for (;;);"));
    expect(await process.opened).toBeUndefined();
    const run = process.run();
    process.end();
    expect(await run).toEqual({ kind: "ended", what: "was ended" });
    expect(process.end()).toBeUndefined();
  });

  test.each([
    ["ends its process", 'process.kill(process.pid, "SIGKILL");'],
    ["takes too much memory", "const all = []; for (;;) all.push({ all });"],
  ])("that %s leaves what it told in that run, and nothing of the runs before", async (_, body) => {
    const process = await start(
      write(
        `import { Check } from "tidegate/check";
export class Telling extends Check {
  runs = 0;
  check() {
    this.runs += 1;
    this.gauge("a", this.runs, { tags: ["x:1"] });
    if (this.runs === 1) return;
    this.gauge("b", 2);
    this.gauge("b", "two");
    this.event({ title: "Door open" });
    this.serviceCheck("oven.door", "critical");
    console.log("so far");
    ${body}
  }
}
`,
        "js",
      ),
    );
    expect(wordsOf(await process.run())).toBe("report without an error");
    expect(await process.run()).toMatchObject({ kind: "ended" });
    expect(process.end()?.report).toMatchObject({
      series: [{ kind: "gauge", name: "b", tags: [], unit: "" }],
      readings: [
        [0, 2, expect.any(Number), null, 0],
        [1, 2, expect.any(Number), null, 0],
      ],
      ...{ events: [{ title: "Door open" }], serviceChecks: [{ name: "oven.door", status: 2 }], lines: ["so far"] },
      warnings: [expect.stringContaining('the value is "two"')],
      lost: { notANumber: 1, flood: 0, seriesLimit: 0 },
    });
  });

  test("that tells more than it may until it is ended leaves a count of that", async () => {
    const process = await start(write("for (let i = 0; i < 11_000; i += 1) this.gauge('a', i); process.abort();"));
    expect(await process.opened).toBeUndefined();
    const run = process.run();
    expect(await run).toMatchObject({ kind: "ended" });
    const { readings, lost } = process.end()?.report ?? {};
    expect([readings?.length, lost]).toEqual([10_000, { notANumber: 0, flood: 1000, seriesLimit: 0 }]);
  });

  test("takes little memory, and what buffers take is seen", async () => {
    const process = await start(write("this.all = Buffer.alloc(30 * 1024 * 1024, 1);", "js"));
    await process.opened;
    const before = process.privateBytes() ?? Number.NaN;
    expect(before).toBeLessThan(16 * 1024 * 1024);
    expect(wordsOf(await process.run())).toBe("report without an error");
    expect((process.privateBytes() ?? 0) - before).toBeGreaterThan(25 * 1024 * 1024);
  });

  test("runs without the gateway's help too, where its types could not be taken away before", async () => {
    const process = await start(write("this.gauge('a', 1);"), { sources: {} });
    expect(wordsOf(await process.run())).toBe("report without an error");
  });

  test("that prints without end keeps a few lines of it", async () => {
    const end = await runOnce(
      'for (let i = 0; i < 100_000; i += 1) console.log("x".repeat(1000)); this.gauge("a", 1);',
    );
    expect(end).toMatchObject({ kind: "report", report: { readings: [[0, 1, expect.any(Number), null, 0]] } });
    expect(end.kind === "report" && end.report.lines.length).toBe(51);
  });

  test("lets the gateway go first", async () => {
    const end = await runOnce('this.gauge("nice", (await import("node:os")).getPriority());');
    expect(end).toMatchObject({ report: { readings: [[0, 10, expect.any(Number), null, 0]] } });
  });

  test("is the first to go where the machine runs out of memory", async () => {
    const end = await runOnce(`
    const fs = await import("node:fs");
    this.gauge("score", fs.readFileSync("/proc/self/oom_score_adj", "utf8").trim());`);
    expect(end).toMatchObject({ report: { readings: [[0, 1000, expect.any(Number), null, 0]] } });
  });
});
