import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const LAUNCHER = fileURLToPath(new URL("../../../src/launch.js", import.meta.url));

test("detect judges what comes through a pipe as it comes, however long that takes", async () => {
  const child = spawn(process.execPath, [LAUNCHER, "detect", "--input", "-", "--detector", "basic"]);
  let [output, errors] = ["", ""];
  const begun = Promise.withResolvers<void>();
  child.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
    if (output.includes("\n1767225600,")) begun.resolve();
  });
  child.once("close", () => begun.resolve());
  child.stdin.on("error", () => undefined);
  child.stdin.write("timestamp,value\n1767225600,1\n");
  await begun.promise;
  child.stdin.end("1767225601,2\n");
  const [code] = await once(child, "close");
  expect([code, output, errors]).toEqual([
    0,
    "timestamp,value,anomaly_score,low,high\n1767225600,1,0,,\n1767225601,2,0,,\n",
    expect.stringMatching(/^2 rows of standard input: all were learned from/u),
  ]);
});
