import { expect, test } from "vitest";
import { maskSource } from "./mask.ts";

test("an unclosed string, template, comment or pattern ends with the file", () => {
  for (const source of ['a = "b', "a = `b", "a = `b${c", "a /* b", "a = /b"]) {
    const { code, comments } = maskSource(source);
    expect([code.length, comments.length]).toEqual([source.length, source.length]);
  }
});

test("comments leave the code and strings keep only their quotes", () => {
  const { code, comments } = maskSource(`const a = "x // y"; // why\n/* so */ f('it\\'s');\n`);
  expect(code).toBe(`const a = "      ";       \n         f('     ');\n`);
  expect(comments).toBe(`                    // why\n/* so */            \n`);
});

test("code inside a template stays code, braces and templates within it included", () => {
  expect(maskSource("`a$" + "{f({ b: `c$" + "{d}` })}e` + g").code).toBe("` $" + "{f({ b: ` $" + "{d}` })} ` + g");
});

test("a pattern is blanked and a division is not", () => {
  expect(maskSource('x = a / b; y = /[/"]\\//u.test(z) / 2; // "').code).toBe(
    "x = a / b; y = /      /u.test(z) / 2;     ",
  );
});

test("an apostrophe in a comment opens no string", () => {
  expect(maskSource("// it's\nf();").code).toBe("       \nf();");
});
