/** `tidegate modbus read`: reads registers once and prints what they hold. */

import { formatAddress, registerNumberOf } from "../../config/register-address.ts";
import { BITS_PER_READ_MAX, REGISTERS_PER_READ_MAX } from "../../decode/modbus-pdu.ts";
import { decodeText } from "../../decode/register-text.ts";
import { decodeTableBit, RegisterDecoder } from "../../decode/registers.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import {
  type ModbusProfile,
  type Point,
  type PointType,
  pointEnd,
  pointWidth,
  type Table,
} from "../../model/profile.ts";
import { readArguments } from "../arguments.ts";
import type { Command } from "../commands.ts";
import { type Column, formatTable } from "../table.ts";
import { type ClearedSpan, describeCleared, findCleared } from "./cleared-registers.ts";
import { DeviceAsker, REAL_SURROUNDINGS, type ReadingSurroundings } from "./device-asker.ts";
import { type NamedRegisters, readCoding, readRegisterWord } from "./register-words.ts";
import { chooseTarget, TARGET_FLAGS } from "./target.ts";

/** One line of what is printed. */
interface Row {
  readonly address: number;
  /** Registers as numbers of 16 bits, or one bit. */
  readonly words: readonly number[];
  /** Only where a type was named: null for "no reading", and a text where the bits are no value. */
  readonly value?: number | string | null;
}

type Coding = ReturnType<typeof readCoding>;

/**
 * Prints the registers. Exit code 1 when the device refuses some of them; what it gave is printed all the same.
 *
 * Errors: `CLI_USAGE`, and those of `chooseTarget` and `ModbusLink.request`.
 */
export function createRead(surroundings: ReadingSurroundings = REAL_SURROUNDINGS): Command {
  return async (argv, terminal) => {
    const texts = [...TARGET_FLAGS, "table", "type", "placement", "word-order", "byte-order"];
    const options = readArguments(argv, 2, { texts });
    const named = readRegisterWord(options.words[1] ?? "", options);
    const coding = readCoding(options);
    if (isBitTable(named.table) && options.text("type") !== undefined) {
      throw new GatewayError(
        "CLI_USAGE",
        `--type: found ${options.text("type")}, expected none: a ${named.table} is one bit.`,
      );
    }
    const width = coding.type === undefined ? 1 : pointWidth(coding.type);
    const span = { ...named, count: named.count * width };
    if (span.address + span.count > 0x1_0000) {
      throw new GatewayError("CLI_USAGE", `${named.count} values of ${coding.type} end beyond address 65535.`);
    }
    const { settings, profile, cleared } = await chooseTarget(options, terminal);
    refuseInPassing(cleared, span);
    using asker = new DeviceAsker(settings, surroundings);
    const most = isBitTable(named.table)
      ? BITS_PER_READ_MAX
      : Math.max(width, settings.max_registers ?? profile?.maxRegisters ?? REGISTERS_PER_READ_MAX);
    const { words, refusal, tookMs } = await readSpan(asker, span, most - (most % width), width);
    const rows = toRows(span.address, words, coding);
    const text = coding.placement === undefined ? undefined : decodeText(words, coding.placement);
    if (options.json) {
      const told = { schema: 1, device: asker.name, table: named.table, address: named.address, rows };
      const spelled = text === undefined ? {} : { text };
      terminal.out(`${JSON.stringify({ ...told, ...spelled, refusal: refusal ?? null }, null, 2)}\n`);
    } else if (rows.length > 0) {
      const end = span.address + words.length - 1;
      const what = words.length === 1 ? `${span.address}` : `${span.address} to ${end}`;
      const lines = [...layOut(named.table, rows, coding, profile), ...spellText(text)];
      terminal.out(`${[`${asker.name}, ${named.table} ${what}, ${tookMs} ms:`, "", ...lines].join("\n")}\n`);
    }
    if (refusal === undefined) return EXIT.ok;
    terminal.err(`tidegate modbus read: ${refusal}\n`);
    return EXIT.failed;
  };
}

function spellText(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return ["", text === "" ? "There is no text in them." : `As text: "${text}"`];
}

/** What a read clears is read when it is meant, and by a read of nothing else. Errors: `CLI_USAGE`. */
function refuseInPassing(cleared: readonly ClearedSpan[], { table, address, count }: NamedRegisters): void {
  const span = findCleared(cleared, { table, address, count });
  if (span === undefined || (address === span.start && address + count === span.end)) return;
  throw new GatewayError(
    "CLI_USAGE",
    `found ${count} registers with ${describeCleared(span)}, expected registers without it, or it alone: what this read ` +
      "takes, the gateway misses.",
  );
}

