import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { untilAborted } from "../../src/model/until-aborted.ts";

test("an abort ends the waiting with its reason, and what is waited for may fail unheard", async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  const stopping = new AbortController();
  const waiting = untilAborted(promise, stopping.signal);
  stopping.abort("stopped");
  await expect(waiting).rejects.toBe("stopped");
  reject(new Error("too late"));
});

test("a signal that was aborted before is obeyed at once", async () => {
  await expect(untilAborted(new Promise(() => undefined), AbortSignal.abort("stopped"))).rejects.toBe("stopped");
});

test.each([
  ["a value", () => Promise.resolve(7), { value: 7 }],
  ["an error", () => Promise.reject(new Error("gone")), { error: "gone" }],
])("%s comes through, and leaves nobody listening to the signal", async (_words, start, expected) => {
  const { signal } = new AbortController();
  const waiting = untilAborted(start(), signal);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  const came = await waiting.then(
    (value) => ({ value }),
    (error: Error) => ({ error: error.message }),
  );
  expect(came).toEqual(expected);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
