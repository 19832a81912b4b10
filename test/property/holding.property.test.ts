import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import type { DatabaseOperation } from "../../src/platform/level-database.ts";
import { HoldingDatabase } from "../../src/store/holding-database.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";

type Command =
  | { readonly do: "write"; readonly operations: readonly DatabaseOperation[]; readonly sync: boolean }
  | { readonly do: "walk"; readonly from: number; readonly to: number; readonly limit: number }
  | { readonly do: "fail" | "lie" | "stall" | "wake" };

const key = fc.nat(7).map((place) => Uint8Array.of(1, place));
const operation: fc.Arbitrary<DatabaseOperation> = fc.oneof(
  fc.record({ type: fc.constant("put" as const), key, value: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ type: fc.constant("del" as const), key }),
);
function commands(...faults: ("fail" | "lie")[]): fc.Arbitrary<Command[]> {
  const write = fc.record({ do: fc.constant("write" as const), operations: fc.array(operation), sync: fc.boolean() });
  const walk = fc.record({ do: fc.constant("walk" as const), from: fc.nat(8), to: fc.nat(9), limit: fc.nat(9) });
  const world = fc.constantFrom("stall" as const, "wake" as const, "wake" as const, ...faults);
  return fc.array(
    fc.oneof(
      write,
      write,
      write,
      walk,
      world.map((name) => ({ do: name })),
    ),
    { maxLength: 40, size: "max" },
  );
}

/** A holding database, and what it must look like from above. */
class Player {
  readonly clock = new FakeClock();
  readonly disk = new FakeDisk();
  readonly database: HoldingDatabase;
  readonly #expected = new Map<string, Uint8Array>();
  #wake: (() => void) | undefined;

  constructor(bytesMax?: number) {
    this.database = new HoldingDatabase(this.disk.open(), this.clock, bytesMax);
  }

  /** Heals the disk, lets everything get there, and looks. */
  async end(): Promise<void> {
    await this.wake();
    this.disk.faults.length = 0;
    await this.clock.until(this.database.write([], { sync: true }));
    expect(this.database.holding).toBeUndefined();
    expect(this.onDisk()).toEqual(this.expected());
    await this.clock.advance(seconds(60));
    expect(this.clock.pending()).toEqual([]);
  }

  async play(next: Command): Promise<void> {
    switch (next.do) {
      case "write": {
        const written = this.database.write(next.operations, { sync: next.sync });
        const isTaken = await this.clock.until(written).then(
          () => true,
          () => false,
        );
        if (isTaken) for (const each of next.operations) this.#apply(each);
        break;
      }
      case "walk":
        await this.#walk(next.from, next.to, next.limit);
        break;
      case "fail":
        this.disk.faults.push("fails");
        break;
      case "lie":
        this.disk.faults.push("succeeds-but-says-not");
        break;
      case "stall": {
        const { promise, resolve } = Promise.withResolvers<void>();
        if (this.#wake === undefined) this.disk.slowness = () => promise;
        this.#wake ??= resolve;
        break;
      }
      case "wake":
        await this.wake();
        break;
    }
    await this.#walk(0, 9, 99);
  }

  async wake(): Promise<void> {
    this.disk.slowness = undefined;
    this.#wake?.();
    this.#wake = undefined;
    await settle();
  }

  /** What a process finds that starts on the disk after a power cut. */
  onDisk(): string[] {
    this.disk.crash();
    return [...this.disk.seen].map(([hex, value]) => `${hex}=${Buffer.from(value).toString("hex")}`).sort();
  }

  expected(from = "", to = "ff", limit = 99): string[] {
    return [...this.#expected]
      .filter(([hex]) => hex >= from && hex < to)
      .map(([hex, value]) => `${hex}=${Buffer.from(value).toString("hex")}`)
      .sort()
      .slice(0, limit);
  }

  #apply(each: DatabaseOperation): void {
    const hex = Buffer.from(each.key).toString("hex");
    if (each.type === "put") this.#expected.set(hex, each.value);
    else this.#expected.delete(hex);
  }

  async #walk(from: number, to: number, limit: number): Promise<void> {
    const range = { from: Uint8Array.of(1, from), to: Uint8Array.of(1, to), limit };
    const found: string[] = [];
    for await (const [each, value] of this.database.entries(range)) {
      found.push(`${Buffer.from(each).toString("hex")}=${Buffer.from(value).toString("hex")}`);
      const alone = await this.database.get(each);
      if (alone === undefined || Buffer.compare(alone, value) !== 0) expect.unreachable(`${found.at(-1)} by itself`);
    }
    const hexOf = (place: number): string => Buffer.from([1, place]).toString("hex");
    expect(found).toEqual(this.expected(hexOf(from), hexOf(to), limit));
  }
}

describe("a database that holds what its disk does not take", () => {
  test("is a plain map from above, whatever the disk does, and on the disk once that is well again", async () => {
    await fc.assert(
      fc.asyncProperty(commands("fail", "lie"), async (sequence) => {
        const player = new Player();
        for (const next of sequence) await player.play(next);
        await player.end();
      }),
      { numRuns: 100 },
    );
  });

  test("changes nothing when memory is used up, and holds no more than its limit and one late write", async () => {
    const bytesMax = 600;
    await fc.assert(
      fc.asyncProperty(commands("fail"), async (sequence) => {
        const player = new Player(bytesMax);
        let lateMax = 0;
        for (const next of sequence) {
          if (next.do === "write") lateMax = Math.max(lateMax, 120 * next.operations.length);
          await player.play(next);
          expect(player.database.holding?.bytes ?? 0).toBeLessThanOrEqual(bytesMax + lateMax);
        }
        await player.end();
      }),
      { numRuns: 100 },
    );
  });
});
