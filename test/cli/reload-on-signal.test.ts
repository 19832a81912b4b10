import { describe, expect, test } from "vitest";
import { reloadOnSignal } from "../../src/cli/reload-on-signal.ts";
import type { LoadedConfig } from "../../src/model/config.ts";
import { GatewayError } from "../../src/model/errors.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";

const PROBLEM = {
  file: "conf.d/modbus.yaml",
  line: 3,
  column: 11,
  path: "instances.0.port",
  found: "70000",
  expected: "a whole number from 1 to 65535",
  hint: "",
  check: "modbus",
};
const LOADED: LoadedConfig = { config: undefined, problems: [PROBLEM], notices: [], secrets: [] };

describe("SIGHUP", () => {
  test.each(["CONFIG_NOT_FOUND", "CONFIG_INVALID"] as const)("with %s changes nothing and says why", async (code) => {
    const logger = createKeepingLogger();
    const fail = () => Promise.reject(new GatewayError(code, "why."));
    const reload = code === "CONFIG_INVALID" ? fail : () => Promise.reject(new Error("not reached"));
    const load = code === "CONFIG_NOT_FOUND" ? fail : () => Promise.resolve({ ...LOADED, problems: [] });
    await reloadOnSignal({ reload }, load, logger);
    expect(logger.lines).toEqual([expect.stringMatching(/^error SIGHUP asked for a reload, and nothing.*: why\./)]);
  });

  test("reloads in earnest, and says each problem in a line of its own", async () => {
    const logger = createKeepingLogger();
    const asked: unknown[] = [];
    const reload = (loaded: LoadedConfig, isDryRun: boolean) => {
      asked.push({ loaded, isDryRun });
      return Promise.resolve({} as never);
    };
    await reloadOnSignal({ reload }, () => Promise.resolve(LOADED), logger);
    expect(asked).toEqual([{ loaded: LOADED, isDryRun: false }]);
    expect(logger.lines).toEqual([
      "warn conf.d/modbus.yaml:3:11  instances.0.port, found 70000, expected a whole number from 1 to 65535",
    ]);
  });
});
