import { expect, test } from "vitest";
import { names } from "./names.ts";
import { plant } from "./plant.ts";

test("names in another case and names that say nothing are found", () => {
  const found = names(
    plant({
      "src/store/logReader.ts": "",
      "src/Store/a.ts": "",
      "src/utils.ts": "",
      "src/types/series.ts": "",
      "docs/Guide.md": "",
    }),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "src/store/logReader.ts:1: logReader.ts; use kebab-case",
      "src/Store/a.ts:1: Store; use kebab-case",
      "src/utils.ts:1: utils.ts says nothing; use the name of what it holds",
      "src/types/series.ts:1: types says nothing; use the name of what it holds",
      "docs/Guide.md:1: Guide.md; use kebab-case",
    ]
  `);
});

test("titles that are no sentence, hope, or end in a full stop are found", () => {
  const text = `
    test("decode float", () => {});
    it("should decode a float", () => {});
    test.each([[1, 2], f(3)])("it should decode %s of them", () => {});
    test(\`a frame is decoded.\`, () => {});
    regex.test("a b");
  `;
  expect(names(plant({ "test/a.test.ts": text }))).toMatchInlineSnapshot(`
    [
      "test/a.test.ts:2: "decode float" is not a sentence; use one that says what happens",
      "test/a.test.ts:3: "should decode a float" hopes; use a plain statement of what happens",
      "test/a.test.ts:4: "it should decode %s of them" hopes; use a plain statement of what happens",
      "test/a.test.ts:5: "a frame is decoded." ends in a full stop; use none",
    ]
  `);
});

test("plain names and sentences have no findings", () => {
  const files = plant({
    "README.md": "",
    ".ci/run": "",
    "conf.d/modbus.yaml.example": "",
    "device-profiles/eastron/_three-phase-meter.yaml": "",
    "test/a.test.ts": 'test("two frames in one chunk give two readings", () => {}); /x/.test(a);',
  });
  expect(names(files)).toEqual([]);
});
