import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GatewayError } from "../../src/model/errors.ts";
import { millis } from "../../src/model/time.ts";
import { askControl, controlSocketPath, serveControl, toControlError } from "../../src/platform/control-socket.ts";

describe("the control socket", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tidegate-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("refuses a run path that the kernel could not take, and says what to do", () => {
    expect(() => controlSocketPath(join(folder, "x".repeat(120)))).toThrow(/Set run_path in tidegate\.yaml/u);
  });

  test("says that no gateway is running where nothing listens", async () => {
    await expect(askControl(folder, { command: "status" })).rejects.toMatchObject({ code: "GATEWAY_NOT_RUNNING" });
  });

  test.each(["EACCES", "EPERM"])("tells a socket that may not be opened (%s) from one that nobody serves", (code) => {
    const error = toControlError("/var/lib/tidegate", Object.assign(new Error("connect"), { code }));
    expect(error.code).toBe("GATEWAY_NOT_ALLOWED");
    expect(error.message).toContain("as the user the gateway runs as");
  });

  test("gives up on a gateway that keeps silent, and says that it is there", async () => {
    await using _server = await serveControl(folder, () => new Promise(() => undefined));
    const asked = askControl(folder, { command: "status" }, millis(20));
    await expect(asked).rejects.toMatchObject({
      code: "GATEWAY_SILENT",
      message: expect.stringMatching(/is there and did not answer within 0\.02 s/u),
    });
  });

  test("carries a request to the gateway and its answer back", async () => {
    await using _server = await serveControl(folder, (request) => Promise.resolve({ heard: request }));
    expect(await askControl(folder, { command: "status", detail: 3 })).toEqual({
      heard: { command: "status", detail: 3 },
    });
  });

  test("carries the code and the sentence of an error back", async () => {
    await using _server = await serveControl(folder, () =>
      Promise.reject(new GatewayError("CHECK_UNKNOWN", "no valid check found: press")),
    );
    await expect(askControl(folder, { command: "check" })).rejects.toMatchObject({
      code: "CHECK_UNKNOWN",
      message: "no valid check found: press",
    });
  });

  test.each(["not json", "null", "7", '{"command":7}'])("answers %j with an error and goes on", async (line) => {
    await using _server = await serveControl(folder, () => Promise.resolve("fine"));
    const reply = await new Promise<string>((resolve) => {
      const socket = createConnection(controlSocketPath(folder), () => socket.write(`${line}\n`));
      let text = "";
      socket.on("data", (chunk) => {
        text += String(chunk);
      });
      socket.on("close", () => resolve(text));
    });
    expect(JSON.parse(reply)).toMatchObject({ ok: false, error: { code: "CLI_USAGE" } });
    expect(await askControl(folder, { command: "status" })).toBe("fine");
  });

  test("replaces the socket file that a killed gateway left", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(controlSocketPath(folder), "");
    await using _server = await serveControl(folder, () => Promise.resolve("fine"));
    expect(await askControl(folder, { command: "status" })).toBe("fine");
  });

  test("lies in memory where the run path takes none, and is found there by this user alone", async () => {
    // As on a disk that is only read, nothing can be put in the place of the socket.
    mkdirSync(join(controlSocketPath(folder), "full"), { recursive: true });
    const server = await serveControl(folder, () => Promise.resolve("fine"));
    expect(await askControl(folder, { command: "status" })).toBe("fine");
    const spare = `/dev/shm/tidegate-${process.getuid?.()}`;
    expect(statSync(spare).mode & 0o777).toBe(0o700);
    await server[Symbol.asyncDispose]();
    await expect(askControl(folder, { command: "status" })).rejects.toMatchObject({ code: "GATEWAY_NOT_RUNNING" });
  });

  test("is gone once it is disposed", async () => {
    const server = await serveControl(folder, () => Promise.resolve("fine"));
    await server[Symbol.asyncDispose]();
    expect(existsSync(controlSocketPath(folder))).toBe(false);
  });
});
