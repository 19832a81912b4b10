import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { listenForStop } from "../../src/platform/stop-signals.ts";

function startListening() {
  const source = new EventEmitter();
  const calls: string[] = [];
  let now = 0;
  listenForStop(
    () => calls.push("stop"),
    () => calls.push("insist"),
    { source, now: () => now },
  );
  const signalAt = (signal: string, at: number): void => {
    now = at;
    source.emit(signal);
  };
  return { calls, signalAt };
}

describe("being asked to end", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"])("by %s asks to stop once", (signal) => {
    const { calls, signalAt } = startListening();
    signalAt(signal, 5000);
    expect(calls).toEqual(["stop"]);
  });

  test("takes a second signal within a second for the first one, handed on by a parent", () => {
    const { calls, signalAt } = startListening();
    signalAt("SIGINT", 5000);
    signalAt("SIGINT", 5002);
    signalAt("SIGTERM", 5999);
    expect(calls).toEqual(["stop"]);
  });

  test("is insisted on by a signal a second later", () => {
    const { calls, signalAt } = startListening();
    signalAt("SIGINT", 5000);
    signalAt("SIGINT", 6000);
    expect(calls).toEqual(["stop", "insist"]);
  });
});
