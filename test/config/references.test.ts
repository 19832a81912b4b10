// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how references of the configuration look.

import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import { packageRoot } from "../../src/platform/package-root.ts";
import { ConfigFolder, loadFiles, PLAIN_MAIN } from "./config-folder.ts";

const meter = (host: string): string => `instances:\n  - profile: abb/b23\n    host: ${host}\n`;
const hostOf = (folder: ConfigFolder, environment = {}): unknown =>
  folder.load(environment).config?.checks[0]?.instances[0]?.settings;
const problemsOf = (files: Readonly<Record<string, string>>, environment = {}): readonly string[] =>
  loadFiles(files, environment).problems.map(formatProblem);

describe("a reference that leads nowhere", () => {
  test.each([
    ["${env:NO_SUCH}", "the environment variable NO_SUCH, which is not set"],
    ["%%env_NO_SUCH%%", "the environment variable NO_SUCH, which is not set"],
    ["${file:gone.txt}", "gone.txt: no such file"],
    ["${credential:key}", "no credentials"],
    ["${evn:HOST}", "${evn:HOST}, expected"],
    ["${HOST}", "${HOST}, expected"],
    ["ENC[handle]", "ENC[handle], but there is no secret_backend_command"],
  ])("%s is one problem, at its line and column", (reference, found) => {
    const problems = problemsOf({ "conf.d/modbus.yaml": meter(`"${reference}"`) });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`conf.d/modbus.yaml:3:11  instances.0.host\n  found ${found}`);
  });

  test("says what was meant", () => {
    expect(problemsOf({ "conf.d/modbus.yaml": meter("${evn:HOST}") })[0]).toContain("Did you mean ${env:HOST}?");
    expect(problemsOf({ "conf.d/modbus.yaml": meter("${HOST}") })[0]).toContain("Did you mean ${env:HOST}?");
  });

  test("in the main file leaves the checks their own problems", () => {
    const problems = problemsOf({
      "tidegate.yaml": "hostname: h\napi_key: ${env:NO_KEY}\n",
      "conf.d/modbus.yaml": "x: 1\n",
    });
    expect(problems.map((problem) => problem.split("\n")[0])).toEqual([
      "conf.d/modbus.yaml:1:1  x",
      "tidegate.yaml:2:10  api_key",
    ]);
  });

  test("to a credential cannot leave the folder of credentials", () => {
    using folder = new ConfigFolder({ "conf.d/modbus.yaml": meter("${credential:../tidegate.yaml}") });
    expect(folder.load({ CREDENTIALS_DIRECTORY: join(folder.path, "conf.d") }).problems).toHaveLength(1);
  });
});

describe("a reference", () => {
  test("takes a variable, a file beside the configuration, and a credential", () => {
    using folder = new ConfigFolder({
      "keys/host.txt": "10.0.0.7\n",
      "conf.d/modbus.yaml": meter("${file:keys/host.txt}"),
    });
    expect(hostOf(folder)).toMatchObject({ host: "10.0.0.7" });
    using byCredential = new ConfigFolder({ "c/host": "h7", "conf.d/modbus.yaml": meter("a-${credential:host}-b") });
    expect(hostOf(byCredential, { CREDENTIALS_DIRECTORY: join(byCredential.path, "c") })).toMatchObject({
      host: "a-h7-b",
    });
    using byVariable = new ConfigFolder({ "conf.d/modbus.yaml": meter("${env:A}.%%env_B%%\n    port: ${env:PORT}") });
    expect(hostOf(byVariable, { A: "a", B: "b", PORT: "1502" })).toMatchObject({ host: "a.b", port: 1502 });
  });

  test("is not looked for in what a reference gave, nor behind a second dollar sign", () => {
    using folder = new ConfigFolder({
      "tidegate.yaml": `${PLAIN_MAIN}tags: ["a:\${env:A}", "b:$\${env:A}", "c:\${env:A"]\n`,
    });
    expect(folder.load({ A: "${env:A}" }).config?.tags).toEqual(["a:${env:A}", "b:${env:A}", "c:${env:A"]);
  });

  test("is followed also in what the environment says", () => {
    using folder = new ConfigFolder({ "key.txt": "planted" });
    expect(folder.load({ DD_API_KEY: "${file:key.txt}" }).config?.intakes[0]).toMatchObject({ apiKey: "planted" });
  });

  test("never shows in a problem what it led to", () => {
    const planted = "PlantedSecretThatNobodyMaySee-and-it-is-longer-than-sixty-characters-in-all";
    const files = {
      "tidegate.yaml": [
        ...[
          "api_key: ${env:S} x",
          "hostname: ${env:S}/",
          "site: ${env:S}",
          "dd_url: ${env:S}",
          "run_path: ['${env:S}']",
        ],
        ...[
          "tags: [{ a: '${env:S}' }, 'host:${env:S}']",
          "log_level: ${env:S}",
          "store: ${env:S}",
          "forward: { timeout: '${env:S}' }",
        ],
      ].join("\n"),
      "conf.d/modbus.yaml": [
        ...["init_config: { tags: { a: '${env:S}' }, service: '${env:S} ' }", "instances:"],
        ...["  - { host: '${env:S} ', profile: '${env:S}', unit: '${env:S}', min_collection_interval: '${env:S}' }"],
        ...[
          "  - { host: h, name: '${env:S}', profile: abb/b23 }",
          "  - { host: h, name: '${env:S}', profile: abb/b23 }",
        ],
      ].join("\n"),
    };
    const problems = JSON.stringify(
      loadFiles(files, { S: planted, TIDEGATE_STORE: '{"max_bytes":"${env:S}"}' }).problems,
    );
    expect(problems.match(/"found"/gu)?.length).toBeGreaterThan(12);
    expect(problems).not.toContain("PlantedSecret");
  });
});

