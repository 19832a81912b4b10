import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { serveControl } from "../../../src/platform/control-socket.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";
import { TROUBLED } from "../troubled-status.ts";

/** None of these words may be in a flare. */
const SECRETS = {
  apiKey: "pk-Zebra-4711",
  environment: "env-Tapir-0815",
  plain: "pw-Okapi-1234",
  quoted: "pw: Gnu, 'x'",
  block: "block-Lemur-first",
  blockSecond: "block-Lemur-second",
  flow: "flow-Ibex-99",
  broken: "broken-Quokka-7",
  url: "url-Dingo-5",
  proxy: "proxy-Eland-6/@",
  oldProxy: "proxy-Bongo-8/x",
  comment: "comment-Koala-3",
  second: "key-Nilgai-21",
  variable: "key-Serval-31",
  hexadecimal: "0123456789abcdef0123456789abcdef",
};

const LISTED_INTAKE = `intakes: [{ name: two, type: datadog, url: "http://127.0.0.1:1", api_key: ${SECRETS.second} }]\n`;

const FILES = {
  "tidegate.yaml": `api_key: ${SECRETS.apiKey}\nhostname: press-hall\nrun_path: run\ndd_url: http://127.0.0.1:1\n# password: ${SECRETS.comment}\nproxy:\n  http: http://gate:${encodeURIComponent(SECRETS.proxy)}@127.0.0.1:1\n  # https: gate:${SECRETS.oldProxy}@proxy.example:3128\n`,
  "conf.d/modbus.yaml": `instances:
  - host: ${SECRETS.apiKey}.example
    password: ${SECRETS.plain}
    mqtt_password: "${SECRETS.quoted}"
    client_secret: |
      ${SECRETS.block}

      ${SECRETS.blockSecond}
    login: { user: anna, token: ${SECRETS.flow} }
    broker: mqtt://anna:${SECRETS.url}@broker:1883
    note: ${SECRETS.hexadecimal} and ${SECRETS.flow}
`,
  "conf.d/mqtt.d/broken.yaml": `instances: [\n  api_key: ${SECRETS.broken}\n`,
  "device-profiles/acme/pm-3.yaml": `id: acme/pm-3\n`,
};

describe("a flare", () => {
  const workFolder = process.env["PWD"] ?? "";

  afterEach(() => {
    delete process.env["DD_MQTT_TOKEN"];
    delete process.env["DD_NOTE"];
    delete process.env["TIDEGATE_INTAKES"];
    process.env["PWD"] = workFolder;
  });

  test("holds no byte of a secret planted in files, environment, status and messages", async () => {
    using folder = new ConfigFolder({ ...FILES, "tidegate.yaml": `${FILES["tidegate.yaml"]}${LISTED_INTAKE}` });
    process.env["DD_MQTT_TOKEN"] = SECRETS.environment;
    process.env["TIDEGATE_INTAKES"] = JSON.stringify([
      { name: "second", type: "datadog", url: "http://127.0.0.1:1", api_key: SECRETS.variable },
    ]);
    process.env["DD_NOTE"] = `the token is ${SECRETS.environment}`;
    const runPath = join(folder.path, "run");
    mkdirSync(runPath);
    const reason = `the intake said: ${SECRETS.apiKey}, ${encodeURIComponent(SECRETS.quoted)}, ${SECRETS.proxy}`;
    const intakes = TROUBLED.intakes.map((intake) => ({ ...intake, reason }));
    await using _gateway = await serveControl(runPath, () => Promise.resolve({ ...TROUBLED, intakes }));

    const output = join(folder.path, "flare.tar.gz");
    const terminal = createTestTerminal();
    expect(await runCommand(["flare", "--config", folder.path, "--output", output], terminal)).toBe(0);

    const bytes = gunzipSync(readFileSync(output)).toString("latin1");
    const everything = bytes + terminal.output() + terminal.errors();
    for (const [place, secret] of Object.entries(SECRETS)) {
      expect({ place, isThere: everything.includes(secret) }).toEqual({ place, isThere: false });
      expect({ place, isThere: everything.includes(encodeURIComponent(secret)) }).toEqual({ place, isThere: false });
    }
    // What is no secret is there, so that the search above looked at the real thing.
    for (const word of ["hostname: press-hall", "user: anna", "mqtt_password: ********", "Instance ID: modbus:press"]) {
      expect(bytes).toContain(word);
    }
    expect(statSync(output).mode & 0o777).toBe(0o600);
  });

  test("keeps the folder it was packed in, whose variable is named like a password", async () => {
    using folder = new ConfigFolder({ "tidegate.yaml": FILES["tidegate.yaml"] });
    process.env["PWD"] = folder.path;
    const output = join(folder.path, "flare.tar.gz");
    await runCommand(["flare", "--config", folder.path, "--output", output], createTestTerminal());
    expect(gunzipSync(readFileSync(output)).toString("latin1")).toContain(`${folder.path}/run`);
  });

  test("can be listed and unpacked by tar", async () => {
    using folder = new ConfigFolder({ "tidegate.yaml": FILES["tidegate.yaml"] });
    const output = join(folder.path, "flare.tar.gz");
    await runCommand(["flare", "--config", folder.path, "--output", output], createTestTerminal());
    const names = execFileSync("tar", ["-tzf", output], { encoding: "utf8" }).replaceAll(/^[^/]*\//gmu, "");
    expect(names.trim().split("\n")).toEqual([
      "config/tidegate.yaml",
      "environment.txt",
      "log-files.txt",
      "version.txt",
      "hostname.txt",
      "configcheck.txt",
      "status.txt",
      "status-json.txt",
      "health.txt",
      "diagnose.txt",
    ]);
    execFileSync("tar", ["-xzf", output, "-C", folder.path, "--strip-components=1"]);
    expect(readFileSync(join(folder.path, "hostname.txt"), "utf8")).toBe(
      "$ tidegate hostname\npress-hall\n\nexit code 0\n",
    );
  });

  test("that cannot be written names the file", async () => {
    using folder = new ConfigFolder({ "tidegate.yaml": FILES["tidegate.yaml"] });
    const terminal = createTestTerminal();
    expect(await runCommand(["flare", "--config", folder.path, "--output", "/nonexistent/x"], terminal)).toBe(2);
    expect(terminal.errors()).toContain("/nonexistent/x cannot be written");
  });
});
