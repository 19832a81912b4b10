import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { renderPages } from "../docs/rendered-pages.ts";
import { ERRORS } from "../src/model/errors.ts";
import { readRepository } from "./tidy/source-file.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = readRepository(root);
const pages = files.filter((file) => file.path.endsWith(".md"));
const textOf = (path: string): string => files.find((file) => file.path === path)?.text ?? "";

/** The page without its code blocks, whose brackets and backticks mean something else. */
const proseOf = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gmu, "");

/** A protocol, not a tool, and people write it like this. */
const MQTT_VERSION = "3.1.1";

describe("rendered pages", () => {
  for (const [path, text] of renderPages(root)) {
    test(`${path} says what the code says; if not, run npm run docs`, () => {
      expect(readFileSync(join(root, path), "utf8")).toBe(text);
    });
  }
});

describe("all pages", () => {
  test("every error code that a page names exists", () => {
    const stages = new Set(Object.keys(ERRORS).map((code) => code.split("_")[0]));
    const unknown = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/`([A-Z]+)((?:_[A-Z]+)+)`/gu)]
        .filter(([, stage, rest]) => stages.has(stage) && !Object.hasOwn(ERRORS, `${stage}${rest}`))
        .map(([code]) => `${path}: ${code}`),
    );
    expect(unknown).toEqual([]);
  });

  test("every relative link leads to a file", () => {
    const broken = pages.flatMap(({ path, text }) =>
      [...proseOf(text).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/gu)]
        .map(([, target = ""]) => join(dirname(path), target))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test("no page names the version of a tool, because package.json does and pages rot", () => {
    const versions = pages
      .filter(({ path }) => path !== "CHANGELOG.md")
      .flatMap(({ path, text }) =>
        [...text.matchAll(/(?<![\d.])\d+\.\d+\.\d+(?![\d.])/gu)]
          .filter(([version]) => version !== MQTT_VERSION)
          .map(([version]) => `${path}: ${version}`),
      );
    expect(versions).toEqual([]);
  });
});

describe("the page on dependencies", () => {
  const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(textOf("package.json"));
  for (const [heading, section] of [
    ["Run time", "dependencies"],
    ["Optional", "optionalDependencies"],
    ["Development", "devDependencies"],
  ] as const) {
    test(`what is under "${heading}" is what package.json lists under ${section}`, () => {
      const part = textOf("docs/dependencies.md").split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
      const described = [...part.matchAll(/^\| `([^`]+)` \|/gmu)].map(([, name]) => name);
      expect(described).toEqual(Object.keys(manifest[section] ?? {}));
    });
  }
});

describe("the project's own pages", () => {
  test("decisions are numbered without gaps and answer the same five questions in the same order", () => {
    const decisions = pages
      .filter(({ path }) => path.startsWith("docs/decisions/"))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
    for (const [index, { path, text }] of decisions.entries()) {
      expect(path).toMatch(new RegExp(`/${String(index + 1).padStart(4, "0")}-[a-z0-9-]+\\.md$`, "u"));
      expect(
        [...text.matchAll(/^## (.+)$/gmu)].map(([, heading]) => heading),
        path,
      ).toEqual(["Objective", "Context", "Is / Is-not", "Decision", "Consequences"]);
    }
  });

  test("the changelog knows the version of the package", () => {
    const { version } = JSON.parse(textOf("package.json")) as { readonly version: string };
    expect(textOf("CHANGELOG.md")).toContain(`\n## [${version}]`);
  });

  test("continuous integration runs the very command that the README gives", () => {
    expect(textOf("README.md")).toContain("npm ci && npm test");
    expect(textOf(".ci/run")).toContain("'npm ci && npm test'");
  });
});
