import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { runCommand } from "../../src/cli/commands.ts";
import { GatewayError } from "../../src/model/errors.ts";
import { serveControl } from "../../src/platform/control-socket.ts";
import type { CheckRun } from "../../src/sampling/collect.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { createTestTerminal } from "../support/test-terminal.ts";
import { TROUBLED } from "./troubled-status.ts";

const RUN: Partial<CheckRun> = {
  check: "modbus",
  instance: "press",
  source: "conf.d/modbus.yaml:1",
  bus: "tcp://127.0.0.1:1",
  values: [],
  absent: 0,
  service_check: { name: "tidegate.can_connect", status: 2, tags: [], message: "", at: TROUBLED.now } as never,
  service_checks: [],
  events: [],
  faults: [{ code: "INPUT_TIMEOUT", message: "asked through the gateway", points: [] }],
  duration_ms: 1,
  at: TROUBLED.now,
};
const PLAN = { start: [], stop: [], change: [], keep: ["modbus:press"], kept_despite_problems: [], restart_needed: [] };
const ANSWERS: Readonly<Record<string, unknown>> = {
  status: TROUBLED,
  check: [RUN],
  reload: { ...PLAN, series_gained: 0, series_lost: 0 },
  log: { levels: [], losses: [], bytes: 69, written: 4_711, series: 29, nameless_series: 0 },
};
/** Nothing listens there: a command that opened the bus by itself would say so. */
const FILES = {
  "tidegate.yaml": "api_key: abc\nhostname: in-the-file\nrun_path: run\ndd_url: http://127.0.0.1:1\n",
  "conf.d/modbus.yaml": "instances: [{host: 127.0.0.1, port: 1, profile: tidegate/press, name: press}]\n",
  "run/.keep": "",
};

/** Runs a command beside a gateway that answers as `ANSWERS` says; gives what was asked and said. */
async function runBeside(words: readonly string[], isColoured: boolean, failure?: GatewayError, answers = ANSWERS) {
  using folder = new ConfigFolder(FILES);
  const asked: string[] = [];
  await using _control = await serveControl(join(folder.path, "run"), ({ command }) => {
    asked.push(command);
    return failure === undefined ? Promise.resolve(answers[command]) : Promise.reject(failure);
  });
  const terminal = createTestTerminal();
  const takesConfig = words[0] !== "version" && words[0] !== "completion";
  const argv = [...words, ...(takesConfig ? ["--config", folder.path] : [])];
  if (words[0] === "flare") argv.push("--output", join(folder.path, "flare.tar.gz"));
  const exit = await runCommand(argv, { ...terminal, isColoured });
  return { exit, asked, text: terminal.output(), errors: terminal.errors() };
}

describe("beside a running gateway", () => {
  test.each([
    ["status", "status", /Hostname: hall-3/u],
    ["health", "status", /collector:modbus:main-meter/u],
    ["check modbus", "check", /asked through the gateway/u],
    ["check modbus --table", "check", /asked through the gateway/u],
    ["hostname", "status", /^hall-3$/mu],
    ["log stats", "status, log", /4,711 samples of 29 series/u],
    ["reload", "reload", /keep +1 as they are/u],
    ["diagnose", "status", /The running gateway reads it over tcp:\/\/192\.168\.1\.20:502/u],
  ])("the command %s asks it for %s", async (command, request, said) => {
    const { asked, text } = await runBeside(command.split(" "), false);
    expect(asked.join(", ")).toBe(request);
    expect(text).toMatch(said);
  });

  test.each([
    [[], 0],
    [["modbus"], 78],
  ])("whose files have problems in %j, reload ends with %i", async (broken, code) => {
    const reload = { ...PLAN, kept_despite_problems: broken, series_gained: 0, series_lost: 0 };
    const { exit } = await runBeside(["reload", "--dry-run"], false, undefined, { reload });
    expect(exit).toBe(code);
  });

  test("that may not be asked, a check does not open the bus behind its back", async () => {
    const failure = new GatewayError("GATEWAY_NOT_ALLOWED", "not by this user.");
    const { text, errors } = await runBeside(["check", "modbus"], false, failure);
    expect({ text, errors }).toEqual({ text: "", errors: "tidegate check: not by this user.\n" });
  });
});

/** Words that make a command print something; those that go on for ever are left out. */
const WORDS: Readonly<Record<string, string>> = {
  check: "check modbus",
  status: "status",
  health: "health",
  configcheck: "configcheck",
  diagnose: "diagnose",
  flare: "flare",
  profiles: "profiles list",
  reload: "reload",
  log: "log stats",
  hostname: "hostname",
  completion: "completion bash",
  version: "version",
};

describe("colours", () => {
  test.each(Object.keys(COMMANDS).filter((name) => name in WORDS))(
    "of %s are not in a pipe or a file",
    async (name) => {
      const { text, errors } = await runBeside((WORDS[name] ?? "").split(" "), false);
      expect(text).not.toBe("");
      expect(text + errors).not.toContain("\u001b");
    },
  );

  test.each(["check modbus", "check modbus --table", "status", "health", "diagnose"])(
    "of %s are on a terminal",
    async (command) => {
      expect((await runBeside(command.split(" "), true)).text).toContain("\u001b[31m");
    },
  );

  test.each(["check modbus --json", "status --json", "health --json", "diagnose --json"])(
    "are never in the JSON of %s",
    async (command) => {
      const { text } = await runBeside(command.split(" "), true);
      expect(text).not.toContain("\u001b");
      expect(JSON.parse(text)).toBeTypeOf("object");
    },
  );
});
