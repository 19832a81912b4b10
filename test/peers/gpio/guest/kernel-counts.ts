/** What the kernel of the board counts of a line by itself, beside what it tells those who read the line. */

import { readFileSync, writeFileSync } from "node:fs";

const TRACING = "/sys/kernel/tracing";

/**
 * Runs once for each edge that goes into the queue of a line, with the number of its interrupt. Where a second
 * interrupt comes before it ran for the first, it runs once for both.
 *
 * Source: Linux, drivers/gpio/gpiolib-cdev.c, edge_irq_thread.
 */
const QUEUEING = "edge_irq_thread irq=%x0:s32";

/** Counts of one line since the board was started. */
export interface KernelCounts {
  /** Interrupts that a processor took. */
  readonly interrupts: number;
  /** Edges that were put into a queue, also those that had to go from it again because nobody read. */
  readonly queued: number;
}

/** Has the kernel count what it queues, from now on. */
export function startCounting(): void {
  writeFileSync(`${TRACING}/kprobe_events`, `p:gpio_edges/queued ${QUEUEING}`);
  writeFileSync(`${TRACING}/events/gpio_edges/queued/trigger`, "hist:keys=irq");
}

/** Reads the counts of a line of a chip. */
export function countsOf(chip: string, line: number): KernelCounts {
  const rows = readFileSync("/proc/interrupts", "utf8").split("\n");
  const row = rows.map((each) => each.trim().split(/ +/u)).find((words) => isRowOf(words, chip, line));
  if (row === undefined) return { interrupts: 0, queued: 0 };
  const [irq = ""] = row;
  const queues = readFileSync(`${TRACING}/events/gpio_edges/queued/hist`, "utf8");
  const queue = new RegExp(`\\{ irq: +${Number.parseInt(irq, 10)} \\} hitcount: +(\\d+)`, "u").exec(queues);
  const perProcessor = row.slice(1, row.indexOf(chip)).map(Number);
  return { interrupts: perProcessor.reduce((sum, each) => sum + each, 0), queued: Number(queue?.[1] ?? 0) };
}

/** Shape: the interrupt, how often each processor took it, its chip, the line of that, and more. */
function isRowOf(words: readonly string[], chip: string, line: number): boolean {
  const at = words.indexOf(chip);
  return at !== -1 && words[at + 1] === String(line);
}

/** What was counted between two moments. */
export function countsBetween(from: KernelCounts, to: KernelCounts): KernelCounts {
  return { interrupts: to.interrupts - from.interrupts, queued: to.queued - from.queued };
}
