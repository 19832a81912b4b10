import { parseArgs } from "node:util";
import { GatewayError } from "../../src/model/errors.ts";
import { type FaultStep, parseFaultStep } from "./scenario.ts";

/** What `tidegate sim` was told. */
export interface PlantOptions {
  /** How long it runs; undefined means until someone ends it. */
  readonly seconds: number | undefined;
  /** How long the intake is away in the middle of the run; 0 means not at all. */
  readonly outageSeconds: number;
  /** Everything by chance comes from it. */
  readonly seed: number;
  /** Says nothing but one JSON object at the end. */
  readonly isJson: boolean;
  /** Machines and intake run and the configuration is written, but the gateway is left to the user. */
  readonly isWithoutGateway: boolean;
  /** What befalls the machines. */
  readonly faults: readonly FaultStep[];
}

/** Reads the command line. Errors: `CLI_USAGE`. */
export function parsePlantOptions(argv: readonly string[]): PlantOptions {
  const values = readFlags(argv);
  const seconds = values.seconds === undefined ? undefined : toNumber("--seconds", values.seconds);
  const outageSeconds = values.outage === undefined ? 0 : toNumber("--outage", values.outage);
  const seed = values.seed === undefined ? 1 : toNumber("--seed", values.seed);
  if (seconds === 0) throw usage("--seconds is 0, expected more.");
  if (!Number.isInteger(seed)) throw usage(`--seed is ${seed}, expected a whole number.`);
  if (seconds !== undefined && outageSeconds >= seconds) {
    throw usage(`--outage ${outageSeconds} does not fit into --seconds ${seconds}; make the run longer.`);
  }
  return {
    seconds,
    outageSeconds,
    seed,
    isJson: values.json ?? false,
    isWithoutGateway: values["config-only"] ?? false,
    faults: (values.fault ?? []).map(parseFaultStep),
  };
}

interface Flags {
  readonly seconds?: string;
  readonly outage?: string;
  readonly seed?: string;
  readonly json?: boolean;
  readonly "config-only"?: boolean;
  readonly fault?: readonly string[];
}

function readFlags(argv: readonly string[]): Flags {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seconds: { type: "string" },
        outage: { type: "string" },
        seed: { type: "string" },
        json: { type: "boolean" },
        "config-only": { type: "boolean" },
        fault: { type: "string", multiple: true },
      },
    });
    return values;
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split(". ")[0] ?? cause.message) : String(cause);
    throw new GatewayError("CLI_USAGE", `${message}.`, { cause });
  }
}

function toNumber(flag: string, text: string): number {
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(number) || number < 0) throw usage(`${flag} is "${text}", expected a number of 0 or more.`);
  return number;
}

function usage(message: string): GatewayError {
  return new GatewayError("CLI_USAGE", message);
}
