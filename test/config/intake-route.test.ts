import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import type { IntakeConfig } from "../../src/model/config.ts";
import { loadFiles, PLAIN_MAIN } from "./config-folder.ts";

const CA = readFileSync(new URL("../fixtures/tls/ca.pem", import.meta.url), "utf8");

function intakeOf(main: string, environment: Readonly<Record<string, string>> = {}): IntakeConfig | undefined {
  const { config, problems } = loadFiles({ "tidegate.yaml": `${PLAIN_MAIN}${main}`, "lab.pem": CA }, environment);
  expect(problems).toEqual([]);
  return config?.intakes[0];
}

function problemsOf(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) {
  return loadFiles(files, environment).problems.map(formatProblem).join("\n");
}

describe("the way to an intake", () => {
  test.each([
    [{ HTTPS_PROXY: "socks5://gate:planted@proxy:1080" }, "environment variable HTTPS_PROXY"],
    [{ https_proxy: "gate:planted@proxy:1080" }, "environment variable https_proxy"],
    [{ DD_PROXY_HTTPS: "http://gate:plan/ted@proxy:1080" }, "environment variable DD_PROXY_HTTPS"],
    [{ TIDEGATE_PROXY: '{"https":"http://gate:planted@proxy:70000"}' }, "environment variable TIDEGATE_PROXY"],
  ])("is a problem without its password where it cannot be: %o", (environment, place) => {
    const text = problemsOf({}, environment);
    expect(text).toContain(
      `${place}  proxy.https\n  found an address with a user name or a query, expected the address`,
    );
    expect(text).not.toMatch(/planted|ted@/u);
  });

  test("shows no password that a reference brought into the address of a proxy", () => {
    const text = problemsOf(
      { "tidegate.yaml": `${PLAIN_MAIN}proxy:\n  https: "http://gate:\${env:WORD}@proxy:70000"\n` },
      { WORD: "planted" },
    );
    expect(text).toContain("tidegate.yaml:5:10  proxy.https");
    expect(text).not.toContain("planted");
  });

  test("is direct where nothing else is said", () => {
    expect(intakeOf("")).not.toHaveProperty("proxy");
    expect(intakeOf("")).not.toHaveProperty("ca");
    expect(intakeOf("proxy: { http: 'http://proxy:3128' }\n")).not.toHaveProperty("proxy");
    expect(intakeOf("proxy: { https: 'http://proxy:3128', no_proxy: [datadoghq.com] }\n")).not.toHaveProperty("proxy");
  });

  test("leads through the proxy of the file, less so of all programs, of the Agent, and most so of the gateway", () => {
    const file = "proxy: { https: 'http://file:1' }\n";
    const proxyOf = (environment: Readonly<Record<string, string>>) => intakeOf(file, environment)?.proxy;
    const variables = {
      https_proxy: "lower:2",
      HTTPS_PROXY: "http://gate:a%20b@upper:3",
      DD_PROXY_HTTPS: "http://agent:4",
      TIDEGATE_PROXY__HTTPS: "http://own:5",
    };
    const names = Object.keys(variables) as (keyof typeof variables)[];
    const found = names.map((_, index) =>
      proxyOf(Object.fromEntries(names.slice(0, index + 1).map((name) => [name, variables[name]]))),
    );
    expect(proxyOf({})).toBe("http://file:1");
    expect(found).toEqual(["http://lower:2", "http://gate:a%20b@upper:3", "http://agent:4", "http://own:5"]);
  });

  test.each([
    ["NO_PROXY", "localhost, .datadoghq.com"],
    ["DD_PROXY_NO_PROXY", "localhost .datadoghq.com"],
    ["TIDEGATE_PROXY__NO_PROXY", '["*"]'],
  ])("is direct for what %s says", (variable, value) => {
    expect(intakeOf("proxy: { https: 'http://file:1' }\n", { [variable]: value })).not.toHaveProperty("proxy");
  });

  test("to this machine leads only through a proxy that is meant for the gateway", () => {
    const here = "dd_url: http://127.0.0.1:8126\n";
    expect(intakeOf(here, { HTTP_PROXY: "http://all:1", http_proxy: "http://all:1" })).not.toHaveProperty("proxy");
    expect(intakeOf(here, { DD_PROXY_HTTP: "http://agent:1" })?.proxy).toBe("http://agent:1");
    expect(intakeOf(`${here}proxy: { http: 'http://file:1' }\n`)?.proxy).toBe("http://file:1");
  });
});

describe("a file of certificates", () => {
  const of = (files: Readonly<Record<string, string>>, file = "lab.pem"): string =>
    problemsOf({ "tidegate.yaml": `${PLAIN_MAIN}forward:\n  ca_file: ${file}\n`, ...files });

  test.each([
    ["that is not there", {}, "lab.pem: no such file", "Correct the path"],
    ["in another form", { "lab.pem": "0\u0082\u0001" }, "lab.pem: a file without a certificate", "openssl x509"],
    ["with a key only", { "lab.pem": "-----BEGIN PRIVATE KEY-----\n" }, "a file without a certificate", "openssl x509"],
    [
      "that was cut",
      { "lab.pem": `${CA}${CA.replace(/^M.*\n/mu, "")}` },
      "lab.pem: a certificate that cannot be read, number 2 of 2",
      "",
    ],
  ])("%s is a problem at its line", (_, files, found, hint) => {
    const text = of(files);
    expect(text).toContain(`tidegate.yaml:5:12  forward.ca_file\n  found ${found.replace(/^(?!lab)/u, "lab.pem: ")}`);
    expect(text).toContain(hint);
  });

  test("is read beside the main file, with all that is in it and nothing around it", () => {
    const intake = intakeOf("forward: { ca_file: lab.pem }\n");
    expect(intake?.ca).toBe(CA);
    expect(intakeOf("", { TIDEGATE_FORWARD__CA_FILE: "./lab.pem" })?.ca).toBe(CA);
  });
});
