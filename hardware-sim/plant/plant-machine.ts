/** A machine of the plant that has its own way to the gateway. Those of Modbus are in the hall. */
export interface PlantMachine {
  /** The check by which the gateway reads it. */
  readonly check: string;
  /** What the gateway needs to find it: texts by their path in its configuration folder. Whole once it is open. */
  readonly files: Readonly<Record<string, string>>;
  /** Readings it has given; undefined where the gateway makes them itself, and nobody else could count them. */
  readonly served: number | undefined;
  /** What a person should know of it, in a sentence; empty for nothing. */
  readonly note: string;
  open(): Promise<void>;
  close(): Promise<void>;
}
