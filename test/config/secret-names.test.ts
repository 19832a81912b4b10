// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how references of the configuration look.

import { describe, expect, test } from "vitest";
import { collectSecrets, isSecretName } from "../../src/config/secret-names.ts";

describe("a secret", () => {
  test("is known by its name in every spelling", () => {
    const names = ["api_key", "apiKey", "DD_API_KEY", "mqtt-password", "Token", "secret_backend_arguments"];
    expect(names.filter((name) => !isSecretName(name))).toEqual([]);
    expect(["monkey", "key_file", "host", "tokens_used", "passage", "arguments"].filter(isSecretName)).toEqual([]);
  });

  test.each<[unknown, readonly string[]]>([
    [{ a: [{ apiKey: "one" }], secrets: { b: "two", c: 3 }, host: "no" }, ["one", "two", "3"]],
    [{ proxy: { https: "http://anna:p%40ss@proxy:3128" } }, ["p%40ss", "p@ss"]],
    [{ proxy: "http://token-4711@proxy:3128" }, ["token-4711"]],
    [
      ["https://host/?t=abc&u=def", "mqtt://broker:1883"],
      ["abc", "def"],
    ],
    [
      { secret_backend_arguments: ["get-it", "--config", "/etc/vault.yaml", "--token=hush=x", "-p"] },
      ["get-it", "hush=x"],
    ],
    [{ password: "${file:key.txt}", token: "ENC[handle]" }, []],
  ])("is found in %j by its place", (data, texts) => {
    expect(collectSecrets(data).map(({ text }) => text)).toEqual(texts);
  });
});
