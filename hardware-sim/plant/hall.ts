import type { FaultPlan } from "../devices/faults.ts";
import { ModbusServer } from "../devices/modbus-server.ts";
import { RTU } from "../devices/rtu-frames.ts";
import type { UnitsOptions } from "../devices/units.ts";
import type { Terminals } from "../lines/pseudo-terminal.ts";
import { SerialLine } from "../lines/serial-line.ts";
import type { PlantInstance } from "./config-files.ts";
import { nameOfPort } from "./places-outside.ts";

/**
 * The line of the plant's hall: on a serial port, or, where this machine has no pseudo-terminals, behind a converter on
 * the network that takes as long.
 */
export class Hall {
  /** Why there is no serial port; empty when there is one. */
  readonly lack: string;
  readonly #line: SerialLine | ModbusServer;

  /** `terminals` is what `Terminals.find` gave. */
  constructor(units: UnitsOptions, baud: number, terminals: Terminals | string) {
    this.lack = typeof terminals === "string" ? terminals : "";
    this.#line =
      typeof terminals === "string"
        ? new ModbusServer({ ...units, envelope: RTU, baud })
        : new SerialLine({ ...units, format: { baud }, link: nameOfPort("hall") }, terminals);
  }

  get kind(): "serial" | "rtu-over-tcp" {
    return this.#line instanceof SerialLine ? "serial" : "rtu-over-tcp";
  }

  /** Where the gateway finds it, once it is open. */
  get place(): PlantInstance["place"] {
    return this.#line instanceof SerialLine ? this.#line.path : { port: this.#line.port, framing: "rtu" };
  }

  get faults(): FaultPlan {
    return this.#line.faults;
  }

  /** Times the gateway spoke before the line had been silent for long enough; on a network nobody can tell. */
  get askedTooEarly(): number {
    return this.#line instanceof SerialLine ? this.#line.counts.tooEarly : 0;
  }

  async open(): Promise<void> {
    if (this.#line instanceof SerialLine) this.#line.plugIn();
    else await this.#line.open();
  }

  async close(): Promise<void> {
    if (this.#line instanceof SerialLine) this.#line.unplug();
    else await this.#line.close();
  }
}
