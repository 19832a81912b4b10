import { expect, test } from "vitest";
import { plant } from "./plant.ts";
import { size } from "./size.ts";

const statements = (count: number): string => "    f();\n".repeat(count);

test("a file, a line and a function that are too long are found", () => {
  const found = size(
    plant({
      "src/long.ts": "a();\n".repeat(501),
      "src/comment.ts": `// ${"word ".repeat(30)}\n`,
      "src/wide.ts": `const a = ${"1 + ".repeat(30)}1;\n`,
      "docs/wide.md": `# Wide\n\n${"word ".repeat(30)}\n`,
      "src/functions.ts": `export async function first(a: string): Promise<void> {\n${statements(69)}}\n`,
      "src/arrows.ts": `const second = (\n  a: string,\n): void => {\n${statements(67)}};\n`,
      "src/parameters.ts": `function third(\n  { a }: X,\n): void {\n${statements(67)}}\n`,
      "src/methods.ts": `class A {\n  async #fourth<T>(a: T): Promise<void> {\n${statements(69)}  }\n}\n`,
    }),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "src/long.ts:501: has 501 lines; use a second file for its second subject",
      "src/comment.ts:1: has 153 columns; use at most 120",
      "src/wide.ts:1: has 132 columns; use at most 120",
      "docs/wide.md:3: has 150 columns; use at most 120",
      "src/functions.ts:1: a function of 71 lines; use at most 70",
      "src/arrows.ts:1: a function of 71 lines; use at most 70",
      "src/parameters.ts:1: a function of 71 lines; use at most 70",
      "src/methods.ts:2: a function of 71 lines; use at most 70",
    ]
  `);
});

test("what is just short enough has no findings, nor has what cannot be broken", () => {
  const files = plant({
    "src/long.ts": "a();\n".repeat(500),
    "src/function.ts": `function first(): void {\n${statements(68)}}\nif (\n  a\n) {\n${statements(90)}}\n`,
    "src/table.ts": `export const TABLE = {\n${statements(100)}};\nclass A {\n${statements(100)}}\n`,
    "test/a.test.ts": `describe("a", () => {\n  test("b", f);\n${statements(100)}});\n`,
    "test/suite.ts": `export function suite(a: A): void {\n${statements(100)}  test.each(b)("c", f);\n}\n`,
    "src/sentence.ts": `  throw new Error("${"word ".repeat(30)}");\n`,
    "device-profiles/a/b.yaml": `points:\n  power: { ${"address: 0x5B14, ".repeat(9)} }\n`,
    "package.json": `"scripts": "${"word ".repeat(30)}"`,
    "docs/table.md": `# Table\n\n| ${"cell ".repeat(30)} |\n<https://example.org/${"a".repeat(120)}>\n`,
  });
  expect(size(files)).toEqual([]);
});
