/**
 * Kills the gateway with SIGKILL while it polls, writes and delivers, with an outage of the intake in between, and
 * lets the intake and the log testify. Real time: the only waits are for the moment of the next kill and for events.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as waitUntil } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { plantRunPath } from "../../hardware-sim/plant/config-files.ts";
import { Plant } from "../../hardware-sim/plant/plant.ts";
import type { Status } from "../../src/model/status.ts";
import { askControl } from "../../src/platform/control-socket.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

const LAUNCHER = fileURLToPath(new URL("../../src/launch.js", import.meta.url));
const KILLS = 10;
const RUN_MS = 60_000;
/** More often would only take time from what is watched: the moment of a kill is asked about in any case. */
const ASK_MS = 500;
const OUTAGE_MS = { from: 20_000, to: 35_000 } as const;

/** One life of the gateway, from start to kill or stop. */
class Life {
  readonly #child: ChildProcess;
  readonly #folder: string;
  #output = "";
  #errors = "";
  readonly #ended: Promise<unknown>;

  constructor(folder: string) {
    this.#folder = folder;
    this.#child = spawn(process.execPath, [LAUNCHER, "run", "--config", folder, "--json"]);
    this.#child.stdout?.on("data", (text) => {
      this.#output += String(text);
    });
    this.#child.stderr?.on("data", (text) => {
      this.#errors += String(text);
    });
    this.#ended = once(this.#child, "close");
  }

  /** What it says of itself, or nothing while it is starting. */
  async status(): Promise<Status | undefined> {
    expect(this.#child.exitCode, `the gateway ended by itself:\n${this.#errors}`).toBeNull();
    return (await askControl(plantRunPath(this.#folder), { command: "status" }).catch(() => undefined)) as
      | Status
      | undefined;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async stop(): Promise<Status> {
    this.#child.kill("SIGTERM");
    await this.#ended;
    return JSON.parse(this.#output) as Status;
  }
}

/** Moments in [0, RUN_MS) at which to kill: random gaps, each long enough for a start. */
function killMoments(seed: number): number[] {
  const random = createSeededRandom(seed);
  const gaps = Array.from({ length: KILLS + 1 }, () => 0.25 + random.next());
  const whole = gaps.reduce((sum, gap) => sum + gap, 0);
  let at = 0;
  return gaps.slice(0, KILLS).map((gap) => {
    at += (gap / whole) * RUN_MS;
    return at;
  });
}

/** Asks for the status now and then, and at `moment`; gives the last answer. */
async function watch(life: Life, moment: () => number): Promise<Status | undefined> {
  let last: Status | undefined;
  for (let left = moment(); left > 0; left = moment()) {
    await waitUntil(Math.min(ASK_MS, left));
    last = (await life.status()) ?? last;
  }
  return last;
}

describe("kill -9", () => {
  test("ten times in a minute with an outage: every reading that status counted as durable arrives exactly once, in order", {
    timeout: 150_000,
  }, async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    const say = (what: string): string => `${what} (replay with SEED=${seed})`;
    const folder = mkdtempSync(join(tmpdir(), "tidegate-kill-"));
    try {
      await using plant = await Plant.open(folder, seed);
      const started = performance.now();
      const until = (moment: number) => (): number => moment - (performance.now() - started);
      const outage = (async () => {
        await waitUntil(OUTAGE_MS.from);
        await plant.intake.takeAway();
        await waitUntil(OUTAGE_MS.to - OUTAGE_MS.from);
        await plant.intake.bringBack();
      })();

      let promised = 0;
      let seen = 0;
      for (const moment of killMoments(seed)) {
        const life = new Life(folder);
        const status = await watch(life, until(moment));
        await life.kill();
        if (status === undefined) continue;
        seen += 1;
        expect(status.log.durable, say("a restart lost durable samples")).toBeGreaterThanOrEqual(promised);
        promised = status.log.durable;
      }
      expect(seen, say("the gateway hardly ever came up between kills")).toBeGreaterThan(KILLS / 2);

      const last = new Life(folder);
      await outage;
      await watch(last, until(RUN_MS));
      const { log, intakes } = await drain(last);
      const books = intakes[0]?.books;
      expect(log.durable, say("the last life lost durable samples")).toBeGreaterThanOrEqual(promised);
      expect(books, say("books")).toMatchObject({
        sampled: log.durable,
        dropped: {},
        expired: { too_old: 0, log_full: 0, unreadable: 0 },
        rejected: 0,
        waiting: 0,
      });
      expect((books?.delivered ?? 0) + (books?.collapsed ?? 0), say("durable samples")).toBe(log.durable);
      expect(plant.intake.ledger.distinct, say("points at the intake")).toBe(books?.delivered);
      expect(plant.intake.violations, say("violations")).toEqual([]);
      expectOrder(plant, say);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Waits until the intake was brought back and nothing of the first hour waits, then stops the gateway. */
async function drain(life: Life): Promise<Status> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const state = (await life.status())?.intakes[0];
    if (state?.state === "delivering") break;
    await waitUntil(100);
  }
  return await life.stop();
}

function expectOrder(plant: Plant, say: (what: string) => string): void {
  const lastSecond = new Map<string, number>();
  for (const point of plant.intake.ledger.held()) {
    const series = `${point.metric} ${point.tags.join(" ")}`;
    expect(point.second, say(`${series} went back in time`)).toBeGreaterThan(lastSecond.get(series) ?? 0);
    lastSecond.set(series, point.second);
  }
  expect(lastSecond.size).toBeGreaterThan(20);
}
