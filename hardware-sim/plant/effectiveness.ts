import type { PlantMachine } from "./plant-machine.ts";

const CODE = `import { Check, type CheckKeys } from "tidegate/check";

/** Pieces of a line, and how good it is by them. \`tidegate sim\` writes this file anew each time. */
export default class Effectiveness extends Check {
  #made = 0;
  #good = 0;
  #runs = 0;

  override check({ pieces_per_run: ideal }: CheckKeys): void {
    this.#runs += 1;
    const made = Math.round(ideal * (0.8 + 0.2 * Math.random()));
    const rejects = Math.random() < 0.3 ? 1 : 0;
    this.#made += made;
    this.#good += made - rejects;
    this.count("line.pieces", made - rejects, { tags: ["quality:good"] });
    this.count("line.pieces", rejects, { tags: ["quality:reject"] });
    this.gauge("line.effectiveness", (100 * this.#good) / (this.#runs * ideal), { unit: "%" });
    const isGood = this.#good > 0.95 * this.#made;
    this.serviceCheck("line.quality", isGood ? Check.OK : Check.WARNING, { message: isGood ? "" : "many rejects" });
  }
}
`;

const CONFIG = `# A check of the user's own, in checks.d/line.ts. \`tidegate sim\` writes this file anew each time.
instances:
  - name: line-3
    pieces_per_run: 12
    min_collection_interval: 1
`;

/** A packing line that no protocol reads: the gateway runs a check of its own for it. */
export class Effectiveness implements PlantMachine {
  readonly check = "line";
  readonly served = undefined;
  readonly note = "";
  readonly files = { "conf.d/line.yaml": CONFIG, "checks.d/line.ts": CODE };

  async open(): Promise<void> {}

  async close(): Promise<void> {}
}
