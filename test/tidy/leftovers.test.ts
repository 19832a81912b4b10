import { expect, test } from "vitest";
import { leftovers } from "./leftovers.ts";
import { plant } from "./plant.ts";

test("notes to oneself, rulers and dead code are found", () => {
  const text = `
// TODO: later
/* FIXME */
// ---------- helpers ----------
// const a = f(b);
//   log.append(batch);
// if (isOpen) {
// return;
`;
  expect(leftovers(plant({ "src/store/log.ts": text }))).toMatchInlineSnapshot(`
    [
      "src/store/log.ts:2: TODO: a note to oneself; use an issue",
      "src/store/log.ts:3: FIXME: a note to oneself; use an issue",
      "src/store/log.ts:4: ---------- helpers ----------: a ruler; use a file of its own for what is under it",
      "src/store/log.ts:5: // const a = f(b);: dead code; use git to remember it",
      "src/store/log.ts:6: //   log.append(batch);: dead code; use git to remember it",
      "src/store/log.ts:7: // if (isOpen) {: dead code; use git to remember it",
      "src/store/log.ts:8: // return;: dead code; use git to remember it",
    ]
  `);
});

test("paths of one machine are found in every kind of file", () => {
  const found = leftovers(
    plant({
      "docs/a.md": "# A\n\nSee /home/ann/notes.\n",
      ".ci/run": "cd /root/x",
      "src/a.ts": 'const a = "/work/x";',
    }),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "docs/a.md:3: /home/ann/notes. is a path of one machine; use a relative one",
      ".ci/run:1: /root/x is a path of one machine; use a relative one",
      "src/a.ts:1: /work/x is a path of one machine; use a relative one",
    ]
  `);
});

test("pages without a title or with several are found", () => {
  expect(leftovers(plant({ "docs/none.md": "## A\n", "docs/two.md": "# A\n\n# B\n" }))).toMatchInlineSnapshot(`
    [
      "docs/none.md:1: has 0 titles; use exactly one line that begins with "# "",
      "docs/two.md:1: has 2 titles; use exactly one line that begins with "# "",
    ]
  `);
});

test("plain comments, addresses and pages have no findings", () => {
  const files = plant({
    "src/a.ts": "// The queue (f of it) is drained first; then it closes.\n// 1 - 2 = 3\nconst todo = 1;\n",
    "docs/a.md": "# A\n\n```sh\n# a comment\n```\nhttps://example.org/work/a and ./work/b\n",
  });
  expect(leftovers(files)).toEqual([]);
});
