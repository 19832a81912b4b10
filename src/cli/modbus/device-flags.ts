/** Where a device is that no configuration names: options of the command line, under the rules of an instance. */

import * as v from "valibot";
import { expectedOf } from "../../config/schema-problems.ts";
import { type ModbusSettings, modbusSettings } from "../../inputs/modbus/spec.ts";
import { GatewayError } from "../../model/errors.ts";
import type { CommandArguments } from "../arguments.ts";

const TEXTS = ["host", "framing", "serial", "parity"] as const;
const NUMBERS = ["port", "baud", "stop-bits", "data-bits", "unit", "timeout"] as const;

/** The options that say where a device is. */
export const DEVICE_FLAGS: readonly string[] = [...TEXTS, ...NUMBERS];

/** Reads them. Errors: `CLI_USAGE` that names the option. */
export function readDeviceFlags(options: CommandArguments): ModbusSettings {
  const texts = TEXTS.map((name) => [name, options.text(name)] as const);
  const numbers = NUMBERS.map((name) => {
    const text = options.text(name);
    return [name.replace("-", "_"), text === undefined ? undefined : Number(text)] as const;
  });
  const given = Object.fromEntries([...texts, ...numbers].filter(([, value]) => value !== undefined));
  const parsed = v.safeParse(modbusSettings, given);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const option = `--${String(issue.path?.[0]?.key ?? "host").replace("_", "-")}`;
  const expected = expectedOf(modbusSettings, issue, given);
  const found = options.text(option.slice(2)) ?? "nothing";
  throw new GatewayError("CLI_USAGE", `${option}: found ${found}, expected ${expected}.`);
}
