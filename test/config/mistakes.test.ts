import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import type { ConfigProblem } from "../../src/model/config.ts";
import { loadFiles } from "./config-folder.ts";

/**
 * Files with mistakes and what is said of them, in one text for the reader: `###` begins a mistake, `---` a file,
 * `>>>` what the gateway answers. The test takes the files out of it, loads them and writes the answers anew.
 */
const GOLDEN = new URL("../golden/config/mistakes.txt", import.meta.url).pathname;

interface Mistake {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
}

function readMistakes(): readonly Mistake[] {
  return readFileSync(GOLDEN, "utf8")
    .split(/^### /mu)
    .slice(1)
    .map((section) => {
      const [head = "", ...parts] = (section.split(/^>>>\n/mu)[0] ?? "").split(/^--- (?=\S+\n)/mu);
      const files = parts.map((part) => {
        const end = part.indexOf("\n");
        return [part.slice(0, end), `${part.slice(end + 1).trimEnd()}\n`] as const;
      });
      return { title: head.trim(), files: Object.fromEntries(files) };
    });
}

function render({ title, files }: Mistake, problems: readonly ConfigProblem[]): string {
  const inputs = Object.entries(files).map(([name, text]) => `--- ${name}\n${text.trimEnd()}\n`);
  const answers = problems.map((problem) => `${formatProblem(problem)}\n`);
  return `### ${title}\n${inputs.join("")}>>>\n${answers.join("\n")}`;
}

const mistakes = readMistakes().map((mistake) => ({ mistake, loaded: loadFiles(mistake.files) }));

describe("mistakes in the configuration", () => {
  test("are answered with place, what was found, what was expected and a hint", async () => {
    const text = mistakes.map(({ mistake, loaded }) => render(mistake, loaded.problems)).join("\n");
    await expect(text).toMatchFileSnapshot(GOLDEN);
  });

  test("are many, and none of them passes unseen", () => {
    expect(mistakes.length).toBeGreaterThanOrEqual(60);
    expect(new Set(mistakes.map(({ mistake }) => mistake.title)).size).toBe(mistakes.length);
    for (const { mistake, loaded } of mistakes) expect(loaded.problems, mistake.title).not.toEqual([]);
  });

  test("never lead to a message that shows an API key", () => {
    const key = "0123456789abcdef0123456789abcdef";
    const withKey = mistakes.filter(({ mistake }) => JSON.stringify(mistake.files).includes(key));
    expect(withKey.length).toBeGreaterThanOrEqual(9);
    for (const { mistake, loaded } of withKey) {
      expect(JSON.stringify(loaded.problems), mistake.title).not.toContain(key.slice(0, 8));
    }
    for (const { mistake, loaded } of mistakes) {
      expect(JSON.stringify(loaded.problems), mistake.title).not.toMatch(/my own secret|another secret/u);
    }
  });

  test("name the check they stop wherever a file of conf.d is concerned", () => {
    for (const { mistake, loaded } of mistakes) {
      for (const problem of loaded.problems) {
        const isOfCheck = /^conf\.d\/.*\.yaml$|^device-profiles/u.test(problem.file);
        expect(problem.check !== undefined, `${mistake.title}: ${formatProblem(problem)}`).toBe(isOfCheck);
      }
    }
  });
});
