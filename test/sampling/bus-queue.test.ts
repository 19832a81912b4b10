import { describe, expect, test } from "vitest";
import { BusQueue, BusQueues } from "../../src/sampling/bus-queue.ts";

describe("the queue of a bus", () => {
  test("runs one job at a time, the earliest deadline first", async () => {
    const queue = new BusQueue();
    const order: string[] = [];
    let running = 0;
    let runningMost = 0;
    const gate = Promise.withResolvers<void>();
    const job =
      (name: string, until: Promise<void> = Promise.resolve()) =>
      async () => {
        running += 1;
        runningMost = Math.max(runningMost, running);
        await until;
        order.push(name);
        running -= 1;
      };
    const all = [
      queue.run(5, job("first", gate.promise)),
      queue.run(30, job("late")),
      queue.run(10, job("early")),
      queue.run(30, job("later")),
    ];
    gate.resolve();
    await Promise.all(all);
    expect(order).toEqual(["first", "early", "late", "later"]);
    expect(runningMost).toBe(1);
  });

  test.each([
    ["at once", 0],
    ["by different timers", 0.4],
  ])(
    "of two due at the same moment the one with the first seat begins, though the other comes first and they come %s",
    async (_, later) => {
      const queue = new BusQueue();
      const [first, second] = [queue.takeSeat(), queue.takeSeat()];
      const order: string[] = [];
      first.expect(10 + later, 20 + later);
      second.expect(10, 20);
      const all = [
        second.run(async () => void order.push("second")),
        Promise.resolve().then(() => first.run(async () => void order.push("first"))),
      ];
      await Promise.all(all);
      expect(order).toEqual(["first", "second"]);
    },
  );

  test("of two due at the same moment the one goes first that was left out before", async () => {
    const queue = new BusQueue();
    const [first, second] = [queue.takeSeat(), queue.takeSeat()];
    const order: string[] = [];
    first.expect(10, 20);
    await first.run(async () => void order.push("first"));
    first.expect(20, 30);
    second.expect(20, 30);
    const all = [first.run(async () => void order.push("first"))];
    await Promise.resolve();
    all.push(second.run(async () => void order.push("second")));
    await Promise.all(all);
    expect(order).toEqual(["first", "second", "first"]);
  });

  test("of two due at the same moment the one with the earlier deadline goes first, whatever its seat", async () => {
    const queue = new BusQueue();
    const [seldom, often] = [queue.takeSeat(), queue.takeSeat()];
    const order: string[] = [];
    seldom.expect(10, 70);
    often.expect(10, 20);
    const all = [seldom.run(async () => void order.push("seldom"))];
    await Promise.resolve();
    all.push(often.run(async () => void order.push("often")));
    await Promise.all(all);
    expect(order).toEqual(["often", "seldom"]);
  });

  test("nobody waits for whoever is due later, goes behind or has left", async () => {
    const queue = new BusQueue();
    const [leaving, one, other] = [queue.takeSeat(), queue.takeSeat(), queue.takeSeat()];
    const order: string[] = [];
    leaving.expect(10, 20);
    one.expect(10, 20);
    other.expect(12, 15);
    const waiting = one.run(async () => void order.push("one"));
    await Promise.resolve();
    expect(order).toEqual([]);
    leaving.leave();
    await waiting;
    expect(order).toEqual(["one"]);
    await queue.run(1, async () => void order.push("by hand"));
    expect(order).toEqual(["one", "by hand"]);
  });

  test("a job that throws frees the bus for the next", async () => {
    const queue = new BusQueue();
    const failing = queue.run(1, () => Promise.reject(new Error("no answer")));
    const next = queue.run(2, () => Promise.resolve("answered"));
    await expect(failing).rejects.toThrow("no answer");
    expect(await next).toBe("answered");
    expect(await queue.run(3, () => Promise.resolve("free again"))).toBe("free again");
  });

  test("a job gives way between its steps to whoever has an earlier deadline, and to nobody else", async () => {
    const queue = new BusQueue();
    const order: string[] = [];
    const jobs: Promise<void>[] = [];
    const come = (name: string, deadline: number): void => {
      jobs.push(queue.run(deadline, async () => void order.push(name)));
    };
    const long = queue.run(50, async ({ giveWay }) => {
      order.push("step one");
      come("later", 60);
      come("same", 50);
      await giveWay();
      order.push("step two");
      come("earlier", 40);
      come("earliest", 30);
      await giveWay();
      order.push("step three");
    });
    await long;
    await Promise.all(jobs);
    expect(order).toEqual(["step one", "step two", "earliest", "earlier", "step three", "same", "later"]);
  });

  test("a job that lets all others go first is the last", async () => {
    const queue = new BusQueue();
    const order: string[] = [];
    const patient = queue.run(1, async ({ giveWayToAll }) => {
      const others = [60, 70].map((deadline) => queue.run(deadline, async () => void order.push(String(deadline))));
      await giveWayToAll();
      order.push("patient");
      await Promise.all(others);
    });
    await patient;
    expect(order).toEqual(["60", "70", "patient"]);
  });

  test("two buses do not wait for each other", async () => {
    const queues = new BusQueues();
    const gate = Promise.withResolvers<void>();
    const slow = queues.of("tcp://one:502").run(1, () => gate.promise);
    expect(await queues.of("tcp://two:502").run(1, () => Promise.resolve("done"))).toBe("done");
    expect(queues.of("tcp://one:502")).toBe(queues.of("tcp://one:502"));
    gate.resolve();
    await slow;
  });
});
