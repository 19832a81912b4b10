/** `tidegate modbus discover`: asks a SunSpec device what it is made of, and writes the profile that reads it. */

import {
  draftSunSpecPoints,
  identifySunSpec,
  SUNSPEC_SENTINELS,
  type SunSpecDraftBlock,
} from "../../config/draft-sunspec.ts";
import { PROFILE_SCHEMA, schemaLine } from "../../config/editor-schemas.ts";
import { loadSunSpecModels } from "../../config/sunspec-models.ts";
import { decodeReadAnswer, describeException, encodeReadRequest, READ_FUNCTION } from "../../decode/modbus-pdu.ts";
import type { ModbusLink } from "../../inputs/modbus/link.ts";
import { createLink, describePlace, type Openers, placeOf } from "../../inputs/modbus/place.ts";
import type { ModbusSettings } from "../../inputs/modbus/spec.ts";
import { type ReadRegisters, SUNSPEC_BASES, walkSunSpec } from "../../inputs/modbus/walk-sunspec.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import type { SunSpecDevice } from "../../model/sunspec.ts";
import { type Clock, millis } from "../../model/time.ts";
import { openSerialPort } from "../../platform/serial-port.ts";
import { systemClock } from "../../platform/system-clock.ts";
import { openTcpSocket } from "../../platform/tcp-socket.ts";
import { readArguments } from "../arguments.ts";
import type { Command, Terminal } from "../commands.ts";
import { toKebab } from "../profiles/draft-point.ts";
import { DEVICE_FLAGS, readDeviceFlags } from "./device-flags.ts";

/** What the command does its reading with. */
export interface DiscoverySurroundings extends Openers {
  readonly clock: Clock;
}

const REAL: DiscoverySurroundings = { clock: systemClock, openTcp: openTcpSocket, openSerial: openSerialPort };

/** Exceptions by which a device says that it has no such registers, and that is all it says. */
const ABSENT_EXCEPTIONS: ReadonlySet<number> = new Set([1, 2, 3, 4]);

/**
 * Prints a profile; what was found goes to standard error. Exit code 1 where no SunSpec device answers.
 *
 * Errors: `CLI_USAGE`, and those of `ModbusLink.request`.
 */
export function createDiscover(surroundings: DiscoverySurroundings = REAL): Command {
  return async (argv, terminal) => {
    const options = readArguments(argv, 1, { texts: [...DEVICE_FLAGS, "id"], flags: ["all"] });
    const settings = readDeviceFlags(options);
    const id = options.text("id");
    if (id !== undefined && !/^[a-z\d][a-z\d-]*\/[a-z\d][a-z\d-]*$/u.test(id)) {
      throw new GatewayError("CLI_USAGE", `--id: found "${id}", expected VENDOR/MODEL in small letters.`);
    }
    const models = loadSunSpecModels();
    const place = placeOf(settings);
    const link = createLink(place, surroundings.clock, surroundings);
    try {
      const device = await walkSunSpec(readerOf(link, settings), (model) => models.has(model));
      const name = `${describePlace(place)} unit ${settings.unit}`;
      if (device === undefined) return complainOfNone(name, terminal);
      const blocks = draftSunSpecPoints(device, models, options.has("all"));
      if (options.json) terminal.out(`${JSON.stringify(toJson(device, blocks), null, 2)}\n`);
      else terminal.out(`${writeProfile(device, blocks, id).join("\n")}\n`);
      terminal.err(`${describeFound(name, device, blocks).join("\n")}\n`);
      return EXIT.ok;
    } finally {
      link.close();
    }
  };
}

