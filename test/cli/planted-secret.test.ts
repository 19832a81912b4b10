// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how references of the configuration look.

/** Secrets are planted by every way they come in, and searched for in everything that comes out. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { runCommand } from "../../src/cli/commands.ts";
import { askControl } from "../../src/platform/control-socket.ts";
import { packageRoot } from "../../src/platform/package-root.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { createTestTerminal } from "../support/test-terminal.ts";
import { untilDelivering } from "../support/until-delivering.ts";

/** None of these, nor half of one, may appear anywhere. No two have a half in common. */
const PLANTED = {
  literal: "Lima7Quokka2-Zebu4Ibis9",
  variable: "Vex3Wombat8-Tapir5Gnu1",
  agentVariable: "Agate6Lemur0-Okapi3Eland7",
  file: "Flint9Numbat4-Saiga2Kudu8",
  address: "127.203.114.89",
  credential: "Coral1Dugong6-Bongo9Oryx3",
  backend: "Basal5Pangolin7-Civet4Moa2",
  argument: "Argus8Axolotl3-Fossa6Rhea5",
  agentKey: "Dune2Echidna9-Genet1Emu4",
  password: "Pearl4Jerboa1-Takin7Loris6",
  urlPassword: "Umber0Caracal5-Nilgai8Coati2",
  query: "Quartz6Margay2-Serow3Galago9",
  stderr: "Slate3Pudu8-Dhole5Hutia1",
  refusal: "Rutile7Zorilla4-Vicuna0Tenrec6",
  proxyPassword: "Garnet3Tamarin0-Eyra5Markhor9",
  appKey: "Jasper7Kinkajou2-Sambar9Gerenuk1",
  rotated: "Topaz1Binturong5-Aoudad9Quoll3",
} as const;

type Place = keyof typeof PLANTED;

/** The API keys: what else is planted is configuration of machines, and stands in the tags of what they send. */
const KEYS: readonly Place[] = ["literal", "agentKey", "appKey", "rotated"];

/** What must not be found: each secret, each of its halves, and how it looks in a header or in an address. */
function formsOf(secret: string): readonly string[] {
  const half = Math.ceil(secret.length / 2);
  const headers = [secret, `anna:${secret}`].map((text) => Buffer.from(text).toString("base64"));
  const forms = [secret, secret.slice(0, half), secret.slice(half), ...headers];
  return forms.flatMap((form) => [form, form.toLowerCase(), encodeURIComponent(form)]);
}

function placesIn(text: string, places: readonly string[] = Object.keys(PLANTED)): readonly string[] {
  return places.filter((place) => formsOf(PLANTED[place as Place]).some((form) => text.includes(form)));
}

const BACKEND = `#!/bin/sh
echo 'cannot read ${PLANTED.stderr}' >&2
echo '{"plant":{"value":"${PLANTED.backend}"},"bad":{"error":"no ${PLANTED.refusal}"}}'
`;

const FAILING_BACKEND = `#!/bin/sh\necho 'cannot read ${PLANTED.stderr}' >&2\necho '${PLANTED.backend}'\nexit 3\n`;

const CHECK = `init_config:
  min_collection_interval: 1
  service: "${"${env:PLANT_VARIABLE}"}"
instances:
  - host: \${file:plant-host.txt}
    port: 1
    profile: acme/meter
    tags:
      - "variable:\${env:PLANT_VARIABLE}"
      - "agent:%%env_PLANT_AGENT%%"
      - "file:\${file:plant.txt}"
      - "credential:\${credential:plant}"
      - ENC[plant]
      - "http://anna:${PLANTED.urlPassword}@broker/?token=${PLANTED.query}"
  - { host: 127.0.0.1, port: 1, profile: acme/meter, name: "\${env:PLANT_VARIABLE}" }
`;

