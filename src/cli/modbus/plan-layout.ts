/** What `modbus plan` prints: each bus, what is polled on it, and by which requests. */

import { NETWORK_MS, TURNAROUND_MS } from "../../inputs/modbus/read-cost.ts";
import { formatCount } from "../quantities.ts";
import { type Column, formatTable } from "../table.ts";
import { complainOfBus, type PlannedBus, type PlannedPoll } from "./plan-buses.ts";

const COLUMNS: readonly Column[] = [
  { heading: "TABLE" },
  { heading: "FIRST", align: "right" },
  { heading: "LAST", align: "right" },
  { heading: "POINTS", align: "right" },
  { heading: "BYTES", align: "right" },
  { heading: "MS", align: "right" },
];

/** What only the open port can tell. */
const ADAPTER_NOTE =
  "A USB adapter that holds answers back adds that to each request; `status` tells of one that does.";

/** Lays the plans of buses out; `isShown` chooses whose requests are listed. */
export function formatPlan(buses: readonly PlannedBus[], isShown: (poll: PlannedPoll) => boolean): string {
  const lines = buses.flatMap((bus) => {
    const shown = bus.polls.filter(isShown);
    if (shown.length === 0) return [];
    const complaint = complainOfBus(bus);
    const load = `${bus.bus} is in use ${(100 * bus.utilisation).toFixed(1)} % of the time.`;
    return [load, ...(complaint === undefined ? [] : [`Warning: ${complaint}`]), "", ...shown.flatMap(formatPoll)];
  });
  const note =
    `Predicted with ${TURNAROUND_MS} ms for a device to answer and ${NETWORK_MS} ms for a network; ` +
    "devices are slower and faster.";
  const hasPort = buses.some(({ bus, polls }) => bus.startsWith("serial:") && polls.some(isShown));
  return [...lines, note, ...(hasPort ? [ADAPTER_NOTE] : []), ""].join("\n");
}

function formatPoll({
  instance,
  read_with: others,
  interval_s,
  requests,
  registers,
  bits,
  bytes,
  ms,
  reads,
}: PlannedPoll): string[] {
  const amounts = [
    countOf(requests, "request"),
    ...(registers === 0 ? [] : [countOf(registers, "register")]),
    ...(bits === 0 ? [] : [countOf(bits, "bit")]),
    countOf(bytes, "byte"),
    `${ms.toFixed(1)} ms`,
  ];
  const rows = reads.map((read) => [
    read.table,
    String(read.address),
    String(read.address + read.count - 1),
    String(read.points),
    String(read.bytes),
    read.ms.toFixed(1),
  ]);
  const whose = others.length === 0 ? instance : `${instance} and ${others.join(", ")} together`;
  return [`${whose}, every ${interval_s} s: ${amounts.join(", ")}`, ...formatTable(COLUMNS, rows), ""];
}

function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
