import { Terminals } from "../../hardware-sim/lines/pseudo-terminal.ts";

/** Two serial ports of this machine with a crossed cable between them, made of two pseudo-terminals. */
export class NullModem {
  /** Where each end is opened. */
  readonly paths: readonly [string, string];
  readonly #close: () => void;

  private constructor(paths: readonly [string, string], close: () => void) {
    this.paths = paths;
    this.#close = close;
  }

  /** Plugs it in. Errors: why this machine has no pseudo-terminals. */
  static async open(): Promise<NullModem> {
    const terminals = await Terminals.find();
    if (typeof terminals === "string") throw new Error(`there are no pseudo-terminals: ${terminals}`);
    const one = terminals.open((bytes) => other.write(bytes));
    const other = terminals.open((bytes) => one.write(bytes));
    return new NullModem([one.path, other.path], () => {
      one.hangUp();
      other.hangUp();
    });
  }

  /** Unplugs both ends. Idempotent. */
  close(): void {
    this.#close();
  }
}
