import type { HeldPort } from "../model/input.ts";

/** Who keeps a port open. */
interface Holder {
  readonly check: string;
  readonly isShared: boolean;
  /** The instance, with the file and line it is written at. */
  readonly place: string;
}

/** The ports that instances of all checks keep open: a serial port has one reader. */
export class HeldPorts {
  readonly #holders = new Map<string, Holder>();

  /** Notes that an instance keeps a port open, unless another does already: then it gives who. */
  take({ bus, isShared }: HeldPort, check: string, place: string): string | undefined {
    const holder = this.#holders.get(bus);
    if (holder === undefined) {
      this.#holders.set(bus, { check, isShared, place });
      return undefined;
    }
    return holder.check === check && holder.isShared && isShared ? undefined : holder.place;
  }
}
