import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askStatus } from "../../hardware-sim/plant/control-client.ts";
import type { PlantReport } from "../../hardware-sim/plant/report.ts";
import { untilDelivering } from "../support/until-delivering.ts";

const LAUNCHER = fileURLToPath(new URL("../../src/launch.js", import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plant-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Where the gateway of the plant is asked. */
function runPath(): string {
  return join(folder, ".plant", "run");
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly exit: number | null; readonly out: string; readonly err: string }>;
}

function startPlant(...flags: readonly string[]): Run {
  return startPlantWith({}, ...flags);
}

/** Starts it for a user who has `variables` set. */
function startPlantWith(variables: Readonly<Record<string, string>>, ...flags: readonly string[]): Run {
  const child = spawn(process.execPath, [LAUNCHER, "sim", ...flags], {
    cwd: folder,
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  return { child, ended: once(child, "close").then(([exit]) => ({ exit, out, err })) };
}

describe("the plant as a user starts it", () => {
  test("an unknown flag is a usage error", async () => {
    const { exit, err } = await startPlant("--speed", "2").ended;
    expect(exit).toBe(2);
    expect(err).toMatch(/--speed[\s\S]*usage: tidegate sim/);
  });

  test("a gateway that dies takes the plant with it, and its last words are shown", async () => {
    const { ended } = startPlant("--json");
    process.kill((await untilDelivering(runPath())).pid, "SIGKILL");
    const { exit, out, err } = await ended;
    expect({ exit, out }).toEqual({ exit: 1, out: "" });
    expect(err).toMatch(/the gateway is running[\s\S]*the gateway ended by itself with SIGKILL/);
  });

  test("with an outage in the middle every reading arrives and every figure agrees", async () => {
    const { exit, out, err } = await startPlant("--seconds", "8", "--outage", "1.5", "--json").ended;
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    const report = JSON.parse(out) as PlantReport;
    expect(report).toMatchObject({ schema: 1, seed: 1, books_balance: true, intake_violations: 0, faults: 0 });
    expect(report.delivered).toBeGreaterThan(100);
    expect(report.intake_distinct).toBe(report.delivered);
    expect(report.served).toBeGreaterThanOrEqual(report.sampled);
    expect(report.waiting).toBe(0);
  });

  test("delivers whatever the user has set for a gateway of their own", async () => {
    const dead = "http://127.0.0.1:1";
    const variables = {
      DD_API_KEY: "0123456789abcdef0123456789abcdef",
      DD_URL: dead,
      DD_HOSTNAME: "a name with spaces",
      DD_PROXY_HTTP: dead,
      HTTP_PROXY: dead,
      http_proxy: dead,
      NODE_USE_ENV_PROXY: "1",
      TIDEGATE_API_KEY: "0123456789abcdef0123456789abcdef",
      TIDEGATE_FORWARD__TIMEOUT: "soon",
      TIDEGATE_CONFIG: "/nowhere",
    };
    const { child, ended } = startPlantWith(variables, "--json");
    await untilDelivering(runPath());
    child.kill("SIGTERM");
    const { exit, out, err } = await ended;
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(JSON.parse(out) as PlantReport).toMatchObject({ books_balance: true, intake_violations: 0 });
  });

  test("leaves the gateway to the user with a command that what they have set does not turn elsewhere", async () => {
    const variables = { DD_API_KEY: "0123456789abcdef0123456789abcdef", TIDEGATE_TAGS: "a:b" };
    const { exit, out } = await startPlantWith(variables, "--config-only", "--seconds", "0.1").ended;
    expect(exit).toBe(0);
    expect(out).toMatch(
      /: {2}env (-u \w+ )*-u DD_API_KEY (-u \w+ )*-u TIDEGATE_TAGS npx tidegate run --config \.plant\n/u,
    );
  });

  test("a second plant in the same folder is refused, and the first ends well when asked", async () => {
    const first = startPlant();
    await untilDelivering(runPath());
    const second = await startPlant("--seconds", "1").ended;
    expect(second.exit).toBe(75);
    expect(second.err).toMatch(/a plant runs in .* already/);
    first.child.kill("SIGTERM");
    const { exit, out } = await first.ended;
    expect(out).toMatch(/Everything arrived\.|accounted for/);
    expect(exit).toBe(0);
    expect(await askStatus(runPath())).toBeUndefined();
  });
});