/** By this a device says, among other things, that a request is too long for it. */
const TOO_LONG = 3;

/**
 * Reads in requests of at most `most`, up to the first that is refused; one that may be too long is halved. Shape:
 * `most` is a multiple of `width`, which is never split.
 */
async function readSpan(
  asker: DeviceAsker,
  { table, address, count }: NamedRegisters,
  most: number,
  width: number,
): Promise<{ words: readonly number[]; refusal?: string; tookMs: number }> {
  const words: number[] = [];
  let tookMs = 0;
  let partMax = most;
  while (words.length < count) {
    const part = Math.min(partMax, count - words.length);
    const answer = await asker.ask({ table, address: address + words.length, count: part });
    tookMs += Math.round(answer.took);
    if (answer.kind === "exception" && answer.code === TOO_LONG && part > width) {
      partMax = width * Math.ceil(part / width / 2);
      continue;
    }
    if (answer.kind === "exception") return { words, refusal: answer.message, tookMs };
    for (let index = 0; index < part; index += 1) {
      words.push(isBitTable(table) ? decodeTableBit(answer.data, index) : answer.data.getUint16(2 * index));
    }
  }
  return { words, tookMs };
}

function toRows(start: number, words: readonly number[], { type, ...order }: Coding): readonly Row[] {
  if (type === undefined) return words.map((word, index) => ({ address: start + index, words: [word] }));
  const width = pointWidth(type);
  const decoder = new RegisterDecoder({ type, ...order, sentinels: [] });
  return Array.from({ length: Math.floor(words.length / width) }, (_, index) => {
    const own = words.slice(index * width, (index + 1) * width);
    return { address: start + index * width, words: own, value: toValue(decoder.decode(viewOf(own), 0), type) };
  });
}

/** Gives null for "no reading", and in words why bits are no value. */
function toValue(value: number, type: PointType): number | string | null {
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? value : `no ${type}`;
}

/** Lays registers into memory as they came over the wire. */
export function viewOf(words: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(2 * words.length));
  for (const [index, word] of words.entries()) view.setUint16(2 * index, word);
  return view;
}

/** Spells registers in hexadecimal. */
export function formatHex(words: readonly number[]): string {
  return words.map((word) => word.toString(16).toUpperCase().padStart(4, "0")).join(" ");
}

function layOut(
  table: Table,
  rows: readonly Row[],
  { type }: Coding,
  profile: ModbusProfile | undefined,
): readonly string[] {
  const points = profile?.points.filter((point) => point.table === table) ?? [];
  const hasPoints = points.length > 0;
  const columns: readonly Column[] = [
    { heading: "ADDRESS" },
    { heading: "NUMBER", align: "right" },
    ...(isBitTable(table) ? [] : [{ heading: "HEX" }]),
    ...(isBitTable(table) || type !== undefined
      ? [{ heading: "VALUE", align: "right" as const }]
      : [
          { heading: "UNSIGNED", align: "right" as const },
          { heading: "SIGNED", align: "right" as const },
          { heading: "TEXT" },
        ]),
    ...(hasPoints ? [{ heading: "POINT" }] : []),
  ];
  const cells = rows.map((row) => [
    formatAddress({ address: row.address, table }),
    registerNumberOf({ address: row.address, table }),
    ...(isBitTable(table) ? [] : [formatHex(row.words)]),
    ...(isBitTable(table) ? [String(row.words[0])] : valueCells(row)),
    ...(hasPoints ? [pointsAt(points, row).join(", ")] : []),
  ]);
  return formatTable(columns, cells);
}

function valueCells({ words, value }: Row): readonly string[] {
  if (value !== undefined) return [value === null ? "no reading" : String(value)];
  const [word = 0] = words;
  return [String(word), String((word << 16) >> 16), textOf(word)];
}

/** Two characters, of which those that cannot be printed are dots; empty where neither can. */
function textOf(word: number): string {
  const text = String.fromCharCode(word >> 8, word & 0xff).replaceAll(/[^\x20-\x7e]/gu, ".");
  return text === ".." ? "" : text;
}

function pointsAt(points: readonly Point[], { address, words }: Row): readonly string[] {
  return points
    .filter((point) => point.address < address + words.length && pointEnd(point) > address)
    .map(({ name }) => name);
}

function isBitTable(table: Table): boolean {
  return table === "coil" || table === "discrete-input";
}
