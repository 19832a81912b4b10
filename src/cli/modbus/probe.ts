/** `tidegate modbus probe`: what the registers at one address may mean, the plausible first. */

import { formatAddress } from "../../config/register-address.ts";
import { interpretRegisters } from "../../decode/interpretations.ts";
import { type Expectation, type Judged, judgeInterpretations } from "../../decode/plausibility.ts";
import { scaleDecimal } from "../../decode/scale.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import type { Table } from "../../model/profile.ts";
import { type Millis, seconds, sleep } from "../../model/time.ts";
import { UNIT_SYMBOLS } from "../../model/units.ts";
import { type CommandArguments, readArguments } from "../arguments.ts";
import type { Command } from "../commands.ts";
import { type Column, formatTable } from "../table.ts";
import { type ClearedSpan, describeCleared, findCleared } from "./cleared-registers.ts";
import {
  DeviceAsker,
  REAL_SURROUNDINGS,
  type ReadingSurroundings,
  type TableRead,
  toExceptionError,
} from "./device-asker.ts";
import { formatHex } from "./read.ts";
import { readRegisterWord } from "./register-words.ts";
import { chooseTarget, TARGET_FLAGS } from "./target.ts";

/** What quantities usually are, by their unit. Units: the key. */
const USUAL: Readonly<Record<string, readonly [number, number]>> = {
  V: [10, 1500],
  A: [0.01, 5000],
  Hz: [45, 65],
  W: [1, 1e6],
  kW: [0.001, 1e4],
  var: [-1e6, 1e6],
  VA: [1, 1e6],
  Wh: [1, 1e9],
  kWh: [0.1, 1e7],
  degC: [-40, 150],
  "%": [0.1, 100],
  bar: [0.01, 400],
  rpm: [10, 20_000],
};

/** As many registers as the widest types take, then fewer where the device does not have that many. */
const WIDTHS = [4, 3, 2, 1] as const;

/** Exceptions by which a device says that it does not have so many registers there. */
const REFUSALS: ReadonlySet<number> = new Set([2, 3]);

const TIMES = 3;
const TIMES_MAX = 60;
const PAUSE = seconds(1);

/** Rows that are shown unless all are asked for. */
const SHOWN_MAX = 12;

const COLUMNS: readonly Column[] = [
  { heading: "VERDICT" },
  { heading: "TYPE" },
  { heading: "ORDER" },
  { heading: "VALUE", align: "right" },
  { heading: "SCALE", align: "right" },
  { heading: "WHY" },
];

/** What was found at one address. */
interface Place {
  readonly table: Table;
  readonly address: number;
  readonly reads: readonly DataView[];
}

/**
 * Reads one address several times and prints its meanings.
 *
 * Errors: `CLI_USAGE`, `INPUT_EXCEPTION`, and those of `chooseTarget` and `ModbusLink.request`.
 */
export function createProbe(surroundings: ReadingSurroundings = REAL_SURROUNDINGS): Command {
  return async (argv, terminal) => {
    const texts = [...TARGET_FLAGS, "table", "expect", "times"];
    const options = readArguments(argv, 2, { texts, flags: ["all"] });
    const { table, address, count } = readRegisterWord(options.words[1] ?? "", options);
    const isBit = table === "coil" || table === "discrete-input";
    if (isBit || count > 1) {
      const found = isBit ? `a ${table}, which is one bit` : `${count} registers`;
      throw new GatewayError("CLI_USAGE", `found ${found}, expected one address of holding or input registers.`);
    }
    const expected = readExpectation(options);
    const times = readTimes(options);
    const { settings, cleared } = await chooseTarget(options, terminal);
    refuseCleared(cleared, { table, address, count });
    const mayRead = (read: TableRead): boolean => findCleared(cleared, read) === undefined;
    using asker = new DeviceAsker(settings, surroundings);
    const pause = (): Promise<void> => sleep(surroundings.clock, "the next read of probe", PAUSE as Millis);
    const widths = WIDTHS.filter((width) => address + width <= 0x1_0000 && mayRead({ table, address, count: width }));
    const place = await readPlace(asker, { table, address, widths }, times, pause);
    const judged = judgeInterpretations(interpretRegisters(place.reads), expected);
    const hint = expected === undefined ? undefined : await lookBeside(asker, place, judged, expected, mayRead);
    if (options.json) terminal.out(`${JSON.stringify(toJson(asker.name, place, judged), null, 2)}\n`);
    else terminal.out(`${layOut(asker.name, place, judged, options.has("all"), hint).join("\n")}\n`);
    return EXIT.ok;
  };
}

