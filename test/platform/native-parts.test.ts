import { describe, expect, test } from "vitest";
import { probeNativeParts } from "../../src/platform/native-parts.ts";

function failWith(message: string) {
  return () => Promise.reject(new Error(message));
}

describe("an optional native part", () => {
  test.each([
    ["Cannot find package 'onoff' imported from here", "it is not installed", "npm ci"],
    [
      "Could not locate the bindings file. Tried:\n → a\n → b",
      "its native binding was not built",
      "npm run build:epoll",
    ],
    [
      "was compiled against a different Node.js version using NODE_MODULE_VERSION 115",
      "it was built for another Node",
      "npm run build:epoll",
    ],
    ["libstdc++.so.6: cannot open shared object file\nmore", "it does not load: libstdc++.so.6", "npm run build:epoll"],
  ])("that fails with %j says so, in words, with a remedy", async (message, lack, remedy) => {
    const [onoff] = await probeNativeParts(failWith(message));
    expect(onoff).toMatchObject({ name: "onoff", isLoaded: false });
    expect(onoff?.lack).toContain(lack);
    expect(onoff?.lack).toContain(remedy);
  });

  test.each([
    ["Cannot find package 'onoff' imported from here", /install tidegate again without --omit=optional/u],
    ["Could not locate the bindings file.", /run `npm rebuild epoll` in \S+ where a C\+\+ compiler is installed/u],
    ["libstdc++.so.6: cannot open shared object file", /run `npm rebuild epoll` in/u],
  ])("of an installed package that fails with %j is mended by what such a package has", async (message, remedy) => {
    const [onoff] = await probeNativeParts(failWith(message), false);
    expect(onoff?.lack).toMatch(remedy);
    expect(onoff?.lack).not.toMatch(/build:epoll|npm ci/u);
  });

  test("that comes built is mended by installing it, never by a compiler", async () => {
    const lacks = async (message: string, isCheckout: boolean): Promise<string | undefined> =>
      (await probeNativeParts(failWith(message), isCheckout)).find(({ name }) => name === "koffi")?.lack;
    expect(await lacks("Cannot find package 'koffi'", true)).toBe(
      "it is not installed; run `npm ci` without --omit=optional",
    );
    expect(await lacks("no binary for this machine", true)).toMatch(/; run `npm ci` on this machine$/u);
    expect(await lacks("no binary for this machine", false)).toMatch(/; install tidegate again on this machine$/u);
  });

  test.each(["@serialport/bindings-cpp", "modbus-serial"])(
    "that nobody is asked to leave out, such as %s, is mended by installing all again",
    async (wanted) => {
      const parts = await probeNativeParts(failWith(`Cannot find package '${wanted}' imported from here`));
      const part = parts.find(({ name }) => name === wanted);
      expect(part).toMatchObject({ isLoaded: false, lack: "it is not installed; run `npm ci`" });
    },
  );

  test("is not there if one of the modules that are used of it is missing", async () => {
    const importPackage = (name: string): Promise<unknown> =>
      name.endsWith("telnetport.js") ? failWith(`Cannot find module '${name}'`)() : Promise.resolve({});
    const lacking = (await probeNativeParts(importPackage)).filter(({ isLoaded }) => !isLoaded);
    expect(lacking).toMatchObject([{ name: "modbus-serial", purpose: expect.stringContaining("Telnet") }]);
  });

  test("that loads lacks nothing", async () => {
    const [onoff] = await probeNativeParts(() => Promise.resolve({}));
    expect(onoff).toMatchObject({ isLoaded: true, lack: "" });
  });

  test("is tried for real here, and either answer is a whole one", async () => {
    const [onoff] = await probeNativeParts();
    expect(onoff?.isLoaded).toBe(onoff?.lack === "");
  });
});
