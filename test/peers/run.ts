/**
 * Runs the gateway against software that is not ours: `npm run test:peers`, or with the names of peers these alone.
 *
 * Each peer comes from Debian packages or from the npm packages of this folder, which are installed when missing, and
 * has a folder here with its tests. A peer is left out, by name, only where its packages cannot be had.
 */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installPackages } from "./debian-packages.ts";
import { installNodePackages } from "./node-packages.ts";

interface Peer {
  /** Names the folder that holds its tests. */
  readonly name: string;
  /** Of Debian. */
  readonly packages: readonly string[];
  /** Whether it needs the npm packages of this folder; leaving it out means no. */
  readonly needsNodePackages?: true;
  readonly secondsMax: number;
}

const PEERS: readonly Peer[] = [
  { name: "pymodbus", packages: ["python3-pymodbus", "python3-serial-asyncio"], secondsMax: 180 },
  { name: "ser2net", packages: ["ser2net", "python3-pymodbus", "python3-serial-asyncio"], secondsMax: 120 },
  { name: "serial", packages: ["ser2net"], secondsMax: 120 },
  { name: "libmodbus", packages: ["gcc", "libc6-dev", "libmodbus-dev"], secondsMax: 180 },
  { name: "paced-line", packages: [], secondsMax: 120 },
  { name: "mosquitto", packages: ["mosquitto", "mosquitto-clients", "openssl"], secondsMax: 240 },
  { name: "by-hand", packages: [], secondsMax: 120 },
  { name: "gpsd", packages: ["gpsd", "gpsd-clients"], secondsMax: 120 },
  { name: "protoc", packages: ["protobuf-compiler"], secondsMax: 60 },
  { name: "datadog-client", packages: [], needsNodePackages: true, secondsMax: 120 },
  { name: "yaml-language-server", packages: [], needsNodePackages: true, secondsMax: 120 },
  { name: "influxdb", packages: ["influxdb"], secondsMax: 120 },
  { name: "victoria-metrics", packages: ["victoria-metrics"], secondsMax: 120 },
  {
    name: "gpio",
    packages: ["qemu-system-arm", "gcc-aarch64-linux-gnu", "g++-aarch64-linux-gnu", "make", "python3", "cpio"],
    secondsMax: 300,
  },
  { name: "prometheus", packages: ["prometheus", "python3-snappy"], secondsMax: 180 },
];

/** All peers together, with the installing of their packages. */
const SECONDS_MAX = 15 * 60;

/** How many tests ended in which way. */
interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const repository = fileURLToPath(new URL("../..", import.meta.url));
const secondsNow = (): number => performance.now() / 1000;
const deadline = secondsNow() + SECONDS_MAX;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => PEERS.every((peer) => peer.name !== name));
if (unknown.length > 0) throw new Error(`there is no peer ${unknown.join(", ")}`);

const counts: Count[] = [];
for (const peer of PEERS) {
  if (names.length > 0 && !names.includes(peer.name)) continue;
  const from = secondsNow();
  const count = await runPeer(peer);
  say(`${peer.name}: ${(secondsNow() - from).toFixed(1)} s`);
  counts.push(count);
}
const sum = (ending: keyof Count): number => counts.reduce((total, count) => total + count[ending], 0);
say(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
if (sum("failed") > 0) process.exitCode = 1;

async function runPeer({ name, packages, needsNodePackages, secondsMax }: Peer): Promise<Count> {
  const lack =
    installPackages(packages, deadline - secondsNow()) ??
    (needsNodePackages ? installNodePackages(deadline - secondsNow()) : undefined);
  if (lack !== undefined) {
    say(`${name}: skipped, because ${lack}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const seconds = Math.min(secondsMax, deadline - secondsNow());
  if (seconds <= 0) {
    say(`${name}: failed, because the ${SECONDS_MAX} s of all peers together are used up`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const { output, isLate } = await runTests(name, seconds);
  if (isLate) say(`${name}: failed, because it was not done within ${Math.round(seconds)} s`);
  const closing = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gmu)].at(-1);
  if (isLate || closing === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return { passed: Number(closing[1]), failed: Number(closing[2]), skipped: Number(closing[3]) };
}

/** Runs the tests of one folder in a process group of their own, so that nothing they started outlives them. */
function runTests(name: string, seconds: number): Promise<{ readonly output: string; readonly isLate: boolean }> {
  const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
  const child = spawn(
    process.execPath,
    [vitest, "run", "--config", "test/peers/vitest.config.ts", `test/peers/${name}/`],
    { cwd: repository, detached: true, stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  let isLate = false;
  const endGroup = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group is gone already, which is what was wanted.
    }
  };
  const timer = setTimeout(() => {
    isLate = true;
    endGroup();
  }, seconds * 1000);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      endGroup();
      resolve({ output, isLate });
    });
  });
}