/** What is read several times must bear it. Errors: `CLI_USAGE`. */
function refuseCleared(cleared: readonly ClearedSpan[], read: TableRead): void {
  const span = findCleared(cleared, read);
  if (span === undefined) return;
  throw new GatewayError(
    "CLI_USAGE",
    `found ${describeCleared(span)}, expected a register that keeps what it holds: probe reads several times, and the ` +
      "gateway would miss what these reads take. Its value is in `tidegate check --table`.",
  );
}

/** Takes a number, or a unit whose usual values are expected. Errors: `CLI_USAGE`. */
function readExpectation(options: CommandArguments): Expectation | undefined {
  const written = options.text("expect");
  if (written === undefined) return undefined;
  const usual = Object.hasOwn(USUAL, written) ? USUAL[written] : undefined;
  if (usual !== undefined) return { kind: "between", lowest: usual[0], highest: usual[1] };
  const value = Number(written);
  if (written.trim() !== "" && Number.isFinite(value) && value !== 0) return { kind: "about", value };
  const known = Object.keys(USUAL).join(", ");
  const isUnit = UNIT_SYMBOLS.some((symbol) => symbol === written);
  const what = isUnit ? `${written}, of which nothing is usual` : written;
  throw new GatewayError(
    "CLI_USAGE",
    `--expect: found ${what}, expected the number on the display, or one of ${known}.`,
  );
}

function readTimes(options: CommandArguments): number {
  const written = options.text("times");
  const times = written === undefined ? TIMES : Number(written);
  if (Number.isInteger(times) && times >= 1 && times <= TIMES_MAX) return times;
  throw new GatewayError("CLI_USAGE", `--times: found ${written}, expected a whole number from 1 to ${TIMES_MAX}.`);
}

/** Reads as many registers as the device gives in one go, several times. Errors: `INPUT_EXCEPTION`. */
async function readPlace(
  asker: DeviceAsker,
  { table, address, widths }: Pick<Place, "table" | "address"> & { readonly widths: readonly number[] },
  times: number,
  pause: () => Promise<void>,
): Promise<Place> {
  for (const count of widths) {
    const first = await asker.ask({ table, address, count });
    if (first.kind === "exception") {
      if (count > 1 && REFUSALS.has(first.code)) continue;
      throw toExceptionError(first);
    }
    const reads = [copyOf(first.data)];
    while (reads.length < times) {
      await pause();
      const next = await asker.ask({ table, address, count });
      if (next.kind === "exception") throw toExceptionError(next);
      reads.push(copyOf(next.data));
    }
    return { table, address, reads };
  }
  throw new GatewayError("INPUT_EXCEPTION", `there is no register at ${address}.`);
}

/** A link may use the memory of an answer again. */
function copyOf(data: DataView): DataView {
  return new DataView(new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice().buffer);
}

/**
 * Looks at the addresses before and behind: manuals count from 0 or from 1, and between neighbours that hold much the
 * same, what is read one address off looks right in another order.
 */
