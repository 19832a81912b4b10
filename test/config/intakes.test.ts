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
    expect(intakes).toMatchObject([
      { name: "datadog", url: "https://api.datadoghq.com", apiKey: "abc" },
      { name: "second", url: "https://api.datadoghq.com", apiKey: "def" },
    ]);
    expect(intakes).toHaveLength(2);
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

  test("have their own application key, else that of the whole file or of DD_APP_KEY, which is a secret", () => {
    const keysOf = (main: string, environment = {}) =>
      load(main, environment).intakes.map((intake) => intake.kind === "datadog" && intake.appKey);
    const own = "intakes: [{ name: second, type: datadog, api_key: def, app_key: own }]\n";
    expect(keysOf(`api_key: abc\napp_key: whole\n${own}`)).toEqual(["whole", "own"]);
    expect(keysOf(`api_key: abc\n${SECOND}`, { DD_APP_KEY: "variable" })).toEqual(["variable", "variable"]);
    expect(load(`api_key: abc\n${SECOND}`, { DD_APP_KEY: "planted" }).secrets).toContain("planted");
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

  test("leave out what is ordinary, all of them, unless they are to have everything", () => {
    const { intakes } = load(
      "api_key: abc\nforward: { thinning: false }\nintakes:\n  - { name: second, type: datadog, api_key: def }\n" +
        "  - { name: third, type: influx, url: http://127.0.0.1:8086, database: plant, thinning: false }\n" +
        "  - { name: fourth, type: prometheus, url: http://127.0.0.1:9090/api/v1/write, thinning: true }\n" +
        "  - { name: fifth, type: otlp, url: http://127.0.0.1:4318, thinning: false }\n",
    );
    expect(intakes.map(({ name, isThinning }) => [name, isThinning])).toEqual([
      ["datadog", false],
      ["second", undefined],
      ["third", false],
      ["fourth", undefined],
      ["fifth", false],
    ]);
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

describe("an intake of Prometheus", () => {
  const entry = (keys: string, url = "http://prom:9090/api/v1/write"): string =>
    `intakes:\n  - { name: prom, type: prometheus, url: '${url}', ${keys} }\n`;

  test("is sent in order and finds out its version, unless it says otherwise", () => {
    expect(load(entry("timeout: 3")).intakes).toMatchObject([
      {
        kind: "prometheus",
        url: "http://prom:9090/api/v1/write",
        version: "auto",
        outOfOrderWindow: 0,
        maxAge: 3_600_000,
        headers: {},
      },
    ]);
  });

  test.each([
    ["version: 1.0", { version: "1.0" }],
    ["version: 2.0", { version: "2.0" }],
    ["version: '2.0'", { version: "2.0" }],
    ["version: auto", { version: "auto" }],
    ["out_of_order_window: 7200", { outOfOrderWindow: 7_200_000, maxAge: 7_200_000 }],
    ["out_of_order_window: 600", { outOfOrderWindow: 600_000, maxAge: 3_600_000 }],
    ["out_of_order_window: 600, max_age: 900, older: hold", { maxAge: 900_000, isHoldingOld: true }],
    ["username: gate, password: planted", { username: "gate", password: "planted" }],
    ["bearer_token: planted", { bearerToken: "planted" }],
    ["headers: { X-Scope-OrgID: works }", { headers: { "X-Scope-OrgID": "works" } }],
  ])("with %s is that", (keys, expected) => {
    expect(load(entry(keys)).intakes).toMatchObject([expected]);
  });

  test.each([
    ["version: 3", "3", "auto, 1.0 or 2.0"],
    ["password: planted", "no username", "one that goes with password"],
    ["username: gate, bearer_token: planted", "bearer_token beside username", "one of the two"],
    ["older: hold", "hold without out_of_order_window", "expire"],
    ["older: thin", '"thin"', "expire or hold"],
    ["headers: { Authorization: x }", "the key Authorization", "a header that the gateway does not set itself"],
  ])("with %s has a problem", (keys, found, expected) => {
    const { problems } = loadFiles({ "tidegate.yaml": `${HOST}${entry(keys)}` });
    expect(problems).toMatchObject([{ found, expected }]);
  });

  test("has an address with the whole path", () => {
    const { problems } = loadFiles({ "tidegate.yaml": `${HOST}${entry("timeout: 3", "http://prom:9090")}` });
    expect(problems).toMatchObject([
      { expected: "a whole address such as http://prometheus.example:9090/api/v1/write" },
    ]);
    expect(load(entry("timeout: 3", "https://grafana.example/api/prom/push?tenant=7")).intakes[0]?.url).toBe(
      "https://grafana.example/api/prom/push?tenant=7",
    );
  });

  test("has secrets, and a notice tells of those that go unencrypted", () => {
    const planted = `"\${env:SECRET}"`;
    for (const [keys, what] of [
      [`username: gate, password: ${planted}`, "The password"],
      [`bearer_token: ${planted}`, "The token"],
      [`headers: { x-tenant: ${planted} }`, "What stands in `headers`"],
    ]) {
      const { secrets, notices } = load(entry(keys ?? ""), { SECRET: "planted-secret" });
      expect(secrets).toContain("planted-secret");
      expect(notices).toEqual([expect.stringContaining(`${what} of the intake prom goes to`)]);
    }
    expect(load(entry("timeout: 3")).notices).toEqual([]);
  });
});

describe("an intake of InfluxDB", () => {
  const entry = (keys: string): string =>
    `intakes:\n  - { name: history, type: influx, url: 'http://db:8086/', ${keys} }\n`;

  test.each([
    ["database: plant", { version: 1, database: "plant" }],
    [
      "database: plant, retention_policy: year, username: gate, password: planted",
      { version: 1, database: "plant", retentionPolicy: "year", login: { username: "gate", password: "planted" } },
    ],
    ["bucket: plant, org: works", { version: 2, bucket: "plant", org: "works" }],
    ["bucket: plant, org: works, token: planted", { version: 2, bucket: "plant", org: "works", token: "planted" }],
  ])("with %s is that", (keys, target) => {
    expect(load(entry(keys)).intakes).toMatchObject([
      { kind: "influx", name: "history", url: "http://db:8086", target, maxAge: Number.POSITIVE_INFINITY },
    ]);
  });

  test("sends nothing older than max_age, holds it, or sends it rolled up", () => {
    expect(load(entry("database: plant, max_age: 2592000")).intakes[0]?.maxAge).toBe(2_592_000_000);
    expect(load(entry("database: plant, max_age: 3600, older: hold")).intakes[0]?.isHoldingOld).toBe(true);
    expect(load(entry("database: plant, max_age: 7200, older: thin")).intakes).toMatchObject([
      { maxAge: Number.POSITIVE_INFINITY, rollUpAge: 7_200_000 },
    ]);
  });

  test.each([
    ["timeout: 3", "no database and no bucket"],
    ["database: plant, bucket: plant", "a bucket beside a database"],
    ["database: plant, token: planted", "token beside a database"],
    ["bucket: plant, org: works, password: planted", "password beside a bucket"],
    ["bucket: plant", "no org"],
    ["database: plant, username: gate", "no password"],
    ["database: plant, password: planted", "no username"],
    ['database: "a\\u0000b"', '"a\u0000b"'],
  ])("with %s has a problem: %s", (keys, found) => {
    const { problems } = loadFiles({ "tidegate.yaml": `${HOST}${entry(keys)}` });
    expect(problems).toMatchObject([{ found, hint: expect.stringMatching(/./u) }]);
  });

  test("has a password and a token that are secrets, and that a notice tells of where they go unencrypted", () => {
    const { secrets, notices } = load(entry("database: plant, username: gate, password: planted"));
    expect(secrets).toContain("planted");
    expect(notices).toEqual([expect.stringMatching(/^The password of the intake history goes to http:\/\/db:8086 /u)]);
    expect(load(entry("bucket: plant, org: works, token: planted")).notices[0]).toMatch(/^The token of /u);
    expect(load(entry("database: plant")).notices).toEqual([]);
  });
});

describe("an intake that takes OTLP", () => {
  const entry = (keys: string): string =>
    `intakes:\n  - { name: otel, type: otlp, url: 'http://otel:4318', ${keys} }\n`;

  test("is in protobuf, without headers and in any order, unless it says otherwise", () => {
    expect(load(entry("timeout: 3")).intakes).toMatchObject([
      { kind: "otlp", encoding: "protobuf", headers: {}, isInOrder: false, maxAge: Number.POSITIVE_INFINITY },
    ]);
    const { intakes, secrets, notices } = load(
      entry("encoding: json, in_order: true, headers: { X-Scope-OrgID: tenant-planted }"),
    );
    expect(intakes).toMatchObject([
      { encoding: "json", isInOrder: true, headers: { "X-Scope-OrgID": "tenant-planted" } },
    ]);
    expect(secrets).toContain("tenant-planted");
    expect(notices).toEqual([expect.stringContaining("What stands in `headers` of the intake otel goes to")]);
  });

  test("holds nothing where a reading that waits would have to go behind those that do not", () => {
    const { problems } = loadFiles({ "tidegate.yaml": `${HOST}${entry("in_order: true, max_age: 60, older: hold")}` });
    expect(problems).toMatchObject([{ found: "hold with in_order", expected: "expire, thin or send" }]);
  });

  test.each(["headers: { 'a b': c }", "headers: { Content-Type: c }", "headers: { a: grün }"])(
    "with %s has a problem",
    (keys) => {
      const { problems } = loadFiles({ "tidegate.yaml": `${HOST}${entry(keys)}` });
      expect(problems).toHaveLength(1);
    },
  );

  test("has an address without the path of its API", () => {
    const main = "intakes:\n  - { name: otel, type: otlp, url: 'http://otel:4318/v1/metrics' }\n";
    expect(loadFiles({ "tidegate.yaml": `${HOST}${main}` }).problems).toMatchObject([
      { expected: "an address such as http://collector.example:4318" },
    ]);
  });
});

describe("readings that no right clock has stamped", () => {
  test("go with a tag to every intake, unless they are to be held back or to go as all others", () => {
    const unsureOf = (main: string) => load(`${SECOND}${main}`).intakes.map(({ unsure }) => unsure);
    const count = unsureOf("").length;
    expect(unsureOf("clock: { untrusted: flag }\n")).toEqual(new Array(count).fill(undefined));
    expect(unsureOf("clock: { untrusted: hold }\n")).toEqual(new Array(count).fill("hold"));
    expect(unsureOf("clock: { untrusted: send }\n")).toEqual(new Array(count).fill("send"));
    const { problems } = loadFiles({ "tidegate.yaml": `${HOST}${SECOND}clock: { untrusted: drop }\n` });
    expect(problems).toMatchObject([{ path: "clock.untrusted", expected: "flag, hold or send" }]);
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
