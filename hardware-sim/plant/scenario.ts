import { setTimeout as delay } from "node:timers/promises";
import { GatewayError } from "../../src/model/errors.ts";
import { DAMAGES, isDamage, isMishearing, MISHEARINGS } from "../devices/answer-faults.ts";
import type { FaultPlan, UnitFault } from "../devices/faults.ts";
import type { ConnectionFaults, ModbusServer } from "../devices/modbus-server.ts";
import { RECEIVER_FAULTS, type ReceiverFault } from "../devices/nmea-talk.ts";

/** The machines of the plant by name, each with its unit. */
export const MACHINE_UNITS = { press: 1, pump: 2, meter: 1 } as const;

/** A machine of the plant that speaks Modbus. */
export type Machine = keyof typeof MACHINE_UNITS;

/** The one with a receiver of satellites. */
const TRUCK = "truck";

/** What can befall a machine. */
type PlannedFault =
  | UnitFault
  | ({ readonly kind: "connection" } & ConnectionFaults)
  | { readonly kind: "refused" }
  | { readonly kind: "receiver"; readonly receiver: ReceiverFault };

/** What befalls a machine for a while. */
export interface FaultStep {
  readonly machine: Machine | typeof TRUCK;
  readonly fault: PlannedFault;
  /** After the start. Units: seconds. */
  readonly from: number;
  /** How long; undefined means to the end. Units: seconds. */
  readonly seconds: number | undefined;
}

/** What a scenario can reach of a plant. */
export interface Stage {
  /** What is planned for the units of the line that press and pump share. */
  readonly lineFaults: FaultPlan;
  readonly meter: ModbusServer;
  /** That of the truck; leaving it out means that there is none. */
  readonly receiver?: { fault: ReceiverFault | undefined };
}

const BUSY = 6;
const IDLE_MS = 200;

/** `WHAT[=VALUE]:MACHINE[@FROM[+FOR]]`. */
const STEP =
  /^(?<what>[a-z-]+)(?:=(?<value>[0-9-]+))?:(?<machine>[a-z]+)(?:@(?<from>[0-9.]+)(?:\+(?<span>[0-9.]+))?)?$/u;

/** What goes by a name of its own. */
const NAMED: Readonly<Record<string, PlannedFault>> = {
  silence: { kind: "silent" },
  crc: { kind: "damage", damage: "flipped-bit" },
  echo: { kind: "echo" },
  "altered-echo": { kind: "echo", isAltered: true },
  busy: { kind: "exception", code: BUSY },
  close: { kind: "close" },
  refused: { kind: "refused" },
  "closed-between-polls": { kind: "connection", idleMsMax: IDLE_MS },
  "one-client": { kind: "connection", isForOne: true },
  "half-open": { kind: "connection", isHalfOpen: true },
};

/** What needs a pair of wires on which everybody hears everything. */
const OF_WIRES = ["altered-echo", "collision"];

const WITH_NUMBER = ["late", "slow-after-connect", "exception", "reserved"] as const;

const NAMES = [
  ...Object.keys(NAMED),
  ...WITH_NUMBER,
  ...MISHEARINGS,
  ...DAMAGES.filter((damage) => damage !== "flipped-bit"),
].sort();

/** Reads one `--fault`. Errors: `CLI_USAGE`. */
export function parseFaultStep(text: string): FaultStep {
  const { what = "", value, machine = "", from = "0", span } = STEP.exec(text)?.groups ?? {};
  if (what === "")
    throw refuse(text, "it is not WHAT[=VALUE]:MACHINE[@FROM[+FOR]]; an example is late=3000:press@5+10");
  const time = { from: Number(from), seconds: span === undefined ? undefined : Number(span) };
  if (machine === TRUCK) return { machine, fault: toReceiverFault(text, what, value), ...time };
  if (!isMachine(machine)) throw refuse(text, `"${machine}" is no machine; there are press, pump, meter and truck`);
  const fault = toFault(what, value);
  if (fault === undefined) throw refuse(text, describeLack(what, value));
  const isOfConnection = ["connection", "refused"].includes(fault.kind);
  if (isOfConnection && machine !== "meter") throw refuse(text, "a serial line has no connections; only the meter has");
  if (what === "crc" && machine === "meter") throw refuse(text, "Modbus TCP has no checksum, so nothing could tell");
  if (OF_WIRES.includes(what) && machine === "meter")
    throw refuse(text, "only a serial line is heard by all who speak");
  return { machine, fault, ...time };
}

