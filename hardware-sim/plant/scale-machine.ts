import { randomUUID } from "node:crypto";
import { Scale } from "../devices/scale.ts";
import { CAPACITY_GRAMS, PackingTable, TARE_GRAMS } from "../signals/packing-table.ts";
import { createRandom } from "../signals/seeded-random.ts";
import type { PlantMachine } from "./plant-machine.ts";
import type { MachineParts } from "./plant-machines.ts";

/** A folder below /dev, where a gateway looks for ports, in which anybody may name one. */
const NAMES_OF_PORTS = "/dev/shm";

/** The scale of the packing table: on a serial port, or behind a converter where there are no pseudo-terminals. */
export class ScaleMachine implements PlantMachine {
  readonly check = "serial";
  readonly scale: Scale;
  readonly note = "";

  constructor({ seed, now, terminals }: MachineParts) {
    const table = new PackingTable(createRandom(seed, "packing-table"));
    const link = `${NAMES_OF_PORTS}/tidegate-scale-${randomUUID().slice(0, 8)}`;
    const port = typeof terminals === "string" ? undefined : { terminals, link };
    const stateOf = () => {
      const { grams, isSettled } = table.at(now());
      return { grams, isSettled, tareGrams: TARE_GRAMS, isOverloaded: grams > CAPACITY_GRAMS };
    };
    this.scale = new Scale("command", stateOf, port);
  }

  get served(): number {
    return this.scale.served;
  }

  get files(): Readonly<Record<string, string>> {
    const { place } = this.scale;
    const way = typeof place === "string" ? `serial: ${JSON.stringify(place)}` : `host: 127.0.0.1\n    port: ${place}`;
    const text = `# The scale of the plant. \`tidegate sim\` writes this file anew each time.
instances:
  - name: packing
    ${way}
    profile: mettler-toledo/sics
    min_collection_interval: 1
`;
    return { "conf.d/serial.yaml": text };
  }

  open(): Promise<void> {
    return this.scale.open();
  }

  close(): Promise<void> {
    return this.scale.close();
  }
}
