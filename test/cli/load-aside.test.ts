import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadPlain } from "../../src/cli/load.ts";
import { loadAside } from "../../src/cli/load-aside.ts";
import { ConfigFolder } from "../config/config-folder.ts";

const MAIN = "api_key: abc\nhostname: hall-3\nrun_path: run\n";
const CHECK = "instances:\n  - { host: 10.0.0.5, profile: abb/b23 }\n";

describe("the configuration loaded aside", () => {
  test("that is not there is refused with the same code and words", async () => {
    const code = "CONFIG_NOT_FOUND";
    await expect(loadAside("/nonexistent/plant")).rejects.toMatchObject({
      code,
      message: expect.stringContaining("/nonexistent/plant"),
    });
  });

  test("is the same as the one loaded in line, profiles and sentinels included", async () => {
    using folder = new ConfigFolder({ "tidegate.yaml": MAIN, "conf.d/modbus.yaml": CHECK });
    const loaded = loadPlain(folder.path);
    expect(loaded.config?.checks[0]?.instances[0]?.profile?.points.length).toBeGreaterThan(10);
    expect(await loadAside(folder.path)).toEqual(loaded);
  });

  test("lets everything else go on while a secret backend takes its time", async () => {
    using folder = new ConfigFolder({
      "tidegate.yaml": `${MAIN.replace("abc", "ENC[key]")}secret_backend_command: ./backend\n`,
    });
    const gate = join(folder.path, "gate");
    const backend = join(folder.path, "backend");
    const answer = '{"key":{"value":"planted","error":null}}';
    writeFileSync(backend, `#!/bin/sh\nuntil [ -e '${gate}' ]; do :; done\necho '${answer}'\n`);
    chmodSync(backend, 0o700);
    const loading = loadAside(folder.path);
    writeFileSync(gate, "");
    expect((await loading).config?.intakes[0]).toMatchObject({ apiKey: "planted" });
  });
});
