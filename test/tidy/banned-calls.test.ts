import { expect, test } from "vitest";
import { bannedCalls } from "./banned-calls.ts";
import { plant } from "./plant.ts";

test("time, chance, environment and console are found where they are banned", () => {
  const text = `
    const a = Date.now() + performance.now() + Number(new Date()) + Number(process.hrtime.bigint());
    setTimeout(f, 1); setInterval(f, 1); new Promise(setImmediate); AbortSignal.timeout(5);
    const b = Math.random() + process.env["HOME"];
    console.log(b);
  `;
  expect(bannedCalls(plant({ "src/store/log.ts": text }))).toMatchInlineSnapshot(`
    [
      "src/store/log.ts:2: Date.now is banned here; use the Clock that is handed in",
      "src/store/log.ts:2: new Date() is banned here; use the Clock that is handed in",
      "src/store/log.ts:2: performance.now is banned here; use the Clock that is handed in",
      "src/store/log.ts:2: process.hrtime is banned here; use the Clock that is handed in",
      "src/store/log.ts:3: setTimeout is banned here; use the Clock that is handed in",
      "src/store/log.ts:3: setInterval is banned here; use the Clock that is handed in",
      "src/store/log.ts:3: setImmediate is banned here; use the Clock that is handed in",
      "src/store/log.ts:3: AbortSignal.timeout is banned here; use the Clock that is handed in",
      "src/store/log.ts:4: Math.random is banned here; use the Random that is handed in",
      "src/store/log.ts:4: process.env is banned here; use the environment that \`main\` hands in",
      "src/store/log.ts:5: console. is banned here; use the Logger that is handed in",
    ]
  `);
});

test("tests that wait, that hide others or that hide themselves are found", () => {
  const text =
    'test.only("a", f);\ndescribe.skip("b", f);\nit.todo("c");\nglobalThis.setTimeout(f, 5);\nMath.random();';
  expect(bannedCalls(plant({ "test/store/log.test.ts": text }))).toMatchInlineSnapshot(`
    [
      "test/store/log.test.ts:5: Math.random is banned here; use the Random that is handed in",
      "test/store/log.test.ts:4: globalThis.setTimeout is banned here; use test/support/fake-clock.ts",
      "test/store/log.test.ts:1: test.only is banned here; use a test that runs, or none",
      "test/store/log.test.ts:2: describe.skip is banned here; use a test that runs, or none",
      "test/store/log.test.ts:3: it.todo is banned here; use a test that runs, or none",
    ]
  `);
});

test("what only looks like a banned call, or stands where it belongs, has no findings", () => {
  const files = plant({
    "src/store/log.ts":
      '// Date.now is banned\nconst a = "setTimeout(f)"; const b = new Date(0); socket.setTimeout(1);',
    "src/platform/system-clock.ts": "Date.now(); setTimeout(f, 1); Math.random();",
    "src/cli/run.ts": "process.env;",
    "test/peers/run.ts": "setTimeout(f, 1);",
    "test/support/fake-clock.ts": "setImmediate(f);",
    "hardware-sim/plant.ts": "setInterval(f, 1); Date.now();",
  });
  expect(bannedCalls(files)).toEqual([]);
});
