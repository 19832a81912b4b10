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
