/** `tidegate modbus discover`: asks a SunSpec device what it is made of, and writes the profile that reads it. */

import {
  draftSunSpecIdentity,
  draftSunSpecPoints,
  identifySunSpec,
  SUNSPEC_SENTINELS,
  type SunSpecDraftBlock,
} from "../../config/draft-sunspec.ts";
import { PROFILE_SCHEMA, schemaLine } from "../../config/editor-schemas.ts";
import { loadSunSpecModels } from "../../config/sunspec-models.ts";
import { type ReadRegisters, SUNSPEC_BASES, walkSunSpec } from "../../inputs/modbus/walk-sunspec.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import type { SunSpecDevice } from "../../model/sunspec.ts";
import { readArguments } from "../arguments.ts";
import type { Command, Terminal } from "../commands.ts";
import { toKebab } from "../profiles/draft-point.ts";
import { leaveAlone } from "./cleared-registers.ts";
import { DeviceAsker, REAL_SURROUNDINGS, type ReadingSurroundings, toExceptionError } from "./device-asker.ts";
import { DEVICE_FLAGS } from "./device-flags.ts";
import { chooseTarget } from "./target.ts";

/** Exceptions by which a device says that it has no such registers, and that is all it says. */
const ABSENT_EXCEPTIONS: ReadonlySet<number> = new Set([1, 2, 3, 4]);

/**
 * Prints a profile; what was found goes to standard error. Exit code 1 where no SunSpec device answers.
 *
 * Errors: `CLI_USAGE`, and those of `chooseTarget` and `ModbusLink.request`.
 */
export function createDiscover(surroundings: ReadingSurroundings = REAL_SURROUNDINGS): Command {
  return async (argv, terminal) => {
    const options = readArguments(argv, 1, { texts: [...DEVICE_FLAGS, "id"], flags: ["all"] });
    const id = options.text("id");
    if (id !== undefined && !/^[a-z\d][a-z\d-]*\/[a-z\d][a-z\d-]*$/u.test(id)) {
      throw new GatewayError("CLI_USAGE", `--id: found "${id}", expected VENDOR/MODEL in small letters.`);
    }
    const { settings, cleared } = await chooseTarget(options, terminal);
    const models = loadSunSpecModels();
    using asker = new DeviceAsker(settings, surroundings);
    const ask = leaveAlone(cleared, (read) => asker.ask(read));
    const device = await walkSunSpec(readSunSpecWith({ ask }), (model) => models.has(model));
    if (device === undefined) return complainOfNone(asker.name, terminal);
    const blocks = draftSunSpecPoints(device, models, options.has("all"));
    if (options.json) terminal.out(`${JSON.stringify(toJson(device, blocks), null, 2)}\n`);
    else terminal.out(`${writeProfile(device, blocks, id).join("\n")}\n`);
    terminal.err(`${describeFound(asker.name, device, blocks).join("\n")}\n`);
    return EXIT.ok;
  };
}

/** Makes of an asker what walks a SunSpec device. */
export function readSunSpecWith(asker: Pick<DeviceAsker, "ask">): ReadRegisters {
  return async (address, count) => {
    const answer = await asker.ask({ table: "holding-register", address, count });
    if (answer.kind === "data") return Array.from({ length: count }, (_, index) => answer.data.getUint16(2 * index));
    if (ABSENT_EXCEPTIONS.has(answer.code)) return undefined;
    throw toExceptionError(answer);
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
    ...draftSunSpecIdentity(device),
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
