import type { Input } from "../../../src/model/input.ts";
import { type InputBench, inputSuite } from "../../conformance/input-suite.ts";
import { ASKED_SCALE, type DeviceKeys, SerialBench, SPEAKING_SENSOR, sensorFrame } from "./serial-bench.ts";

const WELL = { "W\r\n": "S 1250.5 g\r\n", "T\r\n": "T 0.5\r\n" };

function createAskedBench(settings: DeviceKeys): InputBench {
  const bench = new SerialBench(ASKED_SCALE, settings);
  bench.answer(WELL);
  return {
    clock: bench.clock,
    input: bench.input,
    expected: { weight: 1.2505, tare: 0.5 },
    heldCount: () => bench.host.peers.filter((peer) => !peer.isOver).length,
    fallSilent: () => bench.answer({}),
    vanish: () => vanish(bench),
    spoil: () => {
      bench.answer({ ...WELL, "W\r\n": "S ----- g\r\n" });
      return ["weight"];
    },
    recover: () => {
      bench.host.refuseCount = 0;
      bench.answer(WELL);
    },
  };
}

function createSpeakingBench(): InputBench {
  // It counts as silent as soon as a poll has waited for it in vain.
  const bench = new SerialBench(SPEAKING_SENSOR, { silent_after: 2, timeout: 2 });
  let frame: Uint8Array | undefined = sensorFrame(1234, -5);
  const talk = (): void => {
    if (frame !== undefined) bench.say(frame);
  };
  return {
    clock: bench.clock,
    input: talkedTo(bench, talk),
    expected: { flow: 123.4, level: -5 },
    heldCount: () => bench.host.peers.filter((peer) => !peer.isOver).length,
    fallSilent: () => {
      frame = undefined;
    },
    vanish: () => vanish(bench),
    spoil: () => {
      frame = sensorFrame(1234, -5);
      return [];
    },
    recover: () => {
      bench.host.refuseCount = 0;
      frame = sensorFrame(1234, -5);
    },
  };
}

function vanish({ host }: SerialBench): void {
  host.refuseCount = Number.POSITIVE_INFINITY;
  for (const peer of host.peers) peer.hangUp();
}

/** An input whose device talks whenever it is listened to: before a poll, or once the poll has connected. */
function talkedTo({ input, host }: SerialBench, talk: () => void): Input {
  return {
    points: input.points,
    bus: input.bus,
    open: (signal) => input.open(signal),
    poll: async (signal) => {
      const connected = host.peers.length;
      talk();
      const polled = input.poll(signal);
      queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => host.peers.length > connected && talk())));
      return polled;
    },
    [Symbol.asyncDispose]: () => input[Symbol.asyncDispose](),
  };
}

inputSuite("serial, asked over a serial port", () => createAskedBench({}));
inputSuite("serial, asked over TCP", () => createAskedBench({ host: "converter.local", port: 4001 }));
inputSuite("serial, listening", createSpeakingBench);
