/**
 * A whole plant from one seed: clock, chance, devices, disk, intake and gateway. First with faults and kills, then
 * healed; what must hold at the end is in `checkers.ts`.
 */

import { createHash } from "node:crypto";
import { Device } from "../../hardware-sim/devices/device.ts";
import { loadShippedProfile } from "../../hardware-sim/plant/shipped-profiles.ts";
import { createPlantSignals, PLANT_PROFILES, type PlantMachine } from "../../hardware-sim/signals/plant-signals.ts";
import type { GatewayConfig, InstanceConfig } from "../../src/model/config.ts";
import type { Event } from "../../src/model/note.ts";
import type { Status } from "../../src/model/status.ts";
import { millis, type Random, seconds } from "../../src/model/time.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { Bookkeeper, type Sight } from "./bookkeeper.ts";
import { drawFault, drawSetting, drawSwarm, type Setting, type Swarm } from "./faults.ts";
import { Life } from "./life.ts";
import { ANSWER_MS_MAX, SimulatedBus } from "./simulated-bus.ts";
import { SimulatedIntake } from "./simulated-intake.ts";

/** A bug that a run plants to see that it is found. */
export type PlantedBug = "disk-forgets-syncs" | "intake-flatters" | "late-answers-fit";

/** What a run of a world left for the checkers. */
export interface WorldEnd {
  readonly seed: number;
  readonly setting: Setting;
  readonly buses: readonly SimulatedBus[];
  readonly intake: SimulatedIntake;
  /** By how much the wall clock was ahead of the monotonic one, at any time. Units: milliseconds. */
  readonly lines: ReadonlySet<number>;
  /** Boots of which nobody can say when they were. */
  readonly unmeasured: ReadonlySet<string>;
  readonly earlyArrivals: readonly string[];
  /** Whether a trusted clock was put back: what waits goes back with it, though the intake may hold it already. */
  readonly wasPutBack: boolean;
  /** How often the board was started with a clock that was behind. */
  readonly coldStarts: number;
  readonly lives: number;
  /** What was wrong on the way. */
  readonly violations: readonly string[];
  /** Points that were delivered and that a power cut took from the books, with their samples. */
  readonly forgotten: number;
  readonly last: Status;
  /** Titles of the events that were raised and known to be durable, in their order. */
  readonly raised: readonly string[];
  readonly kills: number;
  readonly pendingTimers: readonly string[];
  /** Of everything that can be seen from outside: the same seed gives the same. */
  readonly trace: string;
}

const FAULT_SECONDS = 90;
/** Within this after healing everything must have arrived: the slowest knock of a hold is five minutes. */
const HEAL_SECONDS_MAX = 420;
/** The meter has a bus of its own; on both, units are told apart by their ids. */
const PLACES = {
  press: { host: "bus.example", unit: 1 },
  pump: { host: "bus.example", unit: 2 },
  meter: { host: "meter.example", unit: 3 },
} as const;
const MACHINES = Object.keys(PLACES) as PlantMachine[];

/** Jumps back of the wall clock stay within what an intake looks ahead, or the order of a series cannot hold. */
const JUMP_BACK_MAX = seconds(500);

/** A stop may take a last flush, and what a slow disk needs. */
const STOP_MAX = seconds(30);

/** Plays the world of a seed to its end. */
export async function playWorld(seed: number, bug?: PlantedBug): Promise<WorldEnd> {
  const world = new World(seed, bug);
  await world.playFaults();
  await world.heal();
  return await world.end();
}

class World {
  readonly #seed: number;
  readonly #clock = new FakeClock();
  readonly #random: Random;
  readonly #swarm: Swarm;
  readonly #setting: Setting;
  readonly #disk = new FakeDisk();
  readonly #buses: ReadonlyMap<string, SimulatedBus>;
  readonly #intake: SimulatedIntake;
  readonly #config: GatewayConfig;
  readonly #books = new Bookkeeper();
  readonly #lines = new Set<number>();
  readonly #unmeasured = new Set<string>();
  /** By how much the clock of a board without a clock module is behind. Units: milliseconds. */
  #behind = 0;
  #coldStarts = 0;
  /** When a time server answers, by the monotonic clock. */
  #syncAt = 0;
  readonly #bug: PlantedBug | undefined;
  #life: Life | undefined;
  #lives = 0;
  #kills = 0;
  #jumpedBack = 0;
  #diskFullUntil = 0;
  #raiseCount = 0;
  readonly #raised = new Map<number, string>();

