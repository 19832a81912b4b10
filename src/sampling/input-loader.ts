/** Makes the inputs of instances: code is loaded when a check first asks for it, links are shared from then on. */

import type { CheckConfig, InstanceConfig } from "../model/config.ts";
import type { InputContext, InputEntry, InputModule, InputPoint } from "../model/input.ts";
import type { Clock } from "../model/time.ts";
import { BusQueues } from "./bus-queue.ts";
import { type CheckRun, collectOnce, type InstancePart } from "./collect.ts";
import { splitByInterval } from "./parts.ts";

interface LoadedInput {
  readonly module: InputModule;
  readonly links: unknown;
}

/** What inputs are given beside the clock. */
export interface GivenToInputs extends Pick<InputContext, "memory" | "offerTime"> {
  /** Takes a line that code of the user has printed. */
  hear?(instance: InstanceConfig, line: string): void;
  /** As `InputContext.lastLogged`, of an instance. */
  lastLogged?(instance: InstanceConfig, point: InputPoint): Promise<number | undefined>;
}

/** The inputs of one gateway, and the queues of the buses they share. */
export class InputLoader {
  readonly buses: BusQueues;
  readonly #entries: readonly InputEntry[];
  readonly #clock: Clock;
  readonly #given: GivenToInputs;
  readonly #loaded = new Map<string, Promise<LoadedInput>>();

  /** `given` left out means that inputs know nothing from before, and that nobody listens to them. */
  constructor(entries: readonly InputEntry[], clock: Clock, given: GivenToInputs = {}) {
    this.#given = given;
    this.buses = new BusQueues(clock);
    this.#entries = entries;
    this.#clock = clock;
  }

  /**
   * Makes the input of each part of an instance, without side effects on the device; `isSingle` says that they are
   * polled but once. Shape: as `splitByInterval`.
   */
  async create(check: CheckConfig, instance: InstanceConfig, isSingle = false): Promise<readonly InstancePart[]> {
    let loading = this.#loaded.get(check.input);
    if (loading === undefined) {
      loading = this.#load(check.input);
      this.#loaded.set(check.input, loading);
    }
    const { module, links } = await loading;
    return splitByInterval(instance).map((part) => {
      const input = module.createInput(part, { clock: this.#clock, links, isSingle, ...this.#givenTo(part) });
      return { interval: part.interval, input, bus: this.buses.of(input.bus) };
    });
  }

  #givenTo(instance: InstanceConfig): Pick<InputContext, "memory" | "offerTime" | "say" | "lastLogged"> {
    const { hear, lastLogged, ...given } = this.#given;
    return {
      ...given,
      ...(hear === undefined ? {} : { say: (line) => hear(instance, line) }),
      ...(lastLogged === undefined ? {} : { lastLogged: (point) => lastLogged(instance, point) }),
    };
  }

  /** Polls the instances of a check once, each in its place in its bus queue, and records nothing. */
  async checkOnce(check: CheckConfig): Promise<readonly CheckRun[]> {
    const runs: CheckRun[] = [];
    for (const instance of check.instances) {
      runs.push(await collectOnce(instance, await this.create(check, instance, true), this.#clock));
    }
    return runs;
  }

  async #load(name: string): Promise<LoadedInput> {
    const entry = this.#entries.find((candidate) => candidate.name === name);
    if (entry === undefined) throw new Error(`the registry has no input ${name}`);
    const module = await entry.load();
    return { module, links: module.createLinks(this.#clock) };
  }
}
