import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findConfig } from "../../src/config/places.ts";
import { SHIPPED_PROFILES } from "../../src/config/profiles.ts";
import { GatewayError } from "../../src/model/errors.ts";
import { ConfigFolder } from "./config-folder.ts";

function failureOf(act: () => unknown): GatewayError {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error("it did not fail");
}

describe("the place of the configuration", () => {
  test("is asked for with every place looked at and a file to start from", () => {
    const error = failureOf(() => findConfig({ environment: {}, workFolder: "/nowhere", systemFolder: "/none" }));
    expect(error.code).toBe("CONFIG_NOT_FOUND");
    expect(error.exit).toBe(78);
    expect(error.message).toBe(
      [
        "no configuration at /nowhere/tidegate.yaml or /none/tidegate.yaml; say where it is by --config DIR, or write one there to start from:",
        "",
        '  api_key: "YOUR_API_KEY"   # of your Datadog account',
        "  site: datadoghq.com       # or datadoghq.eu, us3.datadoghq.com, ...",
        "  hostname: press-hall      # how this gateway is called everywhere",
        '  tags: ["site:berlin"]     # put on every reading',
      ].join("\n"),
    );
  });

  test("is nowhere else when a place is named", () => {
    using folder = new ConfigFolder({});
    const elsewhere = { workFolder: folder.path, systemFolder: folder.path };
    const error = failureOf(() => findConfig({ config: "/nowhere", environment: {}, ...elsewhere }));
    expect(error.message).toContain("no configuration at /nowhere/tidegate.yaml;");
    const fromVariable = failureOf(() => findConfig({ environment: { TIDEGATE_CONFIG: "/gone.yaml" }, ...elsewhere }));
    expect(fromVariable.message).toContain("no configuration at /gone.yaml;");
  });

  test("may be named by its folder or by its file", () => {
    using folder = new ConfigFolder({ "other.conf": "" });
    const byFolder = findConfig({ config: folder.path, environment: {} });
    expect(byFolder).toEqual({
      file: join(folder.path, "tidegate.yaml"),
      confFolder: join(folder.path, "conf.d"),
      checksFolder: join(folder.path, "checks.d"),
      profileFolders: [join(folder.path, "device-profiles"), SHIPPED_PROFILES],
    });
    expect(findConfig({ config: byFolder.file, environment: {} })).toEqual(byFolder);
    expect(findConfig({ config: join(folder.path, "other.conf"), environment: {} }).confFolder).toBe(
      byFolder.confFolder,
    );
  });

  test("is the option before the variable, the work folder before the system's", () => {
    using option = new ConfigFolder({});
    using variable = new ConfigFolder({});
    using work = new ConfigFolder({});
    using system = new ConfigFolder({});
    const all = {
      config: option.path,
      environment: { TIDEGATE_CONFIG: variable.path },
      workFolder: work.path,
      systemFolder: system.path,
    };
    const { config: _, ...unnamed } = all;
    expect(findConfig(all).file).toBe(join(option.path, "tidegate.yaml"));
    expect(findConfig(unnamed).file).toBe(join(variable.path, "tidegate.yaml"));
    expect(findConfig({ ...unnamed, environment: {} }).file).toBe(join(work.path, "tidegate.yaml"));
    const bare = { ...unnamed, environment: {}, workFolder: join(work.path, "conf.d") };
    expect(findConfig(bare).file).toBe(join(system.path, "tidegate.yaml"));
  });
});