/** As short as a profile can be: each command reads it anew. */
const PROFILE = `id: acme/meter
description: A meter
source: { title: This test }
protocol: modbus
table: input-register
word_order: high-word-first
points:
  voltage: { address: 0, type: float32, unit: V, metric: voltage }
`;

/** Everything a gateway needs, with a secret at each turn. */
function filesOf(changes: Readonly<Record<string, string>> = {}, main = ""): Readonly<Record<string, string>> {
  return {
    "tidegate.yaml": `${main || `api_key: ${PLANTED.literal}`}
app_key: ${PLANTED.appKey}
hostname: press-hall
run_path: run
log_level: debug
tags: ["owner:\${env:PLANT_VARIABLE}"]
secret_backend_command: backend
secret_backend_arguments:
- --vault-token=${PLANTED.argument}
`,
    "conf.d/modbus.yaml": CHECK,
    "device-profiles/acme/meter.yaml": PROFILE,
    "plant.txt": `${PLANTED.file}\n`,
    "plant-host.txt": PLANTED.address,
    "credentials/plant": PLANTED.credential,
    backend: BACKEND,
    ...changes,
  };
}

function plant(files: Readonly<Record<string, string>>): ConfigFolder {
  const folder = new ConfigFolder(files);
  chmodSync(join(folder.path, "backend"), 0o700);
  process.env["CREDENTIALS_DIRECTORY"] = join(folder.path, "credentials");
  return folder;
}

/** Every command with every layout that ends by itself. */
const COMMAND_LINES: readonly (readonly string[])[] = [
  ["check", "modbus"],
  ["check", "modbus", "--json"],
  ["check", "modbus", "--table"],
  ["check", "modbus", "--instance", "no-such"],
  ["check", "no-such"],
  ["status"],
  ["status", "--json"],
  ["log", "stats"],
  ["log", "export"],
  ["log", "cursors", "--json"],
  ["log", "verify"],
  ["filter", "replay"],
  ["filter", "replay", "--json"],
  ["health"],
  ["health", "--json"],
  ["modbus", "plan"],
  ["modbus", "plan", "--json"],
  ["modbus", "read", "holding:0", "--instance", "0"],
  ["modbus", "scan", "--instance", "0"],
  ["modbus", "probe", "holding:0", "--instance", "0"],
  ["configcheck"],
  ["configcheck", "--json"],
  ["datadog", "enable-historical", "--dry-run"],
  ["diagnose"],
  ["diagnose", "--json"],
  ["profiles", "list"],
  ["profiles", "show", "abb/b23"],
  ["profiles", "verify", "tidegate.yaml"],
  ["reload", "--dry-run"],
  ["reload", "--json"],
  ["hostname"],
  ["new", "check", "planted"],
  ["schema"],
  ["schema", "--json"],
];

/** Those that look at no configuration, and thus take none. */
const COMMAND_LINES_WITHOUT: readonly (readonly string[])[] = [
  ["version"],
  ["version", "--json"],
  ["completion", "bash"],
  ["detect", "--input", "/dev/null"],
];

/** The one that waits between two polls, a second or longer. */
const SLOW: readonly string[] = ["check", "modbus", "--check-rate"];

/** What a command says on both channels. */
async function say(words: readonly string[]): Promise<string> {
  const terminal = createTestTerminal();
  const exit = await runCommand(words, terminal);
  return [`$ ${words.join(" ")}`, terminal.output(), terminal.errors(), `exit ${exit}`].join("\n");
}

/** What all commands say that look at a configuration, the flare unpacked. */
async function sayEverything(folder: ConfigFolder): Promise<string> {
  // It waits while the others speak.
  const saidSlowly = say([...SLOW, "--config", folder.path]);
  const said: string[] = [];
  for (const words of COMMAND_LINES) said.push(await say([...words, "--config", folder.path]));
  said.push(await saidSlowly);
  const archive = join(folder.path, "flare.tar.gz");
  said.push(await say(["flare", "--output", archive, "--config", folder.path]));
  said.push(gunzipSync(readFileSync(archive)).toString("latin1"));
  return said.join("\n");
}

