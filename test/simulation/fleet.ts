/** The intakes of a world: which there are, which a life is configured with, and how they get new names. */

import type { Random } from "../../src/model/time.ts";
import type { HttpRequest } from "../../src/platform/http-client.ts";
import type { Reaction } from "../support/fake-http-client.ts";
import type { FleetPlan, IntakeTraits } from "./intake-traits.ts";
import type { PlacedIntake } from "./plant-config.ts";
import type { SimulatedIntake } from "./simulated-intake.ts";

/** After the name of an intake, where it stands. */
const HOST_END = ".example";

/** Makes an intake of a name. */
export type CreateIntake = (name: string, traits: IntakeTraits) => SimulatedIntake;

/** All intakes of a world. */
export class Fleet {
  /** Every intake that there ever was, by its name. */
  readonly all = new Map<string, SimulatedIntake>();
  readonly #plan: FleetPlan;
  readonly #random: Random;
  readonly #create: CreateIntake;
  /** Names of those that are not gone, in the order they are configured in. */
  #present: readonly string[];
  #renamings = 0;

  constructor(plan: FleetPlan, random: Random, create: CreateIntake) {
    this.#plan = plan;
    this.#random = random;
    this.#create = create;
    this.#present = plan.intakes.map(({ name }) => name);
    for (const traits of plan.intakes) this.all.set(traits.name, create(traits.name, traits));
  }

  /** Whether some intakes hold back what they would take once they are released. */
  get isHoldingBack(): boolean {
    return this.#mapPresent(({ traits }) => traits.metering !== undefined || traits.older === "hold").some(Boolean);
  }

  /** Draws which intakes the next life is configured with, after the weather of intakes. */
  draw(): readonly PlacedIntake[] {
    this.#rename();
    const { absence } = this.#plan;
    const configured = this.#present.filter((_, index) => index === 0 || this.#random.next() >= absence);
    for (const name of this.#present) {
      const intake = this.all.get(name);
      if (intake !== undefined && !configured.includes(name)) intake.wasRetired = true;
    }
    return this.#place(configured);
  }

  /** All that are not gone. */
  get complete(): readonly PlacedIntake[] {
    return this.#place(this.#present);
  }

  /** Draws whether what was set aside is sent once more now. */
  isRetryDrawn(): boolean {
    const { retry } = this.#plan;
    return retry > 0 && this.#random.next() < retry;
  }

  heal(): void {
    for (const intake of this.all.values()) intake.isHealed = true;
  }

  release(): void {
    for (const intake of this.all.values()) intake.isReleased = true;
  }

  /** Answers a request by its host. */
  react(request: HttpRequest): Reaction {
    const intake = this.all.get(request.url.host.replace(HOST_END, ""));
    if (intake === undefined) throw new Error(`nobody put an intake at ${request.url.host}`);
    return intake.react(request);
  }

  /** One of those that come and go has another name from now on: to the gateway it is another. */
  #rename(): void {
    const { renaming } = this.#plan;
    if (renaming === 0 || this.#random.next() >= renaming || this.#present.length < 2) return;
    const index = 1 + Math.floor(this.#random.next() * (this.#present.length - 1));
    const old = this.all.get(this.#present[index] ?? "");
    if (old === undefined) return;
    this.#renamings += 1;
    const name = `intake-${index}-${this.#renamings}`;
    const renamed = this.#create(name, old.traits);
    renamed.wasRetired = true;
    this.all.set(name, renamed);
    this.#present = this.#present.map((each, at) => (at === index ? name : each));
  }

  #place(names: readonly string[]): readonly PlacedIntake[] {
    return names.flatMap((name) => {
      const intake = this.all.get(name);
      return intake === undefined
        ? []
        : [{ name, host: `${name}${HOST_END}`, traits: intake.traits, isReleased: intake.isReleased }];
    });
  }

  #mapPresent<Result>(map: (intake: SimulatedIntake) => Result): readonly Result[] {
    return this.#present.flatMap((name) => {
      const intake = this.all.get(name);
      return intake === undefined ? [] : [map(intake)];
    });
  }
}
