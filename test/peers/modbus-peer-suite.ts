import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IntakeServer } from "../../hardware-sim/intake/intake-server.ts";
import { Child } from "./child-process.ts";

/** What a device of a peer is asked for, and what it is known to hold. */
export interface KnownDevice {
  readonly instance: string;
  readonly unit: number;
  readonly profile: string;
  /** By point, in the metric's canonical unit; a point of which the device says "no reading" is left out. */
  readonly values: Readonly<Record<string, number>>;
}

interface CheckedMetric {
  readonly metric: string;
  readonly points: readonly (readonly [number, number])[];
  readonly tags: readonly string[];
}

const LAUNCHER = fileURLToPath(new URL("../../src/launch.js", import.meta.url));
const API_KEY = "0123456789abcdef0123456789abcdef";

/** How a server is spoken to: by frames of Modbus TCP, of RTU or of ASCII, through a socket or a serial port. */
export type Way = keyof typeof FRAMINGS | "serial" | "ascii-serial";

const FRAMINGS = {
  ...{ tcp: "tcp", udp: "udp", telnet: "telnet" },
  ...{ "rtu-over-tcp": "rtu", "ascii-over-tcp": "ascii" },
} as const;

/**
 * Holds the gateway against a Modbus server that is not ours: what `check` prints and what the intake receives is what
 * the server is known to hold. The first line of the server says its port.
 */
export function modbusPeerSuite(
  way: Way,
  startServer: (folder: string) => Promise<Child>,
  devices: readonly KnownDevice[],
): void {
  describe(`a server that is not ours, over ${way}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "tidegate-peer-"));
    const intake = new IntakeServer({ apiKey: API_KEY });
    let server: Child | undefined;

    beforeAll(async () => {
      await intake.open();
      server = await startServer(folder);
      writeConfig(folder, placeLines(way, await server.firstLine()), intake.url, devices);
    });

    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
      await intake[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    test("check shows every value as the server holds it", async () => {
      await using check = new Child(process.execPath, [LAUNCHER, "check", "modbus", "--json", "--config", folder]);
      const { code, output, errors } = await check.ended();
      expect({ code, errors }).toEqual({ code: 0, errors: "" });
      const runs = JSON.parse(output) as readonly { readonly aggregator: { readonly metrics: CheckedMetric[] } }[];
      const metrics = runs.flatMap((run) => run.aggregator.metrics);
      expectValues(
        metrics.map(({ tags, points }) => ({ tags, value: points[0]?.[1] ?? Number.NaN })),
        devices,
      );
    });

    test("the intake receives every value as the server holds it, and the gateway stops when asked to", async () => {
      await using gateway = new Child(process.execPath, [LAUNCHER, "run", "--config", folder]);
      const wanted = devices.flatMap(({ values }) => Object.keys(values)).length;
      const arrival = expect.poll(() => seriesCount(intake), { timeout: 30_000, interval: 100 });
      await Promise.race([arrival.toBeGreaterThanOrEqual(wanted), failWhenEnded(gateway)]);
      expectValues([...intake.ledger.held()], devices);
      expect(intake.violations).toEqual([]);
      expect(await gateway.stop()).toMatchObject({ code: 0 });
    });
  });
}

/** Series of which the intake holds a point. */
function seriesCount(intake: IntakeServer): number {
  return new Set([...intake.ledger.held()].map(({ metric, tags }) => `${metric} ${tags.join()}`)).size;
}

async function failWhenEnded(gateway: Child): Promise<never> {
  const { code, errors } = await gateway.ended();
  throw new Error(`the gateway ended with exit code ${code}: ${errors}`);
}

/** Every value that was seen is the one the server holds, at all times, and no point is missing or made up. */
function expectValues(
  seen: Iterable<{ readonly tags: readonly string[]; readonly value: number }>,
  devices: readonly KnownDevice[],
): void {
  const found: Record<string, Record<string, ReadonlySet<number>>> = {};
  for (const { tags, value } of seen) {
    const device = `${tagOf(tags, "instance")} ${tagOf(tags, "profile")}`;
    const point = tagOf(tags, "point");
    const points = found[device] ?? {};
    points[point] = new Set(points[point]).add(value);
    found[device] = points;
  }
  const wanted = devices.map(({ instance, profile, values }) => [
    `${instance} ${profile}`,
    Object.fromEntries(Object.entries(values).map(([point, value]) => [point, new Set([value])])),
  ]);
  expect(found).toEqual(Object.fromEntries(wanted));
}

function tagOf(tags: readonly string[], key: string): string {
  return tags.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1) ?? `without ${key}`;
}

function placeLines(way: Way, port: string): readonly string[] {
  if (way === "serial") return [`    serial: ${port}`, "    baud: 115200"];
  if (way === "ascii-serial") return [`    serial: ${port}`, "    baud: 115200", "    framing: ascii"];
  return ["    host: 127.0.0.1", `    port: ${port}`, `    framing: ${FRAMINGS[way]}`];
}

function writeConfig(folder: string, place: readonly string[], url: string, devices: readonly KnownDevice[]): void {
  mkdirSync(join(folder, "conf.d"), { recursive: true });
  writeFileSync(
    join(folder, "tidegate.yaml"),
    [
      "hostname: peer-test",
      `api_key: ${API_KEY}`,
      `dd_url: ${url}`,
      `run_path: ${join(folder, "run")}`,
      "forward: { flush_interval: 1 }",
      "log_level: warn",
      "",
    ].join("\n"),
  );
  const instances = devices.map(({ instance, unit, profile }) =>
    [
      `  - name: ${instance}`,
      ...place,
      `    unit: ${unit}`,
      `    profile: ${profile}`,
      "    min_collection_interval: 0.5",
    ].join("\n"),
  );
  writeFileSync(join(folder, "conf.d", "modbus.yaml"), `instances:\n${instances.join("\n")}\n`);
}
