/** Whom a command asks: a device named by options, or a configured instance. */

import { linkBusOf, placeOf } from "../../inputs/modbus/place.ts";
import type { ModbusSettings } from "../../inputs/modbus/spec.ts";
import { describePlace } from "../../model/bus-place.ts";
import type { GatewayConfig } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import type { ModbusProfile } from "../../model/profile.ts";
import type { Status } from "../../model/status.ts";
import type { CommandArguments } from "../arguments.ts";
import { askIfRunning } from "../ask-gateway.ts";
import type { Terminal } from "../commands.ts";
import { load, loadWithoutKey } from "../load.ts";
import { selectCheck, selectInstance } from "../select-check.ts";
import { type ClearedSpan, listClearedAt } from "./cleared-registers.ts";
import { DEVICE_FLAGS, readDeviceFlags } from "./device-flags.ts";

/** The options that say whom to ask. */
export const TARGET_FLAGS: readonly string[] = [...DEVICE_FLAGS, "instance"];

/** Whom a command asks, with all that is set for it. */
export interface Target {
  readonly settings: ModbusSettings;
  /** That of the instance; absent where options name the device. */
  readonly profile?: ModbusProfile;
  /** Registers that a read clears, where the configuration knows the unit. */
  readonly cleared: readonly ClearedSpan[];
}

/**
 * Finds whom the options mean, and leaves the bus to the gateway where it has to.
 *
 * Errors: `CLI_USAGE`, those of `selectInstance`, and `INPUT_UNREACHABLE` for a serial port that the running gateway
 * has open.
 */
export async function chooseTarget(options: CommandArguments, terminal: Terminal): Promise<Target> {
  const wanted = options.text("instance");
  if (wanted === undefined) {
    const settings = readDeviceFlags(options);
    const gateway = findGateway(options.config, terminal);
    await keepOffGateway(settings, gateway, terminal);
    return { settings, cleared: listClearedAt(settings, gateway) };
  }
  const extra = DEVICE_FLAGS.find((name) => options.text(name) !== undefined);
  if (extra !== undefined) {
    throw new GatewayError(
      "CLI_USAGE",
      `--${extra}: found beside --instance, expected one of them: it says all of it.`,
    );
  }
  const [check = ""] = wanted.includes(":") ? wanted.split(":") : ["modbus"];
  const loaded = loadWithoutKey(options.config, terminal, check);
  const [instance] = selectInstance(selectCheck(loaded, check), wanted).instances;
  const settings = instance?.settings as ModbusSettings;
  await keepOffGateway(settings, loaded.config, terminal);
  const cleared = listClearedAt(settings, loaded.config);
  return { settings, cleared, ...(instance?.profile?.protocol === "modbus" ? { profile: instance.profile } : {}) };
}

/** Finds the configuration of a gateway that may run here; undefined where there is none to speak of. */
export function findGateway(config: string | undefined, terminal: Terminal): GatewayConfig | undefined {
  try {
    return load(config, terminal).config;
  } catch (error) {
    const isAbsent = error instanceof GatewayError && error.code === "CONFIG_NOT_FOUND";
    if (isAbsent && config === undefined) return undefined;
    throw error;
  }
}

/**
 * Looks whether the running gateway polls the same bus. A serial port has one owner; of a host it is only said, since
 * most take several clients.
 *
 * Errors: `INPUT_UNREACHABLE`.
 */
export async function keepOffGateway(
  settings: ModbusSettings,
  gateway: GatewayConfig | undefined,
  terminal: Terminal,
): Promise<void> {
  if (gateway === undefined) return;
  const place = placeOf(settings);
  const status = await askStatus(gateway);
  const pollers = status?.instances.filter(({ bus }) => bus === linkBusOf(place)) ?? [];
  const [first] = pollers;
  if (first === undefined) return;
  const names = pollers.map(({ check, instance }) => `${check}:${instance}`).join(", ");
  if (!("host" in place)) {
    throw new GatewayError(
      "INPUT_UNREACHABLE",
      `the running gateway has ${describePlace(place)} open, on which it polls ${names}, and a port has one owner. ` +
        `\`tidegate check ${first.check} --instance ${first.instance} --table\` reads its points through the gateway; ` +
        "for anything else stop the gateway first.",
    );
  }
  terminal.err(
    `The running gateway polls ${names} at ${describePlace(place)} too; a device that serves one client may refuse.\n`,
  );
}

async function askStatus({ runPath }: GatewayConfig): Promise<Status | undefined> {
  try {
    return (await askIfRunning(runPath, { command: "status" })) as Status | undefined;
  } catch (error) {
    // One that may not be asked, or hangs: the port itself says whether it is free.
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
