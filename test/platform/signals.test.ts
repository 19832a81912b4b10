import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { listenForSignals } from "../../src/platform/signals.ts";

function startListening(canReload = false) {
  const source = new EventEmitter();
  const calls: string[] = [];
  let now = 0;
  listenForSignals(
    {
      stop: () => calls.push("stop"),
      insist: () => calls.push("insist"),
      ...(canReload ? { reload: () => calls.push("reload") } : {}),
    },
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

describe("a process that can read its files anew", () => {
  test("does so at each SIGHUP, and does not end", () => {
    const { calls, signalAt } = startListening(true);
    signalAt("SIGHUP", 5000);
    signalAt("SIGHUP", 7000);
    expect(calls).toEqual(["reload", "reload"]);
  });

  test("takes a second SIGHUP within a second for the first one", () => {
    const { calls, signalAt } = startListening(true);
    signalAt("SIGHUP", 5000);
    signalAt("SIGHUP", 5999);
    expect(calls).toEqual(["reload"]);
  });

  test("is stopped by the other signals, whatever came before", () => {
    const { calls, signalAt } = startListening(true);
    signalAt("SIGHUP", 5000);
    signalAt("SIGTERM", 5001);
    expect(calls).toEqual(["reload", "stop"]);
  });
});
