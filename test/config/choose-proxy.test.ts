import { describe, expect, test } from "vitest";
import { chooseProxy, isException, isLoopback, isProxyAddress } from "../../src/config/choose-proxy.ts";

describe("the address of a proxy", () => {
  test.each([
    "",
    "proxy example",
    "socks5://proxy:1080",
    "http://",
    "http://proxy:99999",
    "http://proxy:3128/path",
    "http://proxy:3128?x=1",
    "user:word@proxy:3128",
    "http://gate:a/b@proxy:3128",
  ])("is not %j", (text) => {
    expect(isProxyAddress(text)).toBe(false);
  });

  test.each([
    "http://proxy:3128",
    "http://proxy.example:3128/",
    "https://proxy.example",
    "http://gate:a%2Fb@proxy:3128",
    "http://[::1]:3128",
    "proxy.example:3128",
    "10.0.0.1",
  ])("may be %j", (text) => {
    expect(isProxyAddress(text)).toBe(true);
  });
});

test.each(["", "a b", "a,b", "http://a", "10.0.0.0/33", "10.0.0/8", "user@host"])("%j is no exception", (text) => {
  expect(isException(text)).toBe(false);
});

describe("an exception", () => {
  test.each([
    ["*", "https://api.datadoghq.eu", true],
    ["datadoghq.eu", "https://api.datadoghq.eu", true],
    ["DataDogHQ.eu", "https://api.datadoghq.eu", true],
    ["api.datadoghq.eu", "https://api.datadoghq.eu", true],
    ["api.datadoghq.eu", "https://api.datadoghq.eu.", true],
    ["doghq.eu", "https://api.datadoghq.eu", false],
    ["api.datadoghq.eu", "https://datadoghq.eu", false],
    [".datadoghq.eu", "https://api.datadoghq.eu", true],
    [".datadoghq.eu", "https://datadoghq.eu", false],
    ["*.datadoghq.eu", "https://api.datadoghq.eu", true],
    ["*.datadoghq.eu", "https://datadoghq.eu", false],
    ["vm:8428", "https://vm:8428", true],
    ["vm:8428", "https://vm", false],
    ["vm:443", "https://vm", true],
    ["192.168.0.0/24", "https://192.168.0.9", true],
    ["192.168.0.0/24", "https://192.168.1.9", false],
    ["0.0.0.0/0", "https://192.168.1.9", true],
    ["192.168.0.9", "https://192.168.0.9:8428", true],
    ["192.168.0.9:1", "https://192.168.0.9:8428", false],
    ["168.0.9", "https://192.168.0.9", false],
    ["fd00::/8", "https://[fd12::1]", true],
    ["fd12:0:0::1", "https://[fd12::1]", true],
    ["[fd12::1]:443", "https://[fd12::1]", true],
    ["10.0.0.0/8", "https://api.datadoghq.eu", false],
  ])("%j and the address %s", (entry, address, isCovered) => {
    const proxy = chooseProxy(address, { https: "http://proxy:3128", no_proxy: [entry] });
    expect(proxy).toBe(isCovered ? undefined : "http://proxy:3128");
  });
});

test("a proxy is chosen by the scheme of the address, and its own is http where it has none", () => {
  const keys = { http: "plain:3128", https: "https://secure" };
  expect(chooseProxy("http://vm:8428/datadog", keys)).toBe("http://plain:3128");
  expect(chooseProxy("https://api.datadoghq.eu", keys)).toBe("https://secure");
  expect(chooseProxy("https://api.datadoghq.eu", { http: "plain:3128" })).toBeUndefined();
});

test.each([
  ["http://localhost:8126", true],
  ["http://sim.localhost", true],
  ["http://127.3.0.1:80", true],
  ["http://[::1]:80", true],
  ["http://10.0.0.1", false],
  ["https://localhost.example", false],
])("whether %s is this machine is known: %s", (address, isHere) => {
  expect(isLoopback(address)).toBe(isHere);
});
