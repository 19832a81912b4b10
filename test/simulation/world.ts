/**
 * A whole plant from one seed: clock, chance, devices, disk, intakes and gateway. First with faults and kills, then
 * healed; what must hold at the end is in `checkers.ts`.
 */

import { createHash } from "node:crypto";
import { Device } from "../../hardware-sim/devices/device.ts";
import { loadShippedProfile } from "../../hardware-sim/plant/shipped-profiles.ts";
import { createPlantSignals, PLANT_PROFILES, type PlantMachine } from "../../hardware-sim/signals/plant-signals.ts";
import type { Cursor, Log, Loss } from "../../src/model/log.ts";
import type { Event } from "../../src/model/note.ts";
import type { RetryReport } from "../../src/model/retry-report.ts";
import type { IntakeStatus, Status } from "../../src/model/status.ts";
import { millis, type Random, seconds } from "../../src/model/time.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { Bookkeeper, type Ending, type Sight } from "./bookkeeper.ts";
import { drawSetting, drawSwarm, type Setting, type Swarm } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { drawFleet, type IntakeTraits, planPlainFleet } from "./intake-traits.ts";
import { Life } from "./life.ts";
import { type LoggedRow, readRows } from "./logged-rows.ts";
import { configOf, logOptionsOf, MACHINES, PLACES } from "./plant-config.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { drawReduction, type Reduction } from "./reduction.ts";
import { SimulatedBoard } from "./simulated-board.ts";
import { SimulatedBus } from "./simulated-bus.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedFilter } from "./simulated-filter.ts";
import { SimulatedIntake } from "./simulated-intake.ts";

/** How a world differs from the one of its seed. */
export interface WorldChange {
  readonly bug?: PlantedBug;
  /** Replaces parts of the weather. */
  readonly swarm?: Partial<Swarm>;
  /** Replaces parts of the configuration. */
  readonly setting?: Partial<Setting>;
  /** Whether the world has intakes with traits of their own, not those of old; leaving it out means by chance. */
  readonly isSeveral?: boolean;
  /** Whether a filter marks what comes; leaving it out means by chance, in worlds with such intakes. */
  readonly isFiltered?: boolean;
  /** Whether the gateway thins out by itself, with detectors and means; leaving it out means by chance, in others. */
  readonly isReducing?: boolean;
  /** Replaces traits of such intakes. */
  readonly traits?: (traits: IntakeTraits, name: string) => IntakeTraits;
}

/** What a run of a world left for the checkers. */
export interface WorldEnd {
  readonly seed: number;
  /** What the world was told about its intakes. */
  readonly isSeveral: boolean | undefined;
  /** What it was told of thinning out. */
  readonly isReducing: boolean | undefined;
  readonly setting: Setting;
  readonly buses: readonly SimulatedBus[];
  readonly intakes: ReadonlyMap<string, SimulatedIntake>;
  readonly board: SimulatedBoard;
  readonly disk: SimulatedDisk;
  /** When the weather turned, by the monotonic clock. */
  readonly healedAt: number;
  /** How the last retries of what was refused went. */
  readonly retries: readonly RetryReport[];
  readonly lives: number;
  /** What was wrong on the way. */
  readonly violations: readonly string[];
  readonly last: Status;
  readonly losses: readonly Loss[];
  /** Titles of the events that were raised and known to be durable, in their order. */
  readonly raised: readonly string[];
  readonly kills: number;
  /** Times that one began by a clock that was not right, after one that was killed or cut off. */
  readonly beginsUnsure: number;
  /** Times that a gateway was stopped whose disk took nothing: what it held in memory is gone. */
  readonly stopsUnkept: number;
  /** Times that live samples left others behind. */
  readonly gaps: number;
  readonly powerCuts: number;
  readonly pendingTimers: readonly string[];
  /** How it thinned out, and all that was in the log in the end; undefined where it did not. */
  readonly reduced: { readonly reduction: Reduction; readonly rows: readonly LoggedRow[] } | undefined;
  /** Of everything that can be seen from outside: the same seed gives the same. */
  readonly trace: string;
}

