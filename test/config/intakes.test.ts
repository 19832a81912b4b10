import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import { loadFiles } from "./config-folder.ts";

const HOST = "hostname: press-hall\nrun_path: run\n";
const SECOND = "intakes:\n  - { name: second, type: datadog, api_key: def }\n";

function load(main: string, environment: Readonly<Record<string, string>> = {}) {
  const { config, problems, notices, secrets } = loadFiles({ "tidegate.yaml": `${HOST}${main}` }, environment);
  expect(problems.map(formatProblem)).toEqual([]);
  return { intakes: config?.intakes ?? [], notices, secrets: secrets.map(({ text }) => text) };
}

describe("the intakes", () => {
  test("are that of the Agent's keys first, then those listed", () => {
    const { intakes } = load(`api_key: abc\n${SECOND}`);
    expect(intakes.map(({ name, url, apiKey }) => [name, url, apiKey])).toEqual([
      ["datadog", "https://api.datadoghq.com", "abc"],
      ["second", "https://api.datadoghq.com", "def"],
    ]);
  });

  test("are the listed ones alone where there is no api_key", () => {
    expect(load(SECOND).intakes.map(({ name }) => name)).toEqual(["second"]);
  });

  test("say all that the intake of the Agent's keys can say, with the same defaults", () => {
    const keys =
      "series_api: v1, encoding: json, compression: gzip, host_tags_on_series: false, timeout: 3, max_age: 60";
    const [first, second] = load(
      `api_key: abc\nsite: us5.datadoghq.com\nforward: { ${keys} }\n` +
        `intakes:\n  - { name: second, type: datadog, api_key: abc, site: us5.datadoghq.com, ${keys} }\n`,
    ).intakes;
    expect({ ...second, name: "datadog" }).toEqual(first);
    const [plain, listed] = load(`api_key: def\n${SECOND}`).intakes;
    expect({ ...listed, name: "datadog" }).toEqual(plain);
    expect(plain).toMatchObject({ encoding: "json", compression: "deflate", maxAge: 3_600_000, timeout: 20_000 });
  });

  test("take readings of any age where the account has its history, unless max_age says otherwise", () => {
    expect(load("api_key: abc\nforward: { historical: true }\n").intakes[0]?.maxAge).toBe(Number.POSITIVE_INFINITY);
    expect(load("api_key: abc\nforward: { historical: true, max_age: 86400 }\n").intakes[0]?.maxAge).toBe(86_400_000);
  });

  test("hold, thin or send what is too old as they are told, and let it expire else", () => {
    const agesOf = (keys: string) => {
      const [intake] = load(`api_key: abc\nforward: { ${keys} }\n`).intakes;
      return [intake?.maxAge, intake?.isHoldingOld, intake?.rollUpAge];
    };
    const any = Number.POSITIVE_INFINITY;
    expect(agesOf("timeout: 3")).toEqual([3_600_000, undefined, undefined]);
    expect(agesOf("older: hold, max_age: 60")).toEqual([60_000, true, undefined]);
    expect(agesOf("historical: true, older: send, max_age: 60")).toEqual([any, undefined, undefined]);
    expect(agesOf("historical: true, older: thin")).toEqual([any, undefined, 3_600_000]);
    expect(agesOf("historical: true, older: thin, max_age: 600")).toEqual([any, undefined, 600_000]);
  });

  test("send nothing that would be thrown away behind an acceptance", () => {
    const { problems } = loadFiles({ "tidegate.yaml": `${HOST}api_key: abc\nforward: { older: thin }\n` });
    expect(problems).toMatchObject([
      { path: "forward.older", found: "thin without historical: true", expected: "expire or hold" },
    ]);
  });

  test("can be the whole of a variable, as JSON", () => {
    const listed = [{ name: "second", type: "datadog", api_key: "planted", url: "https://vm.test/datadog/" }];
    const { intakes, secrets } = load("", { TIDEGATE_INTAKES: JSON.stringify(listed) });
    expect(intakes).toMatchObject([{ name: "second", url: "https://vm.test/datadog", apiKey: "planted" }]);
    expect(secrets).toContain("planted");
  });

  test("each go their own way: a proxy by the scheme of its address, and certificates of its own", () => {
    const { intakes } = load(
      "api_key: abc\nproxy: { https: 'http://proxy:3128', no_proxy: [plant.example] }\n" +
        "intakes:\n  - { name: second, type: datadog, api_key: abc, url: 'https://vm.plant.example' }\n",
    );
    expect(intakes.map(({ proxy }) => proxy)).toEqual(["http://proxy:3128", undefined]);
  });

  test("have keys that are secrets, as typed and as a reference leads to them", () => {
    const listed = `api_key: "\${env:KEY}"`;
    const { secrets } = load(`${SECOND}  - { name: third, type: datadog, ${listed} }\n`, { KEY: "planted" });
    expect(secrets).toEqual(expect.arrayContaining(["def", "planted"]));
  });
});

describe("a notice", () => {
  test("tells of a key that goes unencrypted to another machine, and to which", () => {
    const address = (url: string): string =>
      `intakes:\n  - { name: second, type: datadog, api_key: def, url: '${url}' }\n`;
    expect(load(address("http://vm.plant:8428")).notices).toEqual([
      "The API key of the intake second goes to http://vm.plant:8428 unencrypted, and whoever stands in between can " +
        "read it: use https:// where that could be a stranger.",
    ]);
    expect(load(address("http://127.0.0.1:8428")).notices).toEqual([]);
    expect(load(address("https://vm.plant:8428")).notices).toEqual([]);
  });

  test("tells of keys that count for nothing because nothing is sent by api_key", () => {
    expect(load(`${SECOND}site: datadoghq.eu\nforward: { timeout: 3 }\n`).notices).toEqual([
      expect.stringMatching(
        /tidegate\.yaml: site, forward count for the intake of api_key alone, and there is none\.$/u,
      ),
    ]);
  });
});
