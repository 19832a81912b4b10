import { expect, test } from "vitest";
import { deadFiles } from "./dead-files.ts";
import { plant } from "./plant.ts";

test("files of the house that only a test reaches are found, and helpers of tests that no test reaches", () => {
  const found = deadFiles(
    plant({
      "src/launch.js": 'start(new URL("./main.ts", import.meta.url));',
      "src/main.ts": 'import "./gateway.ts";',
      "src/gateway.ts": "",
      "src/store/old-log.ts": 'import "../gateway.ts";',
      "hardware-sim/meter.ts": "",
      "test/store/old-log.test.ts": 'import "../../src/store/old-log.ts";',
      "test/support/fake-disk.ts": "",
    }),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "src/store/old-log.ts:1: is not reached from src/main.ts or src/launch.js; use it or delete it",
      "hardware-sim/meter.ts:1: is not reached from src/main.ts or src/launch.js; use it or delete it",
      "test/support/fake-disk.ts:1: is not reached from any test or tool; use it or delete it",
    ]
  `);
});

test("files reached by any form of import have no findings", () => {
  const files = plant({
    "src/launch.js": 'start(new URL("./main.ts", import.meta.url));',
    "src/main.ts": 'await import("./cli/sim.ts");',
    "src/cli/sim.ts": 'import type { A } from "../model/a.ts";\nawait import("../../hardware-sim/plant.ts");',
    "src/model/a.ts": 'export * from "./b.ts";',
    "src/model/b.ts": "",
    "hardware-sim/plant.ts": "",
    "test/a.test.ts": 'import "./support/fake-disk.ts";',
    "test/support/fake-disk.ts": "",
  });
  expect(deadFiles(files)).toEqual([]);
});
