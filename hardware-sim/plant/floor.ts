import type { Random } from "../../src/model/time.ts";
import { type FloorMessage, MqttBroker } from "../brokers/mqtt-broker.ts";
import { encodePayload, type PlainMetric } from "../brokers/sparkplug-payload.ts";
import { createRandom, drawNoise } from "../signals/seeded-random.ts";
import type { PlantMachine } from "./plant-machine.ts";

const PUBLISH_MS = 1000;

const GROUP = "spBv1.0/plant";
const NODE = "oven";

/** Data types of Sparkplug. Source: Sparkplug 3.0.0, 6.4.16. */
const TYPE = { uint64: 8, float: 9, boolean: 11 };

/** What the oven's metrics are called once it was born. */
const ALIAS = { temperature: 1, isHeating: 2 };

/**
 * The plant floor: a broker, and what publishes to it once a second. A paint line tells a value a topic, a robot a
 * report in JSON, and an oven is a Sparkplug node.
 */
export class Floor implements PlantMachine {
  readonly check = "mqtt";
  readonly note = "";
  readonly #random: Random;
  readonly #broker: MqttBroker;
  #served = 0;
  #pieces = 0;
  #celsius = 180;
  #isHeating = true;
  #seq = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(seed: number) {
    this.#random = createRandom(seed, "floor");
    this.#broker = new MqttBroker({
      onSent: (message) => {
        this.#served += readingsIn(message);
      },
      onSubscribed: (filter) => {
        if (filter.startsWith(GROUP)) this.#beBorn();
      },
      onPublished: (topic) => {
        if (topic === `${GROUP}/NCMD/${NODE}`) this.#beBorn();
      },
    });
  }

  get served(): number {
    return this.#served;
  }

  get files(): Readonly<Record<string, string>> {
    return {
      "conf.d/mqtt.yaml": `# The plant floor. \`tidegate sim\` writes this file anew each time.
instances:
  - name: floor
    broker: mqtt://127.0.0.1:${this.#broker.port}
    min_collection_interval: 1
    topics:
      - topic: floor/{line}/humidity
        metric: humidity
        unit: "%"
      - topic: floor/{machine}/report
        payload: json
        time: $.sent
        fields:
          - { path: $.pieces, metric: machine.cycles }
          - { path: $.state, metric: machine.state, states: { 0: idle, 1: welding } }
          - { path: "$.axes[{axis}].load", metric: load, unit: "%" }
      - topic: ${GROUP}/#
        payload: sparkplug
        fields:
          - { name: Zone/Temperature, metric: temperature, unit: degC }
          - { name: Heating, metric: machine.running }
`,
    };
  }

  async open(): Promise<void> {
    await this.#broker.open();
    this.#timer = setInterval(() => this.#publish(), PUBLISH_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#broker.close();
  }

  #publish(): void {
    const humidity = 55 + 3 * Math.sin((2 * Math.PI * Date.now()) / 120_000) + 0.2 * drawNoise(this.#random);
    this.#say("floor/paint/humidity", Buffer.from(humidity.toFixed(1)));
    this.#pieces += this.#random.next() < 0.3 ? 1 : 0;
    const axes = [62, 48].map((load) => ({ load: Math.round(load + 4 * drawNoise(this.#random)) }));
    const state = this.#random.next() < 0.9 ? "welding" : "idle";
    const report = { sent: new Date().toISOString(), pieces: this.#pieces, state, axes };
    this.#say("floor/robot-4/report", Buffer.from(JSON.stringify(report)));
    this.#celsius += this.#isHeating ? 0.4 : -0.3;
    this.#isHeating = this.#celsius < (this.#isHeating ? 185 : 175);
    this.#speak("NDATA", [
      { alias: ALIAS.temperature, float: this.#celsius },
      { alias: ALIAS.isHeating, boolean: this.#isHeating },
    ]);
  }

  #beBorn(): void {
    this.#seq = 0;
    this.#speak("NBIRTH", [
      { name: "bdSeq", type: TYPE.uint64, long: 0 },
      { name: "Node Control/Rebirth", type: TYPE.boolean, boolean: false },
      { name: "Zone/Temperature", alias: ALIAS.temperature, type: TYPE.float, float: this.#celsius },
      { name: "Heating", alias: ALIAS.isHeating, type: TYPE.boolean, boolean: this.#isHeating },
    ]);
  }

  #speak(verb: "NBIRTH" | "NDATA", metrics: readonly PlainMetric[]): void {
    const payload = encodePayload({ at: Date.now(), seq: this.#seq, metrics });
    this.#seq = (this.#seq + 1) % 256;
    this.#broker.publish({ topic: `${GROUP}/${verb}/${NODE}`, payload, qos: 0 });
  }

  #say(topic: string, payload: Buffer): void {
    this.#broker.publish({ topic, payload, qos: 1 });
  }
}

/** How many readings are in a message. */
function readingsIn({ topic }: FloorMessage): number {
  if (topic.endsWith("/humidity")) return 1;
  return topic.endsWith("/report") ? 4 : 2;
}