async function lookBeside(
  asker: DeviceAsker,
  { table, address, reads }: Place,
  here: readonly Judged[],
  expected: Expectation,
  mayRead: (read: TableRead) => boolean,
): Promise<string | undefined> {
  const isFound = here.some(({ verdict }) => verdict === "likely");
  const [own] = judgeInterpretations(interpretRegisters(reads.slice(-1)), expected);
  for (const beside of [address - 1, address + 1].filter((each) => each >= 0 && each < 0xffff)) {
    const read = { table, address: beside, count: 2 };
    if (!mayRead(read)) continue;
    const answer = await asker.ask(read);
    if (answer.kind === "exception") continue;
    const [best] = judgeInterpretations(interpretRegisters([copyOf(answer.data)]), expected);
    if (best?.verdict !== "likely" || (isFound && best.score <= (own?.score ?? 0))) continue;
    const side = beside < address ? "before" : "behind";
    const where = `At ${formatAddress({ address: beside, table })}, one ${side}, ${best.types[0]} ${best.letters} is`;
    const why = isFound ? "which is likelier still" : "and nothing here is as expected";
    return `${where} ${scaledValueOf(best)}, ${why}: the manual may count its registers otherwise.`;
  }
  if (isFound) return undefined;
  return "Nothing here is as expected, nor one address before or behind: compare table and address with the manual.";
}

function layOut(
  name: string,
  { table, address, reads }: Place,
  judged: readonly Judged[],
  isWhole: boolean,
  hint: string | undefined,
): readonly string[] {
  const shown = isWhole ? judged : judged.filter(({ verdict }) => verdict !== "unlikely").slice(0, SHOWN_MAX);
  const left = judged.length - shown.length;
  const rows = shown.map((each) => [
    each.verdict,
    each.types.join(", "),
    each.letters,
    formatValue(each),
    each.scale === 1 ? "" : String(each.scale),
    each.reasons.join("; "),
  ]);
  const [best] = judged;
  return [
    `${name}, ${formatAddress({ address, table })}, read ${reads.length} times: ${reads.map(hexOf).join(" | ")}`,
    "",
    ...(rows.length === 0 ? ["Nothing plausible."] : formatTable(COLUMNS, rows)),
    ...(left === 0 ? [] : ["", `${left} that are less likely are left out; --all shows them.`]),
    ...(hint === undefined ? [] : ["", hint]),
    ...(best === undefined || best.verdict !== "likely" ? [] : ["", `In a profile: ${pointOf(best, table, address)}`]),
  ];
}

/** As it would be with its scale; where it moved, from the first to the last. */
function formatValue(judged: Judged): string {
  const [first = Number.NaN] = judged.values;
  const last = judged.values.at(-1) ?? first;
  const [from, to] = [first, last].map((value) => textOf(scaleDecimal(value, judged.scale)));
  return from === to ? `${to}` : `${from} .. ${to}`;
}

function scaledValueOf(judged: Judged): number {
  return scaleDecimal(judged.values.at(-1) ?? Number.NaN, judged.scale);
}

function textOf(value: number): string {
  if (Number.isNaN(value)) return "no reading";
  if (!Number.isFinite(value)) return "no value";
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e15 || size < 1e-6) ? value.toExponential(3) : String(Number(value.toPrecision(9)));
}

function hexOf(data: DataView): string {
  return formatHex(Array.from({ length: data.byteLength / 2 }, (_, index) => data.getUint16(2 * index)));
}

function pointOf({ types, wordOrder, byteOrder, scale, letters }: Judged, table: Table, address: number): string {
  const keys = [
    `table: ${table}, address: ${address}, type: ${types[0]}`,
    ...(letters.length > 2 && wordOrder !== "high-word-first" ? [`word_order: ${wordOrder}`] : []),
    ...(byteOrder === "high-byte-first" ? [] : [`byte_order: ${byteOrder}`]),
    ...(scale === 1 ? [] : [`scale: ${scale}`]),
  ];
  return `{ ${keys.join(", ")} }`;
}

function toJson(name: string, { table, address, reads }: Place, judged: readonly Judged[]): unknown {
  const candidates = judged.map(
    ({ types, wordOrder, byteOrder, letters, values, verdict, scale, course, reasons }) => ({
      ...{ types, word_order: wordOrder, byte_order: byteOrder, letters, verdict, scale, course, reasons },
      values: values.map((value) => (Number.isFinite(value) ? value : null)),
    }),
  );
  return { schema: 1, device: name, table, address, registers: reads.map(hexOf), candidates };
}
