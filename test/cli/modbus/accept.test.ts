import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../../../src/cli/commands.ts";
import { serveControl } from "../../../src/platform/control-socket.ts";
import { ConfigFolder } from "../../config/config-folder.ts";
import { createTestTerminal } from "../../support/test-terminal.ts";

const FILES = {
  "tidegate.yaml": "api_key: abc\nhostname: h\nrun_path: run\ndd_url: http://127.0.0.1:1\n",
  "conf.d/modbus.yaml":
    "instances:\n  - { host: 10.0.0.7, profile: abb/b23, name: main }\n" +
    "  - { host: 10.0.0.8, profile: eastron/sdm630, name: side }\n",
  "run/.keep": "",
};

const ACCEPTED = [
  { instance: "modbus:main", device: "model B23, serial number 70002" },
  { instance: "modbus:side", device: null },
];

/** Runs the command beside a gateway that accepts; gives what was asked of it and said. */
async function accept(...words: readonly string[]) {
  using folder = new ConfigFolder(FILES);
  const asked: unknown[] = [];
  await using _control = await serveControl(join(folder.path, "run"), (request) => {
    asked.push(request);
    const { instance } = request as { readonly instance?: string };
    return Promise.resolve(ACCEPTED.filter((each) => instance === undefined || each.instance.endsWith(instance)));
  });
  const terminal = createTestTerminal();
  const exit = await runCommand(["modbus", "accept", ...words, "--config", folder.path], terminal);
  return { exit, asked, text: terminal.output(), errors: terminal.errors() };
}

test("accepting asks nobody where the instance is not there, and names those that are", async () => {
  const { exit, asked, errors } = await accept("--instance", "mian");
  expect([exit === 0, asked]).toEqual([false, []]);
  expect(errors).toContain("0 main");
});

test("accepting where no gateway runs says so", async () => {
  using folder = new ConfigFolder(FILES);
  const terminal = createTestTerminal();
  expect(await runCommand(["modbus", "accept", "--config", folder.path], terminal)).toBe(69);
  expect(terminal.errors()).toMatch(/No gateway answers in .*: start one with `tidegate run`/u);
  expect(terminal.output()).toBe("");
});

test("accepting says of each instance which device it is from now on, or that it does not tell", async () => {
  const { exit, asked, text } = await accept();
  expect(exit).toBe(0);
  expect(asked).toEqual([{ command: "accept", name: "modbus" }]);
  expect(text).toBe("modbus:main: model B23, serial number 70002\nmodbus:side: does not tell what it is\n");
});

test("accepting one instance leaves the others as they are", async () => {
  const { asked, text } = await accept("modbus", "--instance", "main");
  expect(asked).toEqual([{ command: "accept", name: "modbus", instance: "main" }]);
  expect(text).toBe("modbus:main: model B23, serial number 70002\n");
});

test("accepting tells a program the same", async () => {
  const { text } = await accept("--json");
  expect(JSON.parse(text)).toEqual({ schema: 1, accepted: ACCEPTED });
});
