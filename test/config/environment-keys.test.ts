import { describe, expect, test } from "vitest";
import { keyPathsOf, variableOf } from "../../src/config/environment-keys.ts";
import { mainSchema } from "../../src/config/main-schema.ts";
import { formatProblem } from "../../src/config/problems.ts";
import { loadFiles } from "./config-folder.ts";

const load = (environment: Readonly<Record<string, string>>, main?: string) =>
  loadFiles(main === undefined ? {} : { "tidegate.yaml": main }, environment);

const problemsOf = (environment: Readonly<Record<string, string>>, main?: string): readonly string[] =>
  load(environment, main).problems.map(formatProblem);

describe("a variable", () => {
  test.each([
    [
      { TIDEGATE_FORWARD__TIMEOUT: "9999" },
      "environment variable TIDEGATE_FORWARD__TIMEOUT  forward.timeout\n  found 9999, expected a number of seconds from 1 to 300",
    ],
    [
      { TIDEGATE_STORE: '{"max_bytes":"plenty"}' },
      'environment variable TIDEGATE_STORE  store.max_bytes\n  found "plenty", expected a size of at least 1MB, such as 500MB or 2GiB',
    ],
    [
      { DD_SITE: "datadoghq.de" },
      'environment variable DD_SITE  site\n  found "datadoghq.de", expected datadoghq.com, us3.datadoghq.com',
    ],
    [
      { DD_API_KEY: "planted key" },
      "environment variable DD_API_KEY  api_key\n  found a text of 11 characters, expected a key without spaces",
    ],
  ])("with a bad value is a problem that names it: %o", (environment, text) => {
    const problems = problemsOf(environment);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(text), problems[0]).toBe(true);
  });

  test("of no known key leads to the one that was meant, and does not stop at the first", () => {
    const problems = problemsOf({ TIDEGATE_STROE__MAX_BYTES: "1GB", TIDEGATE_QQ: "1", TIDEGATE_CONFIG: "/x" });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain("environment variable TIDEGATE_QQ\n");
    expect(problems[1]).toContain("Did you mean TIDEGATE_STORE__MAX_BYTES?");
  });

  test("that is empty says nothing", () => {
    expect(load({ TIDEGATE_HOSTNAME: "", DD_SITE: "", TIDEGATE_NONE: "" }).problems).toEqual([]);
  });

  test("says the same as the key, in the way that the key wants it", () => {
    const { config, problems } = load(
      {
        TIDEGATE_API_KEY: "12345678901234567890123456789012",
        TIDEGATE_TAGS: '["a:b"]',
        TIDEGATE_STORE__MAX_BYTES: "500MB",
        TIDEGATE_STORE__SYNC_INTERVAL: "0.5",
        TIDEGATE_FORWARD: '{"timeout": 5, "max_age": 60}',
        TIDEGATE_FORWARD__TIMEOUT: "7",
      },
      "hostname: press-hall\nrun_path: run\nforward: { flush_interval: 3 }\n",
    );
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      tags: ["a:b"],
      store: { maxBytes: 500_000_000, syncInterval: 500 },
      intakes: [{ apiKey: "12345678901234567890123456789012", timeout: 7000, maxAge: 60_000, flushInterval: 10_000 }],
    });
  });

  test("of the gateway beats the Agent's, which beats the file", () => {
    const main = "api_key: file\nhostname: file\nrun_path: run\nsite: datadoghq.eu\ntags: [of:file]\n";
    const { config, problems } = load(
      {
        ...{ DD_API_KEY: "agent", DD_HOSTNAME: "agent", DD_TAGS: "a:1 b:2,c:3", DD_URL: "https://old.test" },
        ...{ DD_DD_URL: "https://new.test", TIDEGATE_HOSTNAME: "own" },
      },
      main,
    );
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      hostname: "own",
      tags: ["a:1", "b:2", "c:3"],
      intakes: [{ apiKey: "agent", url: "https://new.test" }],
    });
    expect(load({ DD_SITE: "us5.datadoghq.com" }, main).config?.intakes[0]?.url).toBe("https://api.us5.datadoghq.com");
  });

  test("can mend a key of the file, which then is no problem any more", () => {
    expect(load({ DD_SITE: "datadoghq.eu" }, "api_key: a\nhostname: h\nrun_path: r\nsite: nowhere\n").problems).toEqual(
      [],
    );
  });
});

test("every key has a variable of its own", () => {
  const names = keyPathsOf(mainSchema).map(variableOf);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain("TIDEGATE_STORE__MAX_BYTES");
  expect(names).toContain("TIDEGATE_STORE");
});
