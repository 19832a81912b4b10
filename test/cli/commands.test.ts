import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { runCommand } from "../../src/cli/commands.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import { createTestTerminal } from "../support/test-terminal.ts";

describe("the command line", () => {
  test("answers an unknown command with what there is, and exit code 2", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["stauts"], terminal)).toBe(2);
    expect(terminal.errors()).toMatch(/there is no command "stauts"\. Did you mean `tidegate status`\?.*configcheck/su);
  });

  test.each(["constructor", "toString", "__proto__"])("knows no command %s, whatever objects inherit", async (name) => {
    const terminal = createTestTerminal();
    expect(await runCommand([name], terminal)).toBe(2);
    expect(terminal.errors()).toContain(`there is no command "${name}".`);
  });

  test("answers an unknown option with the usage of that command, and exit code 2", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["status", "--jsn"], terminal)).toBe(2);
    expect(terminal.errors()).toMatch(/--jsn.*usage: tidegate status \[--watch\] \[--config DIR\] \[--json\]/su);
  });

  test("asks whether an unknown option was meant to be one there is", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["check", "modbus", "--tabel"], terminal)).toBe(2);
    expect(terminal.errors()).toContain("Unknown option '--tabel'. Did you mean --table?");
  });

  test("takes the letters of the Agent for its options", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["check", "modbus", "-r", "-j", "-c", "/nowhere"], terminal)).toBe(78);
    expect(terminal.errors()).toContain("no configuration at /nowhere/tidegate.yaml; say where it is by --config DIR");
  });

  test.each([
    [["import", "--id", "a/b"], "expected FILE.csv after import, found none."],
    [["imprt", "x"], 'expected list, show, verify, import, found "imprt". Did you mean import?'],
  ])("says of profiles %j what is missing", async (words, message) => {
    const terminal = createTestTerminal();
    expect(await runCommand(["profiles", ...words], terminal)).toBe(2);
    expect(terminal.errors()).toContain(message);
  });

  test.each(Object.keys(COMMANDS))("explains %s on a terminal of 80 columns", async (name) => {
    const terminal = createTestTerminal();
    expect(await runCommand([name, "--help"], terminal)).toBe(0);
    const [usage, ...lines] = terminal.output().split("\n");
    expect(usage).toMatch(new RegExp(`^usage: tidegate ${name}`, "u"));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("polls a device for someone who has no key yet, and says so", async () => {
    using folder = new ConfigFolder({
      "tidegate.yaml": "api_key: YOUR_DATADOG_API_KEY\nhostname: hall-3\nrun_path: run\n",
      "conf.d/modbus.yaml": "instances:\n  - { host: 127.0.0.1, port: 1, profile: abb/b23 }\n",
    });
    const terminal = createTestTerminal();
    expect(await runCommand(["check", "modbus", "--config", folder.path], terminal)).toBe(1);
    expect(terminal.errors()).toContain("expected the key of your account in place of the example's");
    expect(terminal.output()).toContain("INPUT_UNREACHABLE");
  });

  test.each([
    ["a listed intake has no key", "intakes: [{ name: second, type: datadog }]", "intakes.0.api_key"],
    [
      "a reference to a key leads nowhere",
      "api_key: a\nintakes: [{ name: b, type: datadog, api_key: '%%env_NO%%' }]",
      "NO",
    ],
    ["two keys are missing", "api_key: YOUR_KEY\nintakes: [{ name: b, type: datadog }]", "intakes.0.api_key"],
  ])("polls a device where %s, and says so", async (_, intakes, said) => {
    using folder = new ConfigFolder({
      "tidegate.yaml": `hostname: hall-3\nrun_path: run\n${intakes}\n`,
      "conf.d/modbus.yaml": "instances:\n  - { host: 127.0.0.1, port: 1, profile: abb/b23 }\n",
    });
    const terminal = createTestTerminal();
    expect(await runCommand(["check", "modbus", "--config", folder.path], terminal)).toBe(1);
    expect(terminal.errors()).toContain(said);
    expect(terminal.output()).toContain("INPUT_UNREACHABLE");
  });

  test("tells what was wrong behind a missing key", async () => {
    const second = "{ name: second, type: datadog }";
    using folder = new ConfigFolder({
      "tidegate.yaml": `hostname: h\nrun_path: run\nintakes: [${second}, ${second}]\n`,
    });
    const terminal = createTestTerminal();
    expect(await runCommand(["check", "modbus", "--config", folder.path], terminal)).toBe(78);
    expect(terminal.errors()).toContain("found a second intake with the name second");
  });

  test("polls nothing where more than the key is wrong", async () => {
    using folder = new ConfigFolder({ "tidegate.yaml": "hostname: a b\nrun_path: run\n" });
    const terminal = createTestTerminal();
    expect(await runCommand(["check", "modbus", "--config", folder.path], terminal)).toBe(78);
    expect(terminal.errors()).toContain("mend them and try again");
  });

  test("tells of the check that is asked for what is wrong, and of all others in one line", async () => {
    using folder = new ConfigFolder({
      "conf.d/modbus.yaml": "instances: [{ host: 127.0.0.1, port: 1, profile: abb/b23, name: main }]\n",
      "conf.d/nmea.d/truck.yaml": "instances: [{ gpsd: true }]\n",
      "conf.d/mqtt.yaml": "instances: [\n",
      "conf.d/gpio.yaml": "# nothing yet\n",
      "checks.d/oven.js": "",
    });
    const run = async (name: string) => {
      const terminal = createTestTerminal();
      const code = await runCommand(["check", name, "--config", folder.path], terminal);
      return { code, errors: terminal.errors().replaceAll(`${folder.path}/`, "") };
    };
    const others = "2 other files have problems, which stop other checks: `tidegate configcheck` names them.\n";
    expect(await run("modbus")).toEqual({ code: 1, errors: others });
    const { code, errors } = await run("nmea");
    expect(code).toBe(1);
    expect(errors).toMatch(/^conf\.d\/nmea\.d\/truck\.yaml:1:21 {2}instances\.0\.gpsd\n/u);
    expect(errors).toContain("One other file has problems, which stop other checks");
    expect(errors).toContain("invalid config for nmea: mend the problems named in conf.d/nmea.d/truck.yaml.");
    expect(errors).not.toMatch(/mqtt|gpio|oven/u);
    expect((await run("gpio")).errors).toContain("conf.d/gpio.yaml is empty and configures nothing.\n");
  });

  test("answers a missing name with what was expected, and exit code 2", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["check"], terminal)).toBe(2);
    expect(terminal.errors()).toContain("expected 1 word, found none.");
  });

  test("without any words prints the usage, and exit code 2", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand([], terminal)).toBe(2);
    expect(terminal.output()).toContain("usage: tidegate COMMAND");
    expect(
      Math.max(
        ...terminal
          .output()
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(90);
  });

  test("explains a command that is asked for help", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["check", "--help"], terminal)).toBe(0);
    expect(terminal.output()).toContain("usage: tidegate check NAME");
  });

  test("prints its version, and for each native part whether it loads", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["version", "--json"], terminal)).toBe(0);
    expect(JSON.parse(terminal.output())).toMatchObject({
      schema: 1,
      native_parts: [
        { name: "onoff" },
        { name: "koffi" },
        { name: "@serialport/bindings-cpp", isLoaded: true },
        { name: "modbus-serial", isLoaded: true },
      ],
    });
  });

  test("without a configuration names every place it looked at, and exit code 78", async () => {
    const terminal = createTestTerminal();
    expect(await runCommand(["configcheck", "--config", "/nonexistent/plant"], terminal)).toBe(78);
    expect(terminal.errors()).toContain("/nonexistent/plant");
  });
});