/** Chance that what comes is marked, and of each intake that it thins then. */
const FILTERED = 0.5;
const THINNING = 0.7;

/** Chance, where nothing is marked so, that the gateway thins out by itself. */
const REDUCING = 0.12;

/** The log of a world that thins out keeps all, so that in the end everything can be held against it. */
const KEEPING = {
  ...{ maxBytes: 64 * 1024 * 1024, pendingMax: 1_000_000, heldBytesMax: 64 * 1024 * 1024 },
  history: seconds(1e9),
} satisfies Partial<Setting>;

const FAULT_SECONDS = 90;
/** Within this after healing everything must have arrived: the slowest knock of a hold is five minutes. */
const HEAL_SECONDS_MAX = 420;
/** A stop may take a last flush, and what a slow disk needs. */
const STOP_MAX = seconds(30);

/** Plays the world of a seed to its end. */
export async function playWorld(seed: number, change: WorldChange = {}): Promise<WorldEnd> {
  const world = new World(seed, change);
  await world.playFaults();
  await world.heal();
  return await world.end();
}

class World {
  readonly #seed: number;
  readonly #bug: PlantedBug | undefined;
  readonly #isSeveral: boolean | undefined;
  readonly #isReducing: boolean | undefined;
  readonly #isFiltered: boolean;
  readonly #reduction: Reduction | undefined;
  readonly #clock = new FakeClock();
  readonly #random: Random;
  readonly #swarm: Swarm;
  readonly #setting: Setting;
  readonly #board: SimulatedBoard;
  readonly #disk: SimulatedDisk;
  readonly #devices: ReadonlyMap<PlantMachine, Device>;
  readonly #buses: ReadonlyMap<string, SimulatedBus>;
  readonly #fleet: Fleet;
  readonly #books: Bookkeeper;
  #life: Life | undefined;
  #lives = 0;
  #kills = 0;
  #beginsUnsure = 0;
  #stopsUnkept = 0;
  #powerCuts = 0;
  #healedAt = 0;
  #ending: Ending = "stop";
  #raiseCount = 0;
  /** Sequence after the last sample that was stamped before moments were moved. */
  #movedUntil = 0;
  /** Events that were promised to be kept, in their order, and how often the disk had synced by then. */
  readonly #raised = new Map<number, { readonly title: string; readonly syncCount: number }>();

