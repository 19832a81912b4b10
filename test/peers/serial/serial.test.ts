/** A scale on a pseudo-terminal of this machine, read as it is and through ser2net, unplugged and back again. */

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Scale, type ScaleMode } from "../../../hardware-sim/devices/scale.ts";
import { Terminals } from "../../../hardware-sim/lines/pseudo-terminal.ts";
import { loadProfile, SHIPPED_PROFILES } from "../../../src/config/profiles.ts";
import { createInput, createLinks } from "../../../src/inputs/serial/input.ts";
import type { Input, PollOutcome } from "../../../src/model/input.ts";
import { FLAG } from "../../../src/model/samples.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { serialInstance } from "../../inputs/serial/serial-bench.ts";
import { Child } from "../child-process.ts";
import { findFreePort } from "../free-port.ts";

/** A gateway opens a line that was lost again after 1 s, then after 2; ser2net looks for a device each second. */
const BACK_WITHIN_MS = 20_000;

/** A line that is gone; to whoever connects ser2net says in words that it has none, and they come as an answer. */
const GONE = /^INPUT_(?:(?:LINK_CLOSED|UNREACHABLE|TIMEOUT) |BAD_(?:VALUE|REPLY) .*"Device open failure)/u;

/** What the scale shows, which a test changes. */
const SHOWN = { grams: 1234.56, tareGrams: 184.5, isSettled: true, isOverloaded: false };

const MODES = [
  { mode: "command", profile: "mettler-toledo/sics", tare: { tare: 184.5 } },
  { mode: "continuous", profile: "and/standard-stream", tare: {} },
] as const;

interface Bench extends AsyncDisposable {
  readonly input: Input;
  readonly scale: Scale;
  readonly show: (state: Partial<typeof SHOWN>) => void;
}

/** Plugs a scale in, and opens an input for it: at its port, or at a ser2net in front of that. */
async function openBench(mode: ScaleMode, id: string, way: "port" | "ser2net"): Promise<Bench> {
  const terminals = await Terminals.find();
  if (typeof terminals === "string") throw new Error(`there are no pseudo-terminals: ${terminals}`);
  const profile = loadProfile(id, [SHIPPED_PROFILES])?.profile;
  if (profile === undefined) throw new Error(`there is no profile ${id}`);
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "tidegate-scale-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const link = `/dev/shm/tidegate-scale-${randomUUID().slice(0, 8)}`;
  let state = SHOWN;
  const scale = new Scale(mode, () => state, { terminals, link });
  stack.defer(() => scale.close());
  await scale.open();
  const place = way === "port" ? { serial: link } : { host: "127.0.0.1", port: await findFreePort() };
  if (place.port !== undefined) {
    const file = join(folder, "ser2net.yaml");
    const lines = [
      "connection: &line",
      `  accepter: tcp,127.0.0.1,${place.port}`,
      `  connector: serialdev,${link},9600n81,local`,
      "  options: { kickolduser: true }",
      "",
    ];
    writeFileSync(file, lines.join("\n"));
    stack.use(new Child("ser2net", ["-n", "-u", "-c", file]));
  }
  const settings = { ...place, timeout: 1, silent_after: 1, baud: 9600, parity: "none", data_bits: 8 };
  const instance = { ...serialInstance({ fields: { a: { metric: "a" } } }, settings), profile };
  const input = stack.use(createInput(instance, { clock: systemClock, links: createLinks(systemClock) }));
  const parts = stack.move();
  const show = (changes: Partial<typeof SHOWN>): void => {
    state = { ...state, ...changes };
  };
  return { input, scale, show, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/** Polls until an outcome is as wanted. Errors: one with the last, when none is in time. */
async function pollUntil(input: Input, isWanted: (outcome: PollOutcome) => boolean): Promise<PollOutcome> {
  const end = performance.now() + BACK_WITHIN_MS;
  for (;;) {
    const outcome = await input.poll(new AbortController().signal);
    if (isWanted(outcome)) return outcome;
    if (performance.now() > end) throw new Error(`not in time: ${JSON.stringify(outcome.faults)}`);
    await delay(100);
  }
}

/** Whether the newest reading of a point is this. */
function tells(input: Input, name: string, value: number): (outcome: PollOutcome) => boolean {
  return (outcome) => outcome.faults.length === 0 && readingsOf(input, outcome)[name] === value;
}

describe.each(["port", "ser2net"] as const)("a scale at a %s", (way) => {
  test.for(MODES)("is read in $mode mode as what it shows, settled or not", async ({ mode, profile, tare }) => {
    await using bench = await openBench(mode, profile, way);
    const { input } = bench;
    const well = await pollUntil(input, tells(input, "weight", 1234.56));
    expect(readingsOf(input, well)).toEqual({ weight: 1234.56, stable: 1, overload: 0, ...tare });
    bench.show({ grams: -3.2, isSettled: false });
    const moving = await pollUntil(input, tells(input, "weight", -3.2));
    expect(readingsOf(input, moving)).toEqual({ weight: -3.2, stable: 0, overload: 0, ...tare });
    const rows = Array.from({ length: moving.readings.count }, (_, row) => row);
    const last = rows.findLast((row) => input.points[moving.readings.point[row] ?? -1]?.name === "weight") ?? -1;
    expect(moving.readings.flags[last]).toBe(FLAG.suspect);
    bench.show({ isOverloaded: true });
    await pollUntil(input, tells(input, "overload", 1));
  });

  test.for(MODES)("is missed in $mode mode when it is unplugged, and read when it is back", async (scale) => {
    await using bench = await openBench(scale.mode, scale.profile, way);
    const { input } = bench;
    await pollUntil(input, tells(input, "weight", 1234.56));
    bench.scale.unplug();
    await pollUntil(input, ({ faults }) => faults.length > 0);
    for (let turn = 0; turn < 3; turn++) {
      const { faults, readings, isReachable } = await input.poll(new AbortController().signal);
      expect([readings.count, isReachable]).toEqual([0, false]);
      expect(faults).not.toEqual([]);
      for (const fault of faults) expect(`${fault.code} ${fault.message}`).toMatch(GONE);
    }
    bench.show({ grams: 77.7 });
    bench.scale.plugIn();
    const back = await pollUntil(input, tells(input, "weight", 77.7));
    expect(Object.values(readingsOf(input, back))).not.toContain(1234.56);
  });
});
