import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import type { ConfigProblem } from "../../src/model/config.ts";
import { loadFiles } from "./config-folder.ts";
import { GOLDEN, type Mistake, readMistakes } from "./mistake-file.ts";

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
