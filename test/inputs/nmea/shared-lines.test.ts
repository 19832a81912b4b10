/** A look at an instance while the gateway listens to its receiver, which serves one client. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../../src/inputs/nmea/input.ts";
import type { Input } from "../../../src/model/input.ts";
import { seconds } from "../../../src/model/time.ts";
import { FakeHost } from "../../support/fake-byte-stream.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { valuesOf } from "../../support/polled-values.ts";
import { receiverInstance } from "./receiver-bench.ts";
import { secondOf } from "./sentences.ts";

const { signal } = new AbortController();

/** The input of a gateway and one that is polled but once, before one receiver that says a second every second. */
async function lookBeside(settings: Readonly<Record<string, unknown>>) {
  const clock = new FakeClock();
  const host = new FakeHost();
  // A port, and many a converter, refuses whoever comes second.
  const openOnce = async (...call: Parameters<FakeHost["open"]>) => {
    if (host.peers.some((peer) => !peer.isOver)) host.refuseCount = 1;
    return await host.open(...call);
  };
  const links = createLinks(clock, {
    openTcp: openOnce,
    openSerial: (name, _settings, events) => openOnce(name, 0, seconds(1), events),
  });
  const make = (isSingle: boolean): Input => createInput(receiverInstance(settings), { clock, links, isSingle });
  const [always, single] = [make(false), make(true)];
  await clock.until(always.open(signal));
  const talk = async (count: number): Promise<void> => {
    for (let second = 0; second < count; second += 1) {
      host.peers.at(-1)?.send(Buffer.from(secondOf(clock.now(), 52.5, 13.4), "latin1"));
      await clock.advance(seconds(1));
    }
  };
  return { clock, host, always, single, talk };
}

describe.each([
  ["port", { serial: "/dev/ttyAMA0", host: undefined }],
  ["converter", {}],
])("a receiver behind a %s", (_place, settings) => {
  test("is heard by a check too while the gateway listens, over one connection", async () => {
    const { clock, host, always, single, talk } = await lookBeside(settings);
    await talk(2);
    const looking = single.poll(signal);
    await talk(3);
    const seen = await clock.until(looking);
    expect(seen.faults).toEqual([]);
    expect(valuesOf(single, seen)["latitude"]?.[0]).toBeCloseTo(52.5);
    await single[Symbol.asyncDispose]();
    expect(host.peers.map(({ isOver }) => isOver)).toEqual([false]);
    await talk(2);
    const heard = await clock.until(always.poll(signal));
    expect(heard.faults).toEqual([]);
    expect(valuesOf(always, heard)["latitude"]?.length).toBeGreaterThan(5);
    await always[Symbol.asyncDispose]();
    expect(host.peers.map(({ isOver }) => isOver)).toEqual([true]);
  });

  test("that is unplugged is lost to both, and opened again once", async () => {
    const { clock, host, always, single, talk } = await lookBeside(settings);
    await clock.until(single.open(signal));
    host.peers[0]?.hangUp("the port was unplugged");
    await clock.until(Promise.all([always.open(signal), single.open(signal)]));
    expect(host.peers).toHaveLength(2);
    await talk(3);
    for (const input of [always, single]) expect((await clock.until(input.poll(signal))).isReachable).toBe(true);
  });
});
