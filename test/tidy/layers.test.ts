import { expect, test } from "vitest";
import { layers } from "./layers.ts";
import { plant } from "./plant.ts";

const manifest = JSON.stringify({
  dependencies: { level: "1", valibot: "1", yaml: "1" },
  devDependencies: { vitest: "1" },
});

test("an import that goes up or sideways is found, in every form of import", () => {
  const found = layers(
    plant({
      "src/model/time.ts": 'import { now } from "../platform/system-clock.ts";',
      "src/decode/registers.ts": 'import type { Log } from "../store/log.ts";',
      "src/forward/forwarder.ts": 'export * from "../sampling/poller.ts";\nawait import("../store/log.ts");',
      "src/inputs/modbus/input.ts": 'import {\n  a,\n  b,\n} from "../serial/input.ts";',
      "src/store/log.ts": 'import "../gateway.ts";',
      "src/gateway.ts": 'import { run } from "./cli/run.ts";',
    }),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "src/model/time.ts:1: imports src/platform/system-clock.ts; use a contract of src/model: tier 0 knows only the tiers below",
      "src/decode/registers.ts:1: imports src/store/log.ts; use a contract of src/model: tier 1 knows only the tiers below",
      "src/forward/forwarder.ts:1: imports src/sampling/poller.ts; use a contract of src/model: tier 2 knows only the tiers below",
      "src/forward/forwarder.ts:2: imports src/store/log.ts; use a contract of src/model: tier 2 knows only the tiers below",
      "src/inputs/modbus/input.ts:1: imports src/inputs/serial/input.ts; use a contract of src/model: tier 2 knows only the tiers below",
      "src/store/log.ts:1: imports src/gateway.ts; use a contract of src/model: tier 2 knows only the tiers below",
      "src/gateway.ts:1: imports src/cli/run.ts; use a contract of src/model: tier 3 knows only the tiers below",
    ]
  `);
});

test("a file outside of every room is found", () => {
  expect(
    layers(plant({ "src/extra.ts": "", "src/attic/chest.ts": "", "src/inputs/loose.ts": "" })),
  ).toMatchInlineSnapshot(`
    [
      "src/extra.ts:1: stands in no room; use a folder of the table in test/tidy/layers.ts",
      "src/attic/chest.ts:1: stands in no room; use a folder of the table in test/tidy/layers.ts",
      "src/inputs/loose.ts:1: stands in no room; use a folder of the table in test/tidy/layers.ts",
    ]
  `);
});

test("the world is touched only where the table says", () => {
  const found = layers(
    plant({
      "package.json": manifest,
      "src/config/load.ts": 'import { readFileSync } from "node:fs";',
      "src/cli/status.ts": 'import { request } from "node:http";\nimport { readFileSync } from "node:fs";',
      "src/store/log.ts": 'import { Level } from "level";\nimport { randomUUID } from "node:crypto";',
      "src/platform/disk.ts": 'import { Level } from "level";\nimport { readFileSync } from "node:fs";',
    }),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "src/config/load.ts:1: imports node:fs; use a file of src/platform, handed in",
      "src/cli/status.ts:1: imports node:http; use a file of src/platform, handed in",
      "src/store/log.ts:1: imports level; use a file of src/platform, handed in",
      "src/store/log.ts:2: imports node:crypto; use a file of src/platform, handed in",
    ]
  `);
});

test("only listed packages are imported, and shipped code imports none that is for development", () => {
  const found = layers(
    plant({
      "package.json": manifest,
      "src/decode/json.ts": 'import { get } from "lodash/get";',
      "hardware-sim/plant.ts": 'import { expect } from "vitest";',
      "test/a.test.ts": 'import { expect } from "vitest";\nimport { x } from "@scope/unknown/deep";',
    }),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "src/decode/json.ts:1: imports lodash/get; use a package that package.json lists under dependencies",
      "hardware-sim/plant.ts:1: imports vitest; use a package that package.json lists under dependencies",
      "test/a.test.ts:2: imports @scope/unknown/deep; use a package that package.json lists",
    ]
  `);
});

test("the simulator is loaded lazily or not at all", () => {
  const files = plant({ "src/cli/sim.ts": 'import { startPlant } from "../../hardware-sim/plant.ts";' });
  expect(layers(files)).toMatchInlineSnapshot(`
    [
      "src/cli/sim.ts:1: imports hardware-sim/plant.ts; use a dynamic import(), so that it loads when it is used",
    ]
  `);
});

test("the model takes nothing but types", () => {
  const found = layers(
    plant({
      "package.json": manifest,
      "src/model/config.ts": 'import { object } from "valibot";',
      "src/model/input.ts": 'import type { GenericSchema } from "valibot";',
    }),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "src/model/config.ts:1: imports valibot; use \`import type\`: the model runs no one's code",
    ]
  `);
});

test("the simulator stands outside and has its two doors", () => {
  const found = layers(
    plant({
      "hardware-sim/meter.ts": 'import { decodeFloat32 } from "../src/decode/registers.ts";',
      "hardware-sim/plant.ts":
        'import { x } from "../src/model/time.ts";\nimport { y } from "../src/config/profiles.ts";',
      "hardware-sim/bus.ts": 'import { z } from "../src/config/load.ts";',
      "src/cli/sim.ts": 'const { startPlant } = await import("../../hardware-sim/plant.ts");',
      "src/cli/run.ts": 'await import("../../hardware-sim/plant.ts");',
    }),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "hardware-sim/meter.ts:1: imports src/decode/registers.ts; use src/model, src/config/profiles.ts or code of its own",
      "hardware-sim/bus.ts:1: imports src/config/load.ts; use src/model, src/config/profiles.ts or code of its own",
      "src/cli/run.ts:1: imports hardware-sim/plant.ts; use a contract of src/model: tier 4 knows only the tiers below",
    ]
  `);
});

test("a house in order has no findings", () => {
  const files = plant({
    "package.json": manifest,
    "src/model/time.ts": "export const a = 1;",
    "src/platform/clock.ts": 'import { a } from "../model/time.ts";\nimport { b } from "./random.ts";',
    "src/inputs/modbus/spec.ts": 'import { object } from "valibot";\nimport { join } from "node:path";',
    "src/inputs/registry.ts": 'import { spec } from "./modbus/spec.ts";',
    "src/gateway.ts": 'import { b } from "./platform/clock.ts";\nimport { c } from "./store/log.ts";',
    "src/launch.js": 'spawn(new URL("./main.ts", import.meta.url));',
    "src/main.ts": 'await import("./cli/run.ts");\n// import "./nowhere.ts"\nconst text = \'import "./nowhere.ts"\';',
  });
  expect(layers(files)).toEqual([]);
});
