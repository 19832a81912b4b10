/** What a scan is told: where, at which settings of the line, which units, and how fast. */

import type { ModbusSettings } from "../../inputs/modbus/spec.ts";
import { GatewayError } from "../../model/errors.ts";
import type { LineSettings } from "../../model/line-settings.ts";
import { PARITIES } from "../../model/line-settings.ts";
import type { CommandArguments } from "../arguments.ts";
import type { TableRead } from "./device-asker.ts";
import { readDeviceFlags } from "./device-flags.ts";
import { readRegisterWord } from "./register-words.ts";

/** Settings of lines, those that are met most often first. */
const USUAL_BAUDS = [9600, 19_200, 38_400, 115_200, 57_600, 4800, 2400, 1200] as const;

/** Units of a line. Source: MODBUS over Serial Line V1.02, 2.2. */
const UNIT_MAX = 247;

/** A host may have a unit beyond those of a line: itself. */
const HOST_UNIT_MAX = 255;

/** Units: seconds. Devices answer within 0.1 s; a gateway waits about a second before it says that one is silent. */
const LINE_TIMEOUT = 0.3;
const HOST_TIMEOUT = 2;

/** Longer than the 15 s between two polls of most masters. Units: seconds. */
const LISTEN = 16;

const REQUESTS_PER_SECOND = 20;

/** What is done, and how gently. Units: `timeout` and `listen` seconds, `rate` requests a second. */
export interface ScanOptions {
  readonly settings: ModbusSettings;
  /** Where parity and rate are not known, each in which units are looked for. Shape: at least one. */
  readonly lines: readonly LineSettings[];
  readonly units: readonly number[];
  readonly read: TableRead;
  /** Whether somebody chose it. */
  readonly isReadChosen: boolean;
  readonly timeout: number;
  readonly listen: number;
  readonly rate: number;
  /** Whether to ask although others talk on the line. */
  readonly isForced: boolean;
  /** Whether to go on after units were found at one setting. */
  readonly isThorough: boolean;
}

/** The options beside those of a device. */
export const SCAN_TEXTS: readonly string[] = ["units", "ask", "table", "listen", "rate"];
/** Those without a value. */
export const SCAN_FLAGS: readonly string[] = ["force", "all"];

/** Reads them. `configured` takes the place of the options of a device. Errors: `CLI_USAGE`. */
export function readScanOptions(options: CommandArguments, configured?: ModbusSettings): ScanOptions {
  const bauds = listOf(options, "baud").map(Number);
  const parities = listOf(options, "parity");
  const settings = configured ?? readDeviceFlags(withFirst(options, { baud: bauds, parity: parities }));
  const isPort = settings.serial !== undefined;
  const isLine = isPort || settings.framing === "rtu";
  const isSet = configured !== undefined || !isPort;
  const own = { baud: settings.baud, parity: settings.parity, stopBits: settings.stop_bits } as const;
  const lines = isSet ? [own] : linesOf(options, own, bauds, parities);
  const timeout = options.text("timeout");
  return {
    ...{ settings, lines, units: unitsOf(options, isLine ? UNIT_MAX : HOST_UNIT_MAX) },
    read: readRegisterWord(options.text("ask") ?? "holding:0", options),
    isReadChosen: options.text("ask") !== undefined,
    timeout: timeout === undefined ? (isLine ? LINE_TIMEOUT : HOST_TIMEOUT) : settings.timeout,
    listen: numberOf(options, "listen", LISTEN, 0, 3600),
    rate: numberOf(options, "rate", REQUESTS_PER_SECOND, 0.1, 1000),
    ...{ isForced: options.has("force"), isThorough: options.has("all") },
  };
}

/** Every rate with every parity: first the rates as devices are delivered, then the other parities. */
function linesOf(
  options: CommandArguments,
  own: LineSettings,
  bauds: readonly number[],
  parities: readonly string[],
): readonly LineSettings[] {
  const isWhole = bauds.every((baud) => Number.isInteger(baud) && baud >= 300 && baud <= 1_000_000);
  if (!isWhole) throw usage("baud", options.text("baud"), "whole numbers from 300 to 1000000, such as 9600,19200");
  const known = PARITIES.filter((parity) => parities.length === 0 || parities.includes(parity));
  if (parities.some((parity) => !known.some((each) => each === parity))) {
    throw usage("parity", options.text("parity"), PARITIES.join(", "));
  }
  const rates = bauds.length > 0 ? bauds : USUAL_BAUDS;
  return known.flatMap((parity) => rates.map((baud) => ({ ...own, baud, parity })));
}

/** Where several are listed, the schema of an instance looks at the first one. */
function withFirst(
  options: CommandArguments,
  lists: Readonly<Record<string, readonly (string | number)[]>>,
): CommandArguments {
  return { ...options, text: (name) => lists[name]?.[0]?.toString() ?? options.text(name) };
}

function listOf(options: CommandArguments, name: string): readonly string[] {
  return options.text(name)?.split(",") ?? [];
}

/** Reads "1-10,42"; left out, every unit from 1 on. */
function unitsOf(options: CommandArguments, unitMax: number): readonly number[] {
  const written = options.text("units") ?? options.text("unit") ?? "1-247";
  const units = new Set<number>();
  for (const part of written.split(",")) {
    const [, first = "", last = first] = /^(\d+)(?:-(\d+))?$/u.exec(part) ?? [];
    const isRight = first !== "" && Number(first) >= 1 && Number(last) >= Number(first) && Number(last) <= unitMax;
    if (!isRight) throw usage("units", written, `unit ids from 1 to ${unitMax}, such as 1-10,42`);
    for (let unit = Number(first); unit <= Number(last); unit += 1) units.add(unit);
  }
  return [...units];
}

function numberOf(options: CommandArguments, name: string, fallback: number, least: number, most: number): number {
  const written = options.text(name);
  const number = written === undefined ? fallback : Number(written);
  if (number >= least && number <= most) return number;
  throw usage(name, written, `a number from ${least} to ${most}`);
}

function usage(option: string, found: string | undefined, expected: string): GatewayError {
  return new GatewayError("CLI_USAGE", `--${option}: found ${found ?? "nothing"}, expected ${expected}.`);
}
