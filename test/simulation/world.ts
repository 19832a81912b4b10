/**
 * A whole plant from one seed: clock, chance, devices, disk, intake and gateway. First with faults and kills, then
 * healed; what must hold at the end is in `checkers.ts`.
 */

import { createHash } from "node:crypto";
import { Device } from "../../hardware-sim/devices/device.ts";
import { loadShippedProfile } from "../../hardware-sim/plant/shipped-profiles.ts";
import { createPlantSignals, PLANT_PROFILES } from "../../hardware-sim/signals/plant-signals.ts";
import type { GatewayConfig, InstanceConfig } from "../../src/model/config.ts";
import type { Status } from "../../src/model/status.ts";
import { millis, type Random, seconds } from "../../src/model/time.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { drawFault, drawSwarm, type Swarm } from "./faults.ts";
import { Life } from "./life.ts";
import { ANSWER_MS_MAX, SimulatedBus } from "./simulated-bus.ts";
import { SimulatedIntake } from "./simulated-intake.ts";

/** A bug that a run plants to see that it is found. */
export type PlantedBug = "disk-forgets-syncs" | "intake-flatters" | "late-answers-fit";

/** What a run of a world left for the checkers. */
export interface WorldEnd {
  readonly seed: number;
  readonly bus: SimulatedBus;
  readonly intake: SimulatedIntake;
  readonly lives: number;
  readonly last: Status;
  /** What `status` called durable just before each kill, and just after the start that followed. */
  readonly promises: readonly { readonly before: number; readonly after: number }[];
  readonly pendingTimers: readonly string[];
  /** Of everything that can be seen from outside: the same seed gives the same. */
  readonly trace: string;
}

const FAULT_SECONDS = 90;
/** Within this after healing everything must have arrived: the slowest knock of a hold is five minutes. */
const HEAL_SECONDS_MAX = 420;
const UNITS = { press: 1, pump: 2 } as const;

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
  readonly #disk = new FakeDisk();
  readonly #bus: SimulatedBus;
  readonly #intake: SimulatedIntake;
  readonly #config: GatewayConfig;
  readonly #promises: { before: number; after: number }[] = [];
  readonly #bug: PlantedBug | undefined;
  #life: Life | undefined;
  #lives = 0;

  constructor(seed: number, bug: PlantedBug | undefined) {
    this.#seed = seed;
    this.#bug = bug;
    this.#random = createSeededRandom(seed);
    this.#swarm = drawSwarm(this.#random);
    const signals = createPlantSignals(seed);
    const press = new Device(loadShippedProfile(PLANT_PROFILES.press), signals.press);
    const pump = new Device(loadShippedProfile(PLANT_PROFILES.pump), signals.pump);
    this.#bus = new SimulatedBus(
      new Map([
        [UNITS.press, press],
        [UNITS.pump, pump],
      ]),
      this.#clock,
      this.#random,
      this.#swarm,
    );
    this.#intake = new SimulatedIntake(this.#clock, this.#random, this.#swarm);
    this.#bus.isRelabelling = bug === "late-answers-fit";
    this.#intake.isFlattering = bug === "intake-flatters";
    this.#config = configOf([
      { name: "press", device: press },
      { name: "pump", device: pump },
    ]);
  }

  /** Bad weather: each second may bring a kill, a jump of the wall clock, a disk that fails. */
  async playFaults(): Promise<void> {
    for (let second = 0; second < FAULT_SECONDS; second += 1) {
      const life = this.#life ?? (await this.#begin());
      const diskFault = drawFault(this.#swarm.disk, this.#random);
      if (diskFault !== undefined && this.#disk.faults.length === 0) this.#disk.faults.push(diskFault);
      if (this.#random.next() < this.#swarm.jump) this.#clock.jumpWall(seconds(Math.floor(this.#random.next() * 30)));
      await this.#clock.advance(millis(1 + Math.floor(this.#random.next() * 1500)));
      if (this.#random.next() < this.#swarm.kill) this.#kill(life);
    }
  }

  /** Good weather until nothing waits but what a flush has not picked up yet. */
  async heal(): Promise<void> {
    this.#bus.isHealed = true;
    this.#bus.host.refuseCount = 0;
    this.#intake.isHealed = true;
    this.#disk.faults.length = 0;
    const life = this.#life ?? (await this.#begin());
    for (let second = 0; second < HEAL_SECONDS_MAX; second += 5) {
      await this.#clock.advance(seconds(5));
      if (life.status().intakes[0]?.state === "delivering") break;
    }
    // A device that was late when the weather turned answers into the good weather still.
    await this.#clock.advance(seconds(10));
  }

  async end(): Promise<WorldEnd> {
    const life = this.#life ?? (await this.#begin());
    const last = await this.#clock.until(life.stop());
    return {
      seed: this.#seed,
      bus: this.#bus,
      intake: this.#intake,
      lives: this.#lives,
      last,
      promises: this.#promises,
      pendingTimers: this.#clock.pending().filter((name) => name !== "simulated answer"),
      trace: this.#trace(last),
    };
  }

  async #begin(): Promise<Life> {
    this.#lives += 1;
    const database = this.#disk.open();
    if (this.#bug === "disk-forgets-syncs") {
      const write = database.write.bind(database);
      database.write = (operations) => write(operations, { sync: false });
    }
    this.#life = await this.#clock.until(
      Life.begin({
        clock: this.#clock,
        random: this.#random,
        database,
        config: this.#config,
        openByteStream: this.#bus.host.open,
        react: this.#intake.react,
      }),
    );
    const promise = this.#promises.at(-1);
    if (promise !== undefined) promise.after = this.#life.status().log.durable;
    return this.#life;
  }

  #kill(life: Life): void {
    this.#promises.push({ before: life.status().log.durable, after: Number.NaN });
    life.kill();
    this.#bus.forget();
    this.#disk.crash();
    this.#disk.faults.length = 0;
    this.#life = undefined;
  }

  #trace(last: Status): string {
    const hash = createHash("sha256");
    for (const point of this.#intake.ledger.held()) hash.update(JSON.stringify(point));
    hash.update(JSON.stringify({ ...last, pid: 0 }));
    hash.update(`${this.#lives} ${this.#disk.writes.length} ${this.#clock.monotonic()}`);
    return hash.digest("hex");
  }
}

function configOf(machines: readonly { name: keyof typeof UNITS; device: Device }[]): GatewayConfig {
  const instances: InstanceConfig[] = machines.map(({ name, device }, index) => ({
    check: "modbus",
    name,
    file: "conf.d/modbus.yaml",
    line: 1 + index,
    tags: [],
    namespace: "",
    interval: seconds(1),
    profile: device.profile,
    settings: { host: "bus.example", port: 502, unit: UNITS[name], timeout: ANSWER_MS_MAX / 1000 },
  }));
  return {
    file: "tidegate.yaml",
    hostname: "simulated",
    tags: ["site:simulated"],
    runPath: "run",
    logLevel: "info",
    store: { path: "run/log", syncInterval: seconds(1), maxBytes: 64 * 1024 * 1024 },
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
    checks: [{ name: "modbus", input: "modbus", files: ["conf.d/modbus.yaml"], instances }],
  };
}
