/** `tidegate log export`: samples as CSV or as lines of JSON, as many as there are and a page at a time. */

import { EXIT, GatewayError } from "../../model/errors.ts";
import { FLAG } from "../../model/samples.ts";
import { systemClock } from "../../platform/system-clock.ts";
import { formatCount } from "../quantities.ts";
import type { LogErrand } from "./log.ts";
import type { PageAnswer } from "./log-answers.ts";
import { parseMoment } from "./moment.ts";
import { createSeriesFilter } from "./series-filter.ts";

/** Writes one sample as a line, which ends with its line break. */
type FormatRow = (sample: {
  readonly time: string;
  readonly metric: string;
  readonly tags: readonly string[];
  readonly value: number;
  readonly unit: string;
  readonly flags: readonly string[];
}) => string;

interface Format {
  readonly heading: string;
  readonly formatRow: FormatRow;
}

const FORMATS: Readonly<Record<string, Format>> = {
  csv: {
    heading: "time,metric,tags,value,unit,flags\n",
    formatRow: ({ time, metric, tags, value, unit, flags }) =>
      `${time},${quote(metric)},${quote(tags.join(","))},${value},${quote(unit)},${flags.join(" ")}\n`,
  },
  jsonl: { heading: "", formatRow: (sample) => `${JSON.stringify(sample)}\n` },
};

/** Prints the samples that were asked for, in the order they came. Errors: `CLI_USAGE`. */
export async function exportSamples({ desk, options, terminal }: LogErrand): Promise<number> {
  const word = options.text("format") ?? (options.json ? "jsonl" : "csv");
  const format = Object.hasOwn(FORMATS, word) ? FORMATS[word] : undefined;
  if (format === undefined) throw new GatewayError("CLI_USAGE", `expected csv or jsonl, found "${word}".`);
  const series = options.text("series") ?? "";
  createSeriesFilter(series);
  const now = systemClock.now();
  const momentOf = (name: string): number | null => {
    const text = options.text(name);
    return text === undefined ? null : parseMoment(text, now);
  };
  const wanted = { series, from_at: momentOf("from"), to_at: momentOf("to") };
  let isStopped = false;
  terminal.onSignals({
    stop: () => {
      isStopped = true;
    },
  });
  terminal.out(format.heading);
  let unreadable = 0;
  for (let next: number | null = 0; next !== null && !isStopped; ) {
    const page: PageAnswer = await desk.ask("page", { ...wanted, from: next });
    const text = formatPage(page, format.formatRow);
    if (text !== "") terminal.out(text);
    next = page.next;
    unreadable += page.unreadable;
  }
  if (unreadable > 0) {
    const what = "are damaged and left out; `tidegate log verify` says which";
    terminal.err(`tidegate log: up to ${formatCount(unreadable)} samples of that time ${what}.\n`);
  }
  return EXIT.ok;
}

function formatPage({ series, rows }: PageAnswer, formatRow: FormatRow): string {
  let text = "";
  for (const [row, id] of rows.series.entries()) {
    const { metric = "", tags = [], unit = "" } = series[id] ?? {};
    const time = new Date(rows.at[row] ?? 0).toISOString();
    text += formatRow({
      time,
      metric,
      tags,
      value: rows.value[row] ?? 0,
      unit,
      flags: nameFlags(rows.flags[row] ?? 0),
    });
  }
  return text;
}

const FLAG_WORDS = {
  suspect: "suspect",
  stale: "stale",
  clockUntrusted: "clock-untrusted",
  anomalous: "anomalous",
  historical: "historical",
  ordinary: "ordinary",
  context: "context",
  onset: "onset",
} as const satisfies Record<keyof typeof FLAG, string>;

function nameFlags(flags: number): readonly string[] {
  return Object.entries(FLAG)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => FLAG_WORDS[name as keyof typeof FLAG]);
}

/** Quotes what a reader of CSV would take apart. Source: RFC 4180. */
function quote(text: string): string {
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
