import { expect, test } from "vitest";
import { RULES } from "./tidy/rules.ts";
import { readRepository } from "./tidy/source-file.ts";

const files = readRepository(new URL("..", import.meta.url).pathname);

test("the repository is read as a whole", () => {
  expect(files.map((file) => file.path)).toEqual(
    expect.arrayContaining(["package.json", "src/model/errors.ts", "test/tidy.test.ts"]),
  );
});

test("every rule is tried on planted violations", () => {
  const trials = Object.keys(RULES).map((name) => `test/tidy/${name.replaceAll(" ", "-")}.test.ts`);
  expect(files.map((file) => file.path)).toEqual(expect.arrayContaining(trials));
});

for (const [name, rule] of Object.entries(RULES)) {
  test(`the house keeps the rule on ${name}`, () => {
    expect(rule(files)).toEqual([]);
  });
}