function readerOf(link: ModbusLink, { unit, timeout }: ModbusSettings): ReadRegisters {
  const signal = new AbortController().signal;
  return async (address, count) => {
    const request = { functionCode: READ_FUNCTION["holding-register"], address, count };
    const pdu = await link.request({
      ...{ unit, signal, pdu: encodeReadRequest(request) },
      timeout: millis(Math.round(timeout * 1000)),
    });
    const answer = decodeReadAnswer(request, pdu);
    if (answer.kind === "data") return Array.from({ length: count }, (_, index) => answer.data.getUint16(2 * index));
    if (ABSENT_EXCEPTIONS.has(answer.exceptionCode)) return undefined;
    const { name, advice } = describeException(answer.exceptionCode);
    throw new GatewayError(
      "INPUT_EXCEPTION",
      `unit ${unit} answered exception ${answer.exceptionCode} (${name}) to a read of ${address}. ${advice}.`,
    );
  };
}

function complainOfNone(name: string, terminal: Terminal): number {
  const places = SUNSPEC_BASES.join(", ");
  terminal.err(
    `tidegate modbus discover: ${name} answers, and has no SunSpec marker at ${places}. ` +
      "Turn SunSpec on in the menu of the device, or try another --unit; inverters often use 1, 126 or 247.\n",
  );
  return EXIT.failed;
}

function writeProfile(
  device: SunSpecDevice,
  blocks: readonly SunSpecDraftBlock[],
  wantedId: string | undefined,
): string[] {
  const { maker, model, version, serial } = identifySunSpec(device);
  const id = wantedId ?? `${toKebab(maker) || "sunspec"}/${toKebab(model) || "device"}`;
  const about = [maker, model].filter((word) => word !== "").join(" ") || "A SunSpec device";
  return [
    schemaLine(`device-profiles/${id}.yaml`, PROFILE_SCHEMA),
    `# Discovered at ${device.base}${serial === "" ? "" : `, serial number ${serial}`}. Put it beside tidegate.yaml as`,
    `# device-profiles/${id}.yaml, and write \`profile: ${id}\` into conf.d/modbus.yaml.`,
    `id: ${id}`,
    `description: ${JSON.stringify(`${about}, by SunSpec`)}`,
    "source:",
    "  title: SunSpec information models, as the device lists them",
    ...(version === "" ? [] : [`  edition: ${JSON.stringify(`its version ${version}`)}`]),
    "  url: https://github.com/sunspec/models",
    "trust: two-sources",
    "confirmed_by: { title: The device itself by its list of models }",
    "protocol: modbus",
    "table: holding-register",
    "word_order: high-word-first",
    "# All registers of a SunSpec device, from the marker to the end mark, may be read.",
    "max_gap: 124",
    "sentinels:",
    ...SUNSPEC_SENTINELS,
    "points:",
    ...blocks.flatMap(({ block, label, points }) => [
      `  # Model ${block.id}${label === undefined ? ", which is not known" : ""} at ${block.address}`,
      ...points.map(({ name, keys }) => `  ${name}: { ${keys.map(([key, yaml]) => `${key}: ${yaml}`).join(", ")} }`),
    ]),
  ];
}

function describeFound(name: string, device: SunSpecDevice, blocks: readonly SunSpecDraftBlock[]): string[] {
  const { maker, model, version, serial } = identifySunSpec(device);
  const who = [maker, model, version, serial].filter((word) => word !== "").join(", ");
  const known = blocks.map(({ block, points }) => `${block.id} (${points.length})`).join(", ");
  const strange = blocks.filter(({ label }) => label === undefined).map(({ block }) => block.id);
  return [
    `${name}: ${who || "a device without a name"}. Models, with the points made of each: ${known || "none"}.`,
    ...(strange.length === 0 ? [] : [`Not known, and left out: ${strange.join(", ")}.`]),
    ...(device.isWhole ? [] : ["The list of models has no end mark; there may be more than was found."]),
  ];
}

function toJson(device: SunSpecDevice, blocks: readonly SunSpecDraftBlock[]): unknown {
  return {
    schema: 1,
    base: device.base,
    is_whole: device.isWhole,
    ...identifySunSpec(device),
    models: blocks.map(({ block: { id, address, length }, label, points }) => ({
      ...{ id, address, length, is_known: label !== undefined },
      points: points.map((point) => point.name),
    })),
  };
}
