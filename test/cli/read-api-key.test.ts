import { describe, expect, test } from "vitest";
import { readApiKey } from "../../src/cli/read-api-key.ts";
import { loadFiles } from "../config/config-folder.ts";

describe("the key of an intake", () => {
  test("cannot be read from a file with a problem, which is named with its line", () => {
    const loaded = loadFiles({
      "tidegate.yaml": "hostname: h\nrun_path: r\napi_key: planted-key-4711\nlog_levl: info\n",
    });
    expect(() => readApiKey(loaded, "datadog")).toThrow("tidegate.yaml:4:1  log_levl: found an unknown key, expected");
    expect(() => readApiKey(loaded, "datadog")).not.toThrow("planted-key");
  });

  test("is read by the name of the intake, whatever is wrong with the checks", () => {
    const loaded = loadFiles({
      "tidegate.yaml": "hostname: h\nrun_path: r\napi_key: planted-key-4711\n",
      "conf.d/modbus.yaml": "x: 1\n",
    });
    expect(readApiKey(loaded, "datadog")).toBe("planted-key-4711");
    expect(readApiKey(loaded, "other")).toBeUndefined();
  });
});