  constructor(seed: number, bug: PlantedBug | undefined) {
    this.#seed = seed;
    this.#bug = bug;
    this.#noteLine();
    this.#random = createSeededRandom(seed);
    this.#swarm = drawSwarm(this.#random);
    this.#setting = drawSetting(this.#random);
    const signals = createPlantSignals(seed);
    const devices = new Map(
      MACHINES.map((name) => [name, new Device(loadShippedProfile(PLANT_PROFILES[name]), signals[name])]),
    );
    this.#buses = new Map(
      [...new Set(MACHINES.map((name) => PLACES[name].host))].map((host) => {
        const onBus = MACHINES.filter((name) => PLACES[name].host === host);
        const units = new Map(onBus.map((name) => [PLACES[name].unit as number, devices.get(name) as Device]));
        return [host, new SimulatedBus(units, this.#clock, this.#random, this.#swarm)];
      }),
    );
    this.#intake = new SimulatedIntake(this.#clock, this.#random, this.#swarm);
    for (const bus of this.#buses.values()) bus.isRelabelling = bug === "late-answers-fit";
    this.#intake.isFlattering = bug === "intake-flatters";
    this.#config = configOf(devices, this.#setting);
    const { writeMsMax } = this.#swarm;
    if (writeMsMax > 0) this.#disk.slowness = () => this.#writeSlowly(writeMsMax);
  }

  /** Bad weather: each second may bring a kill, a restart, a power cut, a jump of the wall clock, a disk that fails. */
  async playFaults(): Promise<void> {
    for (let second = 0; second < FAULT_SECONDS; second += 1) {
      const life = this.#life ?? (await this.#begin());
      this.#wearDisk();
      this.#jumpWall();
      if (this.#clock.monotonic() >= this.#syncAt) this.#synchronize();
      if (this.#draw(this.#swarm.powerCut)) {
        for (const bus of this.#buses.values()) bus.cutPower(Math.floor(this.#random.next() * 4));
      }
      if (this.#draw(this.#swarm.event)) this.#raise(life);
      await this.#clock.advance(millis(1 + Math.floor(this.#random.next() * 1500)));
      this.#look(life);
      if (this.#draw(this.#swarm.kill)) this.#kill();
      else if (this.#draw(this.#swarm.restart)) await this.#stop(life);
    }
  }

  /** Good weather until nothing waits but what a flush has not picked up yet. */
  async heal(): Promise<void> {
    for (const bus of this.#buses.values()) {
      bus.isHealed = true;
      bus.host.refuseCount = 0;
    }
    this.#intake.isHealed = true;
    this.#synchronize();
    this.#disk.faults.length = 0;
    this.#disk.isFull = false;
    this.#disk.slowness = undefined;
    const life = this.#life ?? (await this.#begin());
    for (let second = 0; second < HEAL_SECONDS_MAX; second += 5) {
      await this.#clock.advance(seconds(5));
      this.#look(life);
      const [intake] = life.status().intakes;
      if (intake?.state === "delivering" && intake.notes?.events.waiting === 0) break;
    }
    // A device that was late when the weather turned answers into the good weather still.
    await this.#clock.advance(seconds(10));
    this.#look(life);
  }

  async end(): Promise<WorldEnd> {
    const last = await this.#stop(this.#life ?? (await this.#begin()));
    return {
      seed: this.#seed,
      setting: this.#setting,
      buses: [...this.#buses.values()],
      intake: this.#intake,
      lines: this.#lines,
      unmeasured: this.#unmeasured,
      earlyArrivals: this.#intake.early,
      wasPutBack: this.#jumpedBack > 0,
      coldStarts: this.#coldStarts,
      lives: this.#lives,
      violations: this.#books.violations,
      forgotten: this.#books.forgotten,
      last,
      raised: [...this.#raised].sort(([one], [other]) => one - other).map(([, title]) => title),
      kills: this.#kills,
      pendingTimers: this.#clock.pending().filter((name) => !name.startsWith("simulated ")),
      trace: this.#trace(last),
    };
  }

  #draw(chance: number): boolean {
    return this.#random.next() < chance;
  }

  /** Raises an event whose title tells its order; it counts once it is durable. */
  #raise(life: Life): void {
    const order = this.#raiseCount;
    this.#raiseCount += 1;
    const title = `event ${order}`;
    const event = {
      title,
      text: "",
      alertType: "info",
      priority: "normal",
      aggregationKey: "",
      tags: [],
      source: "sim",
    };
    life.raise({ ...event, at: this.#clock.now() } as Event).then(
      () => this.#raised.set(order, title),
      () => undefined,
    );
  }

  #wearDisk(): void {
    const fault = drawFault(this.#swarm.disk, this.#random);
    if (fault !== undefined && this.#disk.faults.length === 0) this.#disk.faults.push(fault);
    const now = this.#clock.monotonic();
    if (this.#draw(this.#swarm.diskFull)) this.#diskFullUntil = now + this.#random.next() * 30_000;
    this.#disk.isFull = now < this.#diskFullUntil;
  }

  #writeSlowly(longest: number): Promise<void> {
    const delay = millis(longest * this.#random.next());
    return new Promise((resolve) => {
      this.#clock.after("simulated write", delay, resolve);
    });
  }

  #jumpWall(): void {
    if (!this.#draw(this.#swarm.jump)) return;
    const isBack = this.#draw(this.#swarm.jumpBack);
    const by = seconds(Math.floor(this.#random.next() * (isBack ? 120 : 30)));
    if (isBack && this.#jumpedBack + by > JUMP_BACK_MAX) return;
    if (isBack) this.#jumpedBack += by;
    this.#clock.jumpWall(millis(isBack ? -by : by));
    this.#noteLine();
  }

  #noteLine(): void {
    this.#lines.add(this.#clock.now() - this.#clock.monotonic());
  }

  #look(life: Life): void {
    this.#books.look(this.#sight(life.status()));
  }

  #sight(status: Status): Sight {
    const told = new Map(
      MACHINES.map((name) => [name, this.#buses.get(PLACES[name].host)?.toldCount.get(PLACES[name].unit) ?? 0]),
    );
    return { status, told, timers: this.#clock.pending() };
  }

  async #begin(): Promise<Life> {
    this.#lives += 1;
    const database = this.#disk.open();
    if (this.#bug === "disk-forgets-syncs") {
      const write = database.write.bind(database);
      database.write = (operations) => write(operations, { sync: false });
    }
    const { isFull, faults } = this.#disk;
    const held = faults.splice(0);
    // Nothing starts on a full disk: the gateway would say so and end.
    this.#disk.isFull = false;
    for (const bus of this.#buses.values()) bus.forget();
    this.#life = await this.#clock.until(
      Life.begin({
        clock: this.#clock,
        random: this.#random,
        database,
        config: this.#config,
        pendingMax: this.#setting.pendingMax,
        openByteStream: (host, ...rest) => {
          const bus = this.#buses.get(host);
          if (bus === undefined) throw new Error(`nobody put a device at ${host}`);
          return bus.host.open(host, ...rest);
        },
        react: this.#intake.react,
      }),
    );
    this.#books.begin(this.#life.status());
    faults.push(...held);
    this.#disk.isFull = isFull;
    return this.#life;
  }

  #kill(): void {
    this.#kills += 1;
    this.#life?.kill();
    this.#disk.crash(this.#draw(0.5));
    this.#disk.faults.length = 0;
    this.#life = undefined;
    if (this.#draw(this.#swarm.coldStart)) this.#startCold();
  }

  /** Starts the board anew, with a clock that stands where it was last saved, or in 1970. */
  #startCold(): void {
    // A boot without a time server cannot be measured; nor can one whose clock was put back, if there is no room.
    if (this.#behind > 0 || this.#jumpedBack > 0) this.#unmeasured.add(this.#clock.bootId());
    this.#clock.reboot();
    const now = this.#clock.now();
    const by = this.#draw(0.5) ? now : Math.floor(this.#random.next() * 7_200_000);
    this.#behind += by;
    this.#coldStarts += 1;
    this.#clock.jumpWall(millis(-by));
    this.#clock.setTrusted(false);
    this.#syncAt = this.#clock.monotonic() + this.#random.next() * this.#swarm.syncMsMax;
    this.#noteLine();
  }

  #synchronize(): void {
    if (this.#behind === 0) return;
    this.#clock.jumpWall(millis(this.#behind));
    this.#clock.setTrusted(true);
    this.#behind = 0;
    this.#noteLine();
  }

  async #stop(life: Life): Promise<Status> {
    const startedAt = this.#clock.monotonic();
    const last = await this.#clock.until(life.stop());
    if (this.#clock.monotonic() - startedAt > STOP_MAX) this.#books.violations.push("the gateway took long to stop");
    this.#books.look({ ...this.#sight(last), timers: [] });
    this.#life = undefined;
    return last;
  }

  #trace(last: Status): string {
    const hash = createHash("sha256");
    for (const point of this.#intake.ledger.held()) hash.update(JSON.stringify(point));
    hash.update(JSON.stringify(this.#intake.events));
    hash.update(JSON.stringify({ ...last, pid: 0 }));
    hash.update(`${this.#lives} ${this.#disk.writes.length} ${this.#clock.monotonic()}`);
    return hash.digest("hex");
  }
}

function configOf(devices: ReadonlyMap<PlantMachine, Device>, { intervals, maxBytes }: Setting): GatewayConfig {
  const instances = [...devices].map(
    ([name, { profile }], index): InstanceConfig => ({
      check: "modbus",
      name,
      file: "conf.d/modbus.yaml",
      line: 1 + index,
      tags: [],
      namespace: "",
      interval: intervals[name],
      profile,
      settings: { ...PLACES[name], port: 502, timeout: ANSWER_MS_MAX / 1000 },
    }),
  );
  return {
    file: "tidegate.yaml",
    hostname: "simulated",
    tags: ["site:simulated"],
    runPath: "run",
    logLevel: "info",
    hasSelfMetrics: false,
    store: { ...LOG_OPTIONS, path: "run/log", maxBytes },
    hasSelfEvents: true,
    clockPolicy: "auto",
    intakes: [
      {
        name: "datadog",
        kind: "datadog",
        url: "http://intake.example",
        apiKey: "0".repeat(32),
        flushInterval: seconds(5),
        timeout: seconds(10),
        maxAge: seconds(3600),
      },
    ],
    checks: [{ name: "modbus", input: "modbus", instances }],
  };
}