/** An intake, or a proxy, that refuses everything in every way it can, and says what it was sent back each time. */
async function openEcho(
  header = "dd-api-key",
  statuses: readonly number[] = [403, 400, 401, 200, 413, 500],
): Promise<{
  readonly server: Server;
  readonly url: string;
  heard(count: number): Promise<void>;
}> {
  const bodies: Readonly<Record<number, (key: string) => string>> = {
    403: (key) => JSON.stringify({ errors: [`the key ${key} is refused`] }),
    400: (key) => JSON.stringify({ errors: [`${"x".repeat(50)}${key}`] }),
    200: (key) => `<html>${"x".repeat(60)}${key}</html>`,
  };
  let count = 0;
  const waiting: { readonly from: number; resolve(): void }[] = [];
  const server = createServer((request, response) => {
    const status = statuses[count % statuses.length] ?? 500;
    const key = String(request.headers[header]);
    request.resume().on("end", () => {
      response.writeHead(status, { "x-echo": key }).end((bodies[status] ?? String)(key));
      count += 1;
      for (const { from, resolve } of waiting) if (count >= from) resolve();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const heard = (from: number): Promise<void> => new Promise((resolve) => waiting.push({ from, resolve }));
  return { server, url: `http://127.0.0.1:${port}`, heard };
}

/** A gateway that runs until the scope ends. */
async function runGateway(folder: ConfigFolder) {
  const terminal = createTestTerminal();
  const isListening = Promise.withResolvers<void>();
  const running = runCommand(["run", "--json", "--config", folder.path], {
    ...terminal,
    onSignals: (listeners) => {
      terminal.onSignals(listeners);
      isListening.resolve();
    },
  });
  const hasEnded = running.then(() => Promise.reject(new Error(terminal.errors())));
  hasEnded.catch(() => undefined);
  await Promise.race([isListening.promise, hasEnded]);
  const said = (): string => terminal.output() + terminal.errors();
  const stop = (): Promise<number> => {
    terminal.stop();
    return running;
  };
  return { said, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

function bytesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

const { env } = process;
const ENVIRONMENT = { ...env };

beforeEach(() => {
  env["PLANT_VARIABLE"] = PLANTED.variable;
  env["PLANT_AGENT"] = PLANTED.agentVariable;
});

afterEach(() => {
  for (const name of Object.keys(env)) if (!(name in ENVIRONMENT)) delete env[name];
});

describe("with a gateway that runs against an intake that says keys back, no secret", () => {
  test("is in its log, its files, its answers, or what any command says of it", { timeout: 60_000 }, async () => {
    const intake = await openEcho();
    using folder = plant(filesOf());
    env["TIDEGATE_DD_URL"] = intake.url;
    env["TIDEGATE_FORWARD__FLUSH_INTERVAL"] = "1";
    const hasAnswered = intake.heard(3);
    let log: string;
    {
      await using gateway = await runGateway(folder);
      await hasAnswered;
      const said = await sayEverything(folder);
      expect(placesIn(said)).toEqual([]);
      // What is said is about the real thing: it shows where the secrets came from.
      expect(said).toContain("host: ${file:plant-host.txt}");
      expect(said).toContain("file:${file:plant.txt}");
      expect(said).toContain("the intake refuses the API key");

      writeFileSync(
        join(folder.path, "tidegate.yaml"),
        filesOf({}, `api_key: ${PLANTED.rotated}`)["tidegate.yaml"] ?? "",
      );
      const answers = [
        await askControl(join(folder.path, "run"), { command: "status" }),
        await askControl(join(folder.path, "run"), { command: "check", name: "modbus" }),
        await askControl(join(folder.path, "run"), { command: "check", name: PLANTED.variable }).catch(String),
      ];
      expect(placesIn(JSON.stringify(answers))).toEqual([]);
      await gateway.stop();
      log = gateway.said();
    }
    expect(log).toContain("Intake datadog is holding");
    expect(placesIn(log)).toEqual([]);
    expect(placesIn(bytesBelow(join(folder.path, "run")), KEYS)).toEqual([]);
    intake.server.closeAllConnections();
    intake.server.close();
  });
});

describe("with a gateway behind a proxy that wants another password and says the one it got back, none", () => {
  const ways: [string, (address: string) => { main?: string; files?: Record<string, string>; set?: string }][] = [
    ["an own variable", (address) => ({ set: `TIDEGATE_PROXY__HTTP=${address}` })],
    ["the Agent's variable", (address) => ({ set: `DD_PROXY_HTTP=${address}` })],
    [
      "a file that is referred to",
      (address) => ({ main: 'proxy: { http: "${file:proxy.txt}" }', files: { "proxy.txt": `${address}\n` } }),
    ],
  ];
  test.each(ways)("that came by %s is said anywhere", { timeout: 60_000 }, async (_, wayOf) => {
    const proxy = await openEcho("proxy-authorization", [407, 403, 502]);
    const {
      main = "",
      files = {},
      set = "",
    } = wayOf(`http://anna:${PLANTED.proxyPassword}@${new URL(proxy.url).host}`);
    using folder = plant(filesOf(files, `api_key: ${PLANTED.literal}\ndd_url: http://intake.invalid\n${main}`));
    env["TIDEGATE_FORWARD__FLUSH_INTERVAL"] = "1";
    const [name = "", ...value] = set.split("=");
    if (name !== "") env[name] = value.join("=");
    const hasAnswered = proxy.heard(3);
    await using gateway = await runGateway(folder);
    await hasAnswered;
    const said = await sayEverything(folder);
    await gateway.stop();
    expect(said).toContain("proxy");
    expect(placesIn(said + gateway.said())).toEqual([]);
    expect(placesIn(bytesBelow(join(folder.path, "run")), ["proxyPassword"])).toEqual([]);
    proxy.server.closeAllConnections();
    proxy.server.close();
  });
});

describe("without a running gateway, no secret", () => {
  test("is in what any command says of a sound configuration", { timeout: 60_000 }, async () => {
    using folder = plant(filesOf());
    env["DD_API_KEY"] = PLANTED.agentKey;
    env["TIDEGATE_DD_URL"] = "http://127.0.0.1:1";
    expect(await runCommand(["configcheck", "--config", folder.path], createTestTerminal())).toBe(0);
    expect(placesIn(await sayEverything(folder))).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["an API key with a space", {}, `api_key: ${PLANTED.literal} x`],
    ["an API key twice", {}, `api_key: ${PLANTED.literal}\napi_key: ${PLANTED.agentKey}`],
    ["no map at all", { "tidegate.yaml": `[{ api_key: ${PLANTED.literal}, ` }, ""],
    ["an address with a password", {}, `api_key: a\ndd_url: "https://anna:${PLANTED.urlPassword}@host"`],
    ["an address with a query", {}, `api_key: a\ndd_url: "https://host/?t=${PLANTED.query}"`],
    ["references where they do not fit", {}, "api_key: '${file:plant.txt} x'\nsite: '${env:PLANT_VARIABLE}'"],
    ["a reference to no number", {}, "api_key: a\nforward: { timeout: '${env:PLANT_VARIABLE}' }"],
    ["an unknown key", {}, `api_key: a\nmqtt_password: ${PLANTED.password}`],
    ["a backend that fails", { backend: FAILING_BACKEND }, "api_key: ENC[plant]"],
    ["a backend that refuses", {}, "api_key: ENC[bad]"],
    [
      "checks that mean nothing",
      {
        "conf.d/mqtt.yaml": `instances:\n  - password: ${PLANTED.password}\n`,
        "conf.d/modbus.yaml": `instances:\n  - hots: "\${file:plant.txt}"\n    password: ${PLANTED.password}\n`,
        "conf.d/broken.d/conf.yaml": `a: b\n  password: [${PLANTED.password}\n`,
      },
      "api_key: a",
    ],
    [
      "instances of one name",
      {
        "conf.d/modbus.yaml":
          "instances:\n  - { host: h, profile: abb/b23, name: '${file:plant.txt}' }\n  - { host: h, profile: '${file:plant.txt}', name: '${file:plant.txt}' }\n",
      },
      "api_key: a",
    ],
  ])("is in what any command says of %s", { timeout: 60_000 }, async (_, changes, main) => {
    using folder = plant(filesOf(changes, main));
    env["TIDEGATE_SECRET_BACKEND_ARGUMENTS"] = JSON.stringify([PLANTED.argument]);
    const terminal = createTestTerminal();
    const said = await sayEverything(folder);
    expect(await runCommand(["configcheck", "--config", folder.path], terminal)).toBe(78);
    expect(placesIn(said)).toEqual([]);
  });

  test("is in what the commands say that look at none", async () => {
    const proxy = `http://anna:${PLANTED.proxyPassword}@proxy.invalid`;
    Object.assign(env, { DD_API_KEY: PLANTED.agentKey, DD_PROXY_HTTP: proxy, TIDEGATE_PROXY__HTTP: proxy });
    env["TIDEGATE_SECRET_BACKEND_ARGUMENTS"] = JSON.stringify([PLANTED.argument]);
    for (const words of COMMAND_LINES_WITHOUT) expect(placesIn(await say(words))).toEqual([]);
  });

  test("is in what a process prints that ends by a bug", async () => {
    using folder = plant(filesOf());
    const secrets = [PLANTED.file, PLANTED.literal];
    const bug = `const { stdout } = process; const write = stdout.write.bind(stdout); stdout.write = (text) => {
      write(text); setTimeout(() => { throw Object.assign(new Error("lost: ${secrets[0]}"), { input: "${secrets[1]}" }); });
      return true; };`;
    const argv = ["--import", `data:text/javascript,${encodeURIComponent(bug)}`, join(packageRoot(), "src/main.ts")];
    const child = await new Promise<{ readonly said: string; readonly code: unknown }>((resolve) => {
      execFile(process.execPath, [...argv, "configcheck", "--config", folder.path], { env }, (error, stdout, stderr) =>
        resolve({ said: stdout + stderr, code: error?.code }),
      );
    });
    expect(child).toMatchObject({ code: 1, said: expect.stringContaining("Error: lost: ${file:plant.txt}") });
    expect(placesIn(child.said)).toEqual([]);
  });
});

test("no secret of the user's environment is in what the plant says, writes or sends", async () => {
  using folder = new ConfigFolder({});
  const variables = {
    DD_API_KEY: PLANTED.agentKey,
    DD_TAGS: `owner:${PLANTED.agentVariable}`,
    TIDEGATE_API_KEY: PLANTED.variable,
    HTTP_PROXY: `http://anna:${PLANTED.proxyPassword}@127.0.0.1:1`,
  };
  const argv = [join(packageRoot(), "src/launch.js"), "sim"];
  const said = await new Promise<string>((resolve) => {
    const options = { cwd: folder.path, env: { ...env, ...variables } };
    const child = execFile(process.execPath, argv, options, (_, stdout, stderr) => resolve(stdout + stderr));
    void untilDelivering(join(folder.path, ".plant", "run")).then(() => child.kill("SIGTERM"));
  });
  expect(said).toContain("Everything arrived.");
  expect(placesIn(said + bytesBelow(folder.path))).toEqual([]);
});

test("every command is looked at", () => {
  const lines = [...COMMAND_LINES, SLOW, ...COMMAND_LINES_WITHOUT, ["run"], ["flare"], ["sim"]];
  const words = new Set(lines.map(([word]) => word));
  expect(Object.keys(COMMANDS).filter((name) => !words.has(name))).toEqual([]);
});
