/** The board that the gateway runs on: its clock, which jumps, starts behind, and is set by a time server. */

import { type Millis, millis, type Random, seconds } from "../../src/model/time.ts";
import { OVERLAP_MS_MAX } from "../../src/store/place-epochs.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Swarm } from "./faults.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

/** Jumps back of the wall clock stay within what an intake looks ahead, or the order of a series cannot hold. */
const JUMP_BACK_MAX = seconds(500);

/** A request of the gateway takes no longer. */
const UNDER_WAY_MAX = seconds(10);

/** Moves the wall clock of the world, and remembers what it ever said. */
export class SimulatedBoard {
  /** By how much a wall clock that was right was ahead of the monotonic one in each boot. Units: milliseconds. */
  readonly lines = new Map<string, Set<number>>();
  /** Boots of which nobody can say when they were: what had set their clock right never reached the disk. */
  readonly unmeasured = new Set<string>();
  /**
   * Whether a boot ever began with a clock that was behind, whether the clock was ever put back, and whether that was
   * in a boot in which it had been put ahead.
   */
  wasBehind = false;
  wasPutBack = false;
  wasPutAheadAndBack = false;
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
  /** Whether the clock was put ahead in this boot. */
  #isPutAhead = false;
  /**
   * Writes of the disk when the clock of this boot was last set right or put back: from then on what was stamped before
   * lies elsewhere. Undefined where nothing was.
   */
  #movedAfter: number | undefined;
  /** How far the clock was put back last, and when by the monotonic one. */
  #putBack = { by: millis(0), at: Number.NEGATIVE_INFINITY };
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

  /** By how much a point may be early: what is on its way while the clock is put back is not moved any more. */
  earlyMax(): Millis {
    const { by, at } = this.#putBack;
    return this.#clock.monotonic() - at <= UNDER_WAY_MAX ? millis(by + OVERLAP_MS_MAX) : millis(OVERLAP_MS_MAX);
  }

  /** Starts the board anew. Without a clock module its clock stands where it was last saved, or in 1970. */
  cutPower(): void {
    // A boot that no time server answered cannot be measured. Nor can one whose clock was set and lost its power before
    // the log could write that down. What waits of them is put after what is known to be delivered, which may be less
    // than what was.
    const isForgotten = this.#movedAfter !== undefined && !this.#disk.hasPlacedSince(this.#movedAfter);
    if (this.#behind > 0 || isForgotten) {
      this.unmeasured.add(this.#clock.bootId());
      this.#onShift();
    }
    this.#movedAfter = undefined;
    this.#earlierBoots.push(this.#clock.bootId());
    this.#clock.reboot();
    this.#isPutAhead = false;
    if (!this.#draw(this.#swarm.coldStart)) {
      this.#noteLine();
      return;
    }
    const now = this.#clock.now();
    const by = this.#draw(0.5) ? now : Math.floor(this.#random.next() * 7_200_000);
    this.#behind += by;
    this.wasBehind = true;
    this.#clock.jumpWall(millis(-by));
    this.#clock.setTrusted(false);
    this.#syncAt = this.#clock.monotonic() + this.#random.next() * this.#swarm.syncMsMax;
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
    this.#isPutAhead ||= !isBack && by > 0;
    if (!isBack) return;
    this.wasPutBack = true;
    this.wasPutAheadAndBack ||= this.#isPutAhead;
    this.#putBack = { by, at: this.#clock.monotonic() };
    this.#movedAfter = this.#disk.writeCount;
    // What waits from earlier boots is after the clock now, and nothing says by how much.
    for (const boot of this.#earlierBoots) this.unmeasured.add(boot);
    this.#onShift();
  }

  #noteLine(): void {
    if (this.#behind > 0) return;
    const lines = this.lines.get(this.#clock.bootId()) ?? new Set();
    this.lines.set(this.#clock.bootId(), lines.add(this.#clock.now() - this.#clock.monotonic()));
  }
}