function toReceiverFault(text: string, what: string, value: string | undefined): PlannedFault {
  const receiver = RECEIVER_FAULTS.find((name) => name === what);
  if (receiver !== undefined && value === undefined) return { kind: "receiver", receiver };
  throw refuse(text, `a receiver has no "${what}"; it has ${RECEIVER_FAULTS.join(", ")}, none with a value`);
}

function toFault(what: string, value: string | undefined): PlannedFault | undefined {
  if (value === undefined) {
    if (isMishearing(what)) return { kind: "mishearing", mishearing: what };
    if (isDamage(what) && what !== "flipped-bit") return { kind: "damage", damage: what };
    return NAMED[what];
  }
  if (what === "reserved") return toReserved(value);
  const number = Number(value);
  if (!(number > 0)) return undefined;
  if (what === "late") return { kind: "delay", delayMs: number };
  if (what === "slow-after-connect") return { kind: "connection", deafMs: number };
  return what === "exception" && number <= 11 ? { kind: "exception", code: number } : undefined;
}

function toReserved(value: string): UnitFault | undefined {
  const [first = Number.NaN, last = first, ...others] = value.split("-").map(Number);
  return others.length === 0 && first <= last ? { kind: "reserved", first, last } : undefined;
}

function describeLack(what: string, value: string | undefined): string {
  if (!NAMES.includes(what)) return `there is no "${what}"; there are ${NAMES.join(", ")}`;
  if (value !== undefined && !WITH_NUMBER.some((name) => name === what)) return `${what} takes no value`;
  return (
    "expected milliseconds, as in late=3000 and slow-after-connect=2000, a code from 1 to 11, as in exception=4, or " +
    "addresses, as in reserved=10-19"
  );
}

function isMachine(name: string): name is Machine {
  return Object.hasOwn(MACHINE_UNITS, name);
}

function refuse(text: string, why: string): GatewayError {
  return new GatewayError("CLI_USAGE", `--fault ${text}: ${why}.`);
}

/** Plays steps on a stage, each in its time and the first ones at once, until it is disposed of. */
export class Scenario implements AsyncDisposable {
  readonly #stage: Stage;
  readonly #abort = new AbortController();
  readonly #steps: Promise<unknown>;

  constructor(stage: Stage, steps: readonly FaultStep[]) {
    this.#stage = stage;
    this.#steps = Promise.all(steps.map((step) => this.#play(step)));
  }

  /** Ends every step; what was taken away is back when this resolves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#steps;
  }

  async #play(step: FaultStep): Promise<void> {
    if (step.from > 0) await this.#wait(step.from);
    if (this.#abort.signal.aborted) return;
    await this.#begin(step);
    await this.#wait(step.seconds);
    await this.#end(step);
  }

  async #begin({ machine, fault }: FaultStep): Promise<void> {
    const { meter } = this.#stage;
    if (fault.kind === "receiver") this.#setReceiver(fault.receiver);
    else if (fault.kind === "refused") await meter.close();
    else if (fault.kind === "connection") meter.connectionFaults = fault;
    else if (machine !== TRUCK) this.#faultsOf(machine).set(MACHINE_UNITS[machine], fault);
  }

  async #end({ machine, fault }: FaultStep): Promise<void> {
    const { meter } = this.#stage;
    if (fault.kind === "receiver") this.#setReceiver(undefined);
    else if (fault.kind === "refused") await meter.open();
    else if (fault.kind === "connection") meter.connectionFaults = {};
    else if (machine !== TRUCK) this.#faultsOf(machine).clear(MACHINE_UNITS[machine]);
  }

  #setReceiver(fault: ReceiverFault | undefined): void {
    const { receiver } = this.#stage;
    if (receiver !== undefined) receiver.fault = fault;
  }

  #faultsOf(machine: Machine): FaultPlan {
    return machine === "meter" ? this.#stage.meter.faults : this.#stage.lineFaults;
  }

  async #wait(seconds: number | undefined): Promise<void> {
    const { signal } = this.#abort;
    // Only an abort ends a wait early, and it is no error here.
    if (seconds !== undefined) await delay(seconds * 1000, undefined, { signal }).catch(() => undefined);
    else if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}