/** Answers every handle with its name backwards, writes down how often it ran, and hides what it was asked. */
const BACKEND = `#!/usr/bin/env node
const { appendFileSync } = require("node:fs");
let text = "";
process.stdin.on("data", (part) => { text += part; }).on("end", () => {
  appendFileSync(process.argv[2], text + "\\n");
  const answer = {};
  for (const handle of JSON.parse(text).secrets) {
    answer[handle] = handle === "bad" ? { value: null, error: "not there" } : { value: [...handle].reverse().join(""), error: null };
  }
  process.stdout.write(JSON.stringify(answer));
});
`;

test("a name made from an address does not show in lower case what a reference led to", () => {
  const twice = `${meter("${env:S}")}  - { host: "\${env:S}", profile: abb/b23 }\n`;
  const { problems } = loadFiles({ "conf.d/modbus.yaml": twice }, { S: "Planted.Host" });
  expect(problems.map(({ found }) => found)).toEqual(["${env:S}-1, the name of the instance at conf.d/modbus.yaml:2"]);
});

describe("the secret backend", () => {
  const main =
    "api_key: ENC[ apikey ]\nhostname: h\nrun_path: r\nsecret_backend_command: backend\nsecret_backend_arguments: [FOLDER/asked]\n";
  const withBackend = (files: Readonly<Record<string, string>>, text = BACKEND, mode = 0o700): ConfigFolder => {
    const folder = new ConfigFolder({ ...files, backend: text });
    chmodSync(join(folder.path, "backend"), mode);
    return folder;
  };
  const loadWith = (folder: ConfigFolder) =>
    folder.load({ TIDEGATE_SECRET_BACKEND_ARGUMENTS: JSON.stringify([join(folder.path, "asked")]) });

  test("is refused when others have rights on it", () => {
    using folder = withBackend({ "tidegate.yaml": main }, BACKEND, 0o750);
    expect(loadWith(folder).problems.map(({ line, column, hint }) => ({ line, column, hint }))).toEqual([
      { line: 1, column: 10, hint: `Run \`chmod 700 ${join(folder.path, "backend")}\`.` },
    ]);
  });

  test("that may not be looked at is a problem, and ends nothing", () => {
    using folder = new ConfigFolder({ "tidegate.yaml": main });
    symlinkSync("backend", join(folder.path, "backend"));
    expect(loadWith(folder).problems.map(({ found }) => found)).toEqual([
      expect.stringContaining("cannot be found by this user"),
    ]);
  });

  test.each([
    ["#!/bin/sh\necho planted\n", "wrote something else"],
    ["#!/bin/sh\necho planted >&2; exit 3\n", "ended with exit code 3"],
    ["#!/bin/sh\necho '{}'\n", "has no value for it"],
    ['#!/bin/sh\necho \'{"apikey":{"value":3}}\'\n', "wrote something else"],
    ["#!/bin/sh\nexec sleep 60\n", "did not end within 1 s"],
    ["#!/no/such/interpreter\n", "cannot be run"],
  ])("that fails is a problem of each handle: %j", (text, reason) => {
    using folder = withBackend({ "tidegate.yaml": `${main}secret_backend_timeout: 1\n` }, text);
    const { problems } = loadWith(folder);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.found).toContain(reason);
    expect(JSON.stringify(problems)).not.toContain("planted");
  });

  test("lies beside tidegate.yaml for who runs a command there, and is not looked for in PATH", () => {
    const answer = '#!/bin/sh\necho \'{"apikey":{"value":"yekipa"}}\'\n';
    using folder = withBackend({ "tidegate.yaml": main.replace("FOLDER/", "") }, answer);
    const argv = [join(packageRoot(), "src/main.ts"), "configcheck"];
    const { status, stdout } = spawnSync(process.execPath, argv, { cwd: folder.path, encoding: "utf8" });
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("no instance is configured"),
    });
  });

  test("is asked once for all handles of all files, and a bad one stops its own check only", () => {
    using folder = withBackend({
      "tidegate.yaml": main,
      "conf.d/modbus.yaml": `${meter("ENC[tsoh]")}  - { host: 'ENC[bad]', profile: abb/b23 }\n`,
    });
    const { config, problems } = loadWith(folder);
    expect(config?.intakes[0]).toMatchObject({ apiKey: "yekipa" });
    expect(config?.checks).toEqual([]);
    expect(problems).toMatchObject([
      { file: "conf.d/modbus.yaml", line: 4, check: "modbus", found: "ENC[bad], but the secret backend refuses it" },
    ]);
    expect(problems[0]?.hint).toBe(
      `Run ${join(folder.path, "backend")} by hand, as the gateway's user, and see what it says.`,
    );
    expect(JSON.stringify(problems)).not.toContain("not there");
    expect(readFileSync(join(folder.path, "asked"), "utf8")).toBe(
      '{"version":"1.0","secrets":["apikey","tsoh","bad"]}\n',
    );
  });

  test("is not run where nothing is asked of it, and only a whole text is a handle", () => {
    using folder = withBackend(
      { "tidegate.yaml": main.replace("ENC[ apikey ]", "a-ENC[apikey]") },
      "no program",
      0o777,
    );
    expect(loadWith(folder).config?.intakes[0]).toMatchObject({ apiKey: "a-ENC[apikey]" });
  });
});
