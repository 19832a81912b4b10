/** The board that the gateway runs on: its clock, which jumps, starts behind, and is set by a time server. */

import { millis, type Random, seconds } from "../../src/model/time.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Swarm } from "./faults.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

/** Jumps back of the wall clock stay within what an intake looks ahead, or the order of a series cannot hold. */
const JUMP_BACK_MAX = seconds(500);

/** Moves the wall clock of the world, and remembers what it ever said. */
export class SimulatedBoard {
  /** By how much the wall clock was ahead of the monotonic one, at any time. Units: milliseconds. */
  readonly lines = new Set<number>();
  /** Boots of which nobody can say when they were: what had set their clock right never reached the disk. */
  readonly unmeasured = new Set<string>();
  coldStarts = 0;
  readonly #clock: FakeClock;
  readonly #random: Random;
  readonly #swarm: Swarm;
  readonly #disk: Pick<SimulatedDisk, "writeCount" | "hasPlacedSince">;
  /** Called where moments of samples that wait may be moved. */
  readonly #onShift: () => void;
  /** By how much the clock of a board without a clock module is behind. Units: milliseconds. */
  #behind = 0;
  readonly #earlierBoots: string[] = [];
  #jumpedBack = 0;
  /**
   * Writes of the disk when the clock of this boot was last set right or put back: from then on what was stamped before
   * lies elsewhere. Undefined where nothing was.
   */
  #movedAfter: number | undefined;
  /** When a time server answers, by the monotonic clock. */
  #syncAt = 0;

  constructor(
    clock: FakeClock,
    random: Random,
    swarm: Swarm,
    disk: Pick<SimulatedDisk, "writeCount" | "hasPlacedSince">,
    onShift: () => void,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#swarm = swarm;
    this.#disk = disk;
    this.#onShift = onShift;
    this.#noteLine();
  }

  /** One second of weather. */
  jump(): void {
    if (this.#draw(this.#swarm.jump)) this.#jumpWall();
    if (this.#clock.monotonic() >= this.#syncAt) this.synchronize();
  }

  /** Starts the board anew. Without a clock module its clock stands where it was last saved, or in 1970. */
  cutPower(): void {
    // A boot that no time server answered cannot be measured. Nor can one whose clock was set and lost its power before
    // the log could write that down: its samples are where they were, and whoever had seen them moved sees them return.
    const isForgotten = this.#movedAfter !== undefined && !this.#disk.hasPlacedSince(this.#movedAfter);
    if (this.#behind > 0 || isForgotten) this.unmeasured.add(this.#clock.bootId());
    if (isForgotten) this.#onShift();
    this.#movedAfter = undefined;
    this.#earlierBoots.push(this.#clock.bootId());
    this.#clock.reboot();
    if (!this.#draw(this.#swarm.coldStart)) return;
    const now = this.#clock.now();
    const by = this.#draw(0.5) ? now : Math.floor(this.#random.next() * 7_200_000);
    this.#behind += by;
    this.coldStarts += 1;
    this.#clock.jumpWall(millis(-by));
    this.#clock.setTrusted(false);
    this.#syncAt = this.#clock.monotonic() + this.#random.next() * this.#swarm.syncMsMax;
    this.#noteLine();
    this.#onShift();
  }

  /** Sets the clock right where it is behind. */
  synchronize(): void {
    if (this.#behind === 0) return;
    this.#clock.jumpWall(millis(this.#behind));
    this.#clock.setTrusted(true);
    this.#behind = 0;
    this.#movedAfter = this.#disk.writeCount;
    this.#noteLine();
  }

  #draw(chance: number): boolean {
    return this.#random.next() < chance;
  }

  #jumpWall(): void {
    const isBack = this.#draw(this.#swarm.jumpBack);
    const by = seconds(Math.floor(this.#random.next() * (isBack ? 120 : 30)));
    if (isBack && this.#jumpedBack + by > JUMP_BACK_MAX) return;
    if (isBack) this.#jumpedBack += by;
    this.#clock.jumpWall(millis(isBack ? -by : by));
    this.#noteLine();
    if (!isBack) return;
    this.#movedAfter = this.#disk.writeCount;
    // What waits from earlier boots is after the clock now, and nothing says by how much.
    for (const boot of this.#earlierBoots) this.unmeasured.add(boot);
    this.#onShift();
  }

  #noteLine(): void {
    this.lines.add(this.#clock.now() - this.#clock.monotonic());
  }
}
