import type { Input } from "../../../src/model/input.ts";
import { millis, sleep } from "../../../src/model/time.ts";
import { type InputBench, inputSuite } from "../../conformance/input-suite.ts";
import { MqttBench } from "./mqtt-bench.ts";

/** A broker where somebody publishes whenever it is listened to. */
function createBench(version: "3.1.1" | 5, qos: 0 | 1 | 2): InputBench {
  const bench = new MqttBench({ version, qos });
  const { broker, clock } = bench;
  let warm = "21.5";
  let messageId = 0;
  const talk = (): void => {
    if (broker.isSilent || !broker.host.peers.some((peer) => !peer.isOver)) return;
    for (const [topic, payload] of Object.entries({ "plant/1/temperature": "19", "plant/2/temperature": warm })) {
      messageId += 1;
      broker.publish({ topic, payload, qos, messageId });
    }
  };
  return {
    clock,
    input: heardBy(bench, talk),
    expected: { "plant/1/temperature": 19, "plant/2/temperature": 21.5 },
    heldCount: () => broker.host.peers.filter((peer) => !peer.isOver).length,
    standingTimer: "keep-alive",
    fallSilent: () => {
      broker.isSilent = true;
      broker.peer.hangUp();
    },
    vanish: () => {
      broker.host.refuseCount = Number.POSITIVE_INFINITY;
      for (const peer of broker.host.peers) peer.hangUp();
    },
    spoil: () => {
      warm = "warm";
      return ["plant/2/temperature"];
    },
    recover: () => {
      warm = "21.5";
      broker.isSilent = false;
      broker.host.refuseCount = 0;
    },
  };
}

/** An input that is polled when it wants to be, with messages that came right before. */
function heardBy({ input, clock }: MqttBench, talk: () => void): Input {
  const stopping = new AbortController();
  return {
    get points() {
      return input.points;
    },
    bus: input.bus,
    open: (signal) => input.open(signal),
    poll: async (signal) => {
      const { pollAgainAt } = input.isConnected ? {} : await input.poll(signal);
      if (pollAgainAt !== undefined) {
        const either = AbortSignal.any([signal, stopping.signal]);
        await sleep(clock, "the pause", millis(pollAgainAt - clock.monotonic()), either);
        await input.poll(signal);
      }
      talk();
      return await input.poll(signal);
    },
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return input[Symbol.asyncDispose]();
    },
  };
}

inputSuite("mqtt in version 3.1.1", () => createBench("3.1.1", 1));
inputSuite("mqtt in version 5", () => createBench(5, 2));
