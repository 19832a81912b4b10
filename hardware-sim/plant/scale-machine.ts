import { Scale } from "../devices/scale.ts";
import { CAPACITY_GRAMS, PackingTable, TARE_GRAMS } from "../signals/packing-table.ts";
import { createRandom } from "../signals/seeded-random.ts";
import { nameOfPort } from "./places-outside.ts";
import type { PlantMachine } from "./plant-machine.ts";
import type { MachineParts } from "./plant-machines.ts";

/** The scale of the packing table: on a serial port, or behind a converter where there are no pseudo-terminals. */
export class ScaleMachine implements PlantMachine {
  readonly check = "serial";
  readonly scale: Scale;
  readonly note = "";

  constructor({ seed, now, terminals }: MachineParts) {
    const table = new PackingTable(createRandom(seed, "packing-table"));
    const port = typeof terminals === "string" ? undefined : { terminals, link: nameOfPort("scale") };
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