  constructor(seed: number, { bug, swarm, setting, isSeveral, isFiltered, isReducing, traits }: WorldChange) {
    this.#seed = seed;
    this.#bug = bug;
    this.#isSeveral = isSeveral;
    this.#isReducing = isReducing;
    this.#random = this.#chance("world");
    const several = drawFleet(this.#chance("fleet"), isSeveral);
    const isFilteredByChance = several !== undefined && this.#chance("filter").next() < FILTERED;
    this.#isFiltered = isFiltered ?? (isFilteredByChance && isReducing !== true);
    const isReducingByChance = !this.#isFiltered && this.#chance("reducing").next() < REDUCING;
    const isReduced = isReducing ?? isReducingByChance;
    this.#swarm = { ...drawSwarm(this.#chance("swarm")), ...(isReduced ? { bitFlip: 0 } : {}), ...swarm };
    this.#setting = { ...drawSetting(this.#chance("setting")), ...(isReduced ? KEEPING : {}), ...setting };
    this.#books = new Bookkeeper(this.#setting);
    this.#disk = new SimulatedDisk(this.#clock, this.#chance("disk"), this.#chance("side file"), this.#swarm);
    const signals = createPlantSignals(seed);
    this.#devices = new Map(
      MACHINES.map((name) => [name, new Device(loadShippedProfile(PLANT_PROFILES[name]), signals[name])]),
    );
    this.#buses = new Map(
      [...new Set(MACHINES.map((name) => PLACES[name].host))].map((host) => [host, this.#createBus(host)]),
    );
    const profiles = new Map([...this.#devices].map(([name, { profile }]) => [name, profile]));
    this.#reduction = isReduced ? drawReduction(this.#chance("reduction"), seed, profiles) : undefined;
    this.#clock.jumpWall(millis(several?.startShift ?? 0));
    this.#fleet = new Fleet(
      several ?? planPlainFleet(this.#setting, this.#swarm),
      several === undefined ? this.#random : this.#chance("comings and goings"),
      (name, of) => this.#createIntake(name, this.#thin(traits?.(of, name) ?? of, name)),
    );
    this.#board = new SimulatedBoard(this.#clock, this.#chance("board"), this.#swarm, this.#disk, () => {
      for (const { watch } of this.#fleet.all.values()) watch.witness.shifts += 1;
      const log = this.#life?.status().log;
      if (log !== undefined) this.#movedUntil = log.written + log.gathering;
    });
  }

  /** Bad weather: each second may bring a kill, a restart, a power cut, a jump of the wall clock, a disk that fails. */
  async playFaults(): Promise<void> {
    for (let second = 0; second < FAULT_SECONDS; second += 1) {
      const life = this.#life ?? (await this.#begin());
      this.#disk.wear();
      this.#books.isWorn = this.#disk.isWorn("state", "cursor");
      this.#board.jump();
      if (this.#draw(this.#swarm.devicePowerCut)) {
        for (const bus of this.#buses.values()) bus.cutPower(Math.floor(this.#random.next() * 4));
      }
      if (this.#draw(this.#swarm.event)) this.#raise(life);
      if (this.#fleet.isRetryDrawn()) life.retrySetAside();
      await this.#clock.advance(millis(1 + Math.floor(this.#random.next() * 1500)));
      this.#look(life);
      if (this.#draw(this.#swarm.end)) this.#endLife(life, this.#draw(this.#swarm.powerCut) ? "power-cut" : "kill");
      else if (this.#draw(this.#swarm.restart)) await this.#stop(life);
    }
  }

  /** Good weather until nothing waits but what a flush has not picked up yet, and what policy holds back. */
  async heal(): Promise<void> {
    for (const bus of this.#buses.values()) {
      bus.isHealed = true;
      bus.host.refuseCount = 0;
    }
    this.#healedAt = this.#clock.monotonic();
    this.#fleet.heal();
    this.#board.synchronize();
    this.#disk.heal();
    const isComplete = this.#life?.status().intakes.length === this.#fleet.complete.length;
    if (this.#life !== undefined && !isComplete) await this.#stop(this.#life);
    const life = this.#life ?? (await this.#begin(this.#fleet.complete));
    await this.#settle(life);
    // A device that was late when the weather turned answers into the good weather still.
    await this.#clock.advance(seconds(10));
    this.#look(life);
    if (this.#fleet.isHoldingBack) await this.#release(life);
  }

  /** Lets every intake have what was held back from it: any age, and as many bytes as come. */
  async #release(held: Life): Promise<void> {
    await this.#stop(held);
    this.#fleet.release();
    await this.#settle(await this.#begin(this.#fleet.complete));
  }

  /** Waits until every intake has what it may have, also of what it had refused. */
  async #settle(life: Life): Promise<void> {
    await this.#wait(life);
    life.retrySetAside();
    await this.#wait(life);
  }

  async #wait(life: Life): Promise<void> {
    for (let second = 0; second < HEAL_SECONDS_MAX; second += 5) {
      await this.#clock.advance(seconds(5));
      this.#look(life);
      // What was sent before the weather turned, and is never answered, is trouble that is still to come.
      const isAnswered = !this.#clock.pending().includes("http timeout");
      if (isAnswered && life.status().intakes.every((intake) => this.#isSettled(intake))) break;
    }
  }

  /** Whether an intake has all that it may have. */
  #isSettled({ name, state, notes, lanes, metered }: IntakeStatus): boolean {
    if (metered !== undefined) return true;
    const { backfill = null } = lanes ?? {};
    const isFilledIn = backfill === null || backfill.waiting === backfill.held;
    return state === "delivering" && (notes?.events.waiting ?? 0) === 0 && isFilledIn && !this.#isRetrying(name);
  }

  #isRetrying(name: string): boolean {
    return this.#life?.retryReports.some(({ intake, isRunning }) => intake === name && isRunning) === true;
  }

  async end(): Promise<WorldEnd> {
    const life = this.#life ?? (await this.#begin(this.#fleet.complete));
    const retries = life.retryReports;
    const last = await this.#stop(life);
    const reduction = this.#reduction;
    const reduced = reduction && { reduction, rows: await this.#readLog() };
    return {
      reduced,
      seed: this.#seed,
      isSeveral: this.#isSeveral,
      isReducing: this.#isReducing,
      setting: this.#setting,
      buses: [...this.#buses.values()],
      intakes: this.#fleet.all,
      board: this.#board,
      disk: this.#disk,
      healedAt: this.#healedAt,
      retries,
      lives: this.#lives,
      violations: this.#books.violations,
      last,
      losses: life.losses,
      raised: [...this.#raised].sort(([one], [other]) => one - other).map(([, { title }]) => title),
      kills: this.#kills,
      beginsUnsure: this.#beginsUnsure,
      stopsUnkept: this.#stopsUnkept,
      gaps: [...this.#fleet.all.values()].reduce((sum, { watch }) => sum + watch.gapCount, 0),
      powerCuts: this.#powerCuts,
      pendingTimers: this.#clock.pending().filter((name) => !name.startsWith("simulated ")),
      trace: this.#trace(last),
    };
  }

  /** All that the log holds after the last life. */
  async #readLog(): Promise<readonly LoggedRow[]> {
    const options = logOptionsOf(this.#setting);
    const log = await this.#clock.until(openLevelLog(this.#disk.open(), this.#clock, options, () => undefined));
    const rows = await this.#clock.until(readRows(log));
    await this.#clock.until(log.close());
    return rows;
  }

  /** Each part of the world has a chance of its own, so that another disk does not make other devices. */
  #chance(part: string): Random {
    return createSeededRandom(createHash("sha256").update(`${this.#seed} ${part}`).digest().readUInt32LE());
  }

  #draw(chance: number): boolean {
    return this.#random.next() < chance;
  }

  #createBus(host: string): SimulatedBus {
    const onBus = MACHINES.filter((name) => PLACES[name].host === host);
    const units = new Map(onBus.map((name) => [PLACES[name].unit as number, this.#devices.get(name) as Device]));
    const bus = new SimulatedBus(units, this.#clock, this.#chance(host), this.#swarm);
    bus.isRelabelling = this.#bug === "late-answers-fit";
    return bus;
  }

  #thin(traits: IntakeTraits, name: string): IntakeTraits {
    const isSummedUp = this.#reduction !== undefined;
    if (!this.#isFiltered && !isSummedUp) return traits;
    const isThinning = this.#chance(`${name} thins`).next() < THINNING;
    return isSummedUp ? { ...traits, isThinning, isSummedUp } : { ...traits, isThinning };
  }

  #createIntake(name: string, traits: IntakeTraits): SimulatedIntake {
    const intake = new SimulatedIntake(this.#clock, this.#chance(name), traits, {
      countLost: (metric, tags) => this.#disk.countLost(metric, tags),
      earlyMax: () => this.#board.earlyMax(),
    });
    intake.isFlattering = this.#bug === "intake-flatters";
    return intake;
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
      () => this.#raised.set(order, { title, syncCount: this.#disk.syncCount }),
      () => undefined,
    );
  }

  #look(life: Life): void {
    this.#books.look(this.#sight(life));
  }

  #sight(life: Life): Sight {
    const told = new Map(MACHINES.map((name) => [name, this.#toldBy(name)]));
    const { acknowledged, blockCount, cursors, madeCount } = life;
    const timers = this.#clock.pending();
    return { status: life.status(), told, timers, acknowledged, blockCount, cursors, madeCount };
  }

  /** Readings that a machine has told this life, at least and at most. */
  #toldBy(name: PlantMachine): readonly [least: number, most: number] {
    const { host, unit } = PLACES[name];
    const bus = this.#buses.get(host);
    const told = bus?.toldCount.get(unit) ?? 0;
    return [bus?.toldUntilRefusal.get(unit) ?? told, told + (bus?.probedCount.get(unit) ?? 0)];
  }

  async #begin(intakes = this.#fleet.draw()): Promise<Life> {
    this.#lives += 1;
    if (this.#ending !== "stop" && !this.#clock.isTrusted()) this.#beginsUnsure += 1;
    const database = this.#disk.open();
    // Without its record nothing measures an epoch any more: it lies where there is room for it.
    if (this.#disk.hasLostEpochs) for (const { watch } of this.#fleet.all.values()) watch.witness.shifts += 1;
    for (const bus of this.#buses.values()) bus.forget();
    const life = await this.#clock.until(
      Life.begin({
        clock: this.#clock,
        random: this.#chance(`life ${this.#lives}`),
        database,
        config: configOf(this.#devices, this.#setting, intakes, this.#reduction),
        logOptions: logOptionsOf(this.#setting),
        bug: this.#bug,
        filter: this.#isFiltered ? new SimulatedFilter(this.#chance(`filter ${this.#lives}`)) : undefined,
        openByteStream: (host, ...rest) => {
          const bus = this.#buses.get(host);
          if (bus === undefined) throw new Error(`nobody put a device at ${host}`);
          return bus.host.open(host, ...rest);
        },
        meet: (...met) => this.#meet(...met),
        react: (request) => this.#fleet.react(request),
      }),
    );
    this.#life = life;
    this.#books.begin(life.status(), this.#ending);
    return life;
  }

  #meet(cursor: Cursor, log: Log, isRetrying: (intake: string) => boolean): void {
    const intake = this.#fleet.all.get(cursor.name);
    if (intake === undefined) throw new Error(`nobody put an intake of the name ${cursor.name}`);
    const isForgotten = this.#disk.isWorn("cursor");
    const isNameless = (): boolean => this.#disk.isWorn("definition");
    const life = { log, isRetrying, isNameless, isForgotten, isReleased: intake.isReleased };
    intake.watch.meet(cursor, life, this.#movedUntil);
  }

  #endLife(life: Life, ending: Exclude<Ending, "stop">): void {
    const mayForget = ending === "power-cut" || life.status().log.failure !== null;
    for (const { watch } of this.#fleet.all.values()) watch.end(mayForget);
    life.kill();
    this.#ending = ending;
    this.#life = undefined;
    if (ending === "kill") {
      this.#kills += 1;
      this.#disk.kill();
      return;
    }
    this.#powerCuts += 1;
    // What was only written may be gone: that is what the durability of this world promises.
    for (const [order, { syncCount }] of this.#raised) {
      const isKept = this.#setting.durability === "always" || syncCount < this.#disk.syncCount;
      if (!isKept) this.#raised.delete(order);
    }
    this.#disk.cutPower();
    this.#board.cutPower();
  }

  /** Stops a life and gives its last words; one that a disk holds up is killed, as a supervisor does. */
  async #stop(life: Life): Promise<Status> {
    const isStalled = this.#disk.isStalled;
    const patience = Promise.withResolvers<undefined>();
    const timer = this.#clock.after("simulated patience", STOP_MAX, () => patience.resolve(undefined));
    const last = await this.#clock.until(Promise.race([life.stop(), patience.promise]));
    timer.cancel();
    if (last === undefined) {
      if (!isStalled) this.#books.violations.push("the gateway took long to stop");
      this.#endLife(life, "kill");
      return life.status();
    }
    for (const { watch } of this.#fleet.all.values()) watch.end(last.log.failure !== null);
    this.#books.look({ ...this.#sight(life), status: last, timers: [] });
    if (last.log.failure !== null) this.#stopsUnkept += 1;
    this.#ending = "stop";
    this.#life = undefined;
    return last;
  }

  #trace(last: Status): string {
    const hash = createHash("sha256");
    for (const { ledger, events } of this.#fleet.all.values()) {
      for (const point of ledger.held()) hash.update(JSON.stringify(point));
      hash.update(JSON.stringify(events));
    }
    hash.update(JSON.stringify({ ...last, pid: 0 }));
    hash.update(`${this.#lives} ${this.#disk.writeCount} ${this.#clock.monotonic()}`);
    return hash.digest("hex");
  }
}
