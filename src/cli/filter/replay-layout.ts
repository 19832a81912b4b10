/** Lays a replay out for a terminal of 80 columns: what is saved, then what is odd, then what each metric costs. */

import { formatScore } from "../../filter/marking/stretch-words.ts";
import { formatAge, formatBytes, formatCount } from "../quantities.ts";
import { formatTable, wrapWords } from "../table.ts";
import { fitEnd } from "../text-width.ts";
import { formatShort } from "../value-cells.ts";
import type { OddReport, ReplayReport, SeriesReport } from "./replay-report.ts";

const COLUMNS = 80;

/** Lines of each list; `--json` has all. */
const ODD_SHOWN = 12;
const ROWS_SHOWN = 20;

/** What stands in one row: a metric of several series, or one of them. */
interface Row extends Pick<SeriesReport, "readings" | "name" | "full" | "companions"> {
  readonly title: string;
}

/** Writes all of it. With `isBySeries` series have a line each, else the metrics do. */
export function formatReplay(report: ReplayReport, isBySeries: boolean): string {
  const { from_at: from, to_at: to } = report;
  if (from === null || to === null) {
    return `${wrapWords("The log holds no readings of that time and those series.", COLUMNS).join("\n")}\n`;
  }
  const parts = [
    [...describeSetting(report, from, to), ...describeCaveats(report)],
    formatWire(report),
    formatOdd(report),
    formatRows(isBySeries ? report.series.map(toRow) : joinMetrics(report.series), isBySeries),
    describeTruth(report),
  ];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function describeSetting(report: ReplayReport, from: number, to: number): string[] {
  const { options, intake, flush_interval_s: flush } = report;
  const setting = options === "" ? "as configured" : `as configured, with ${options}`;
  return [
    ...wrapWords(`Replay of ${formatSecond(from)} to ${formatSecond(to)} UTC, ${formatAge(to - from)}`, COLUMNS),
    ...wrapWords(`The filter: ${setting}`, COLUMNS),
    ...wrapWords(`For the intake: ${intake}, which is sent to every ${flush} s`, COLUMNS),
  ];
}

function describeCaveats({ series, unreadable, is_thinning: isThinning, is_stopped: isStopped }: ReplayReport) {
  const watched = series.filter(({ mode }) => mode !== "all");
  const learning = series.filter(({ is_learning: isLearning }) => isLearning).length;
  const caveats = [
    ...(isStopped ? ["Stopped before its end: this is what was found until then."] : []),
    ...(watched.length === 0 ? ["The filter is not for any of these series."] : []),
    ...(isThinning ? [] : ["This intake says `thinning: false` and gets everything until that is taken out."]),
    ...(learning === 0
      ? []
      : [
          `${countOf(learning, "series", "series")} still learned at the end and could be odd only beyond a threshold: a detector learns ` +
            "from what the log holds before --from, most of them for a day.",
        ]),
    ...(unreadable === 0
      ? []
      : [`Up to ${formatCount(unreadable)} samples are damaged and left out: see \`tidegate log verify\`.`]),
  ];
  return caveats.flatMap((caveat) => wrapWords(caveat, COLUMNS));
}

function formatWire({ before, after }: ReplayReport): string[] {
  const more = after.series - before.series;
  const right = { align: "right" } as const;
  return formatTable(
    [
      { heading: "" },
      { heading: "Everything", ...right },
      { heading: "With the filter", ...right },
      { heading: "Saved", ...right },
    ],
    [
      ["Bytes sent", formatBytes(before.bytes), formatBytes(after.bytes), percentSaved(before.bytes, after.bytes)],
      [
        "Requests",
        formatCount(before.requests),
        formatCount(after.requests),
        percentSaved(before.requests, after.requests),
      ],
      ["Points", formatCount(before.points), formatCount(after.points), percentSaved(before.points, after.points)],
      ["Series", formatCount(before.series), formatCount(after.series), more > 0 ? `${formatCount(more)} more` : "-"],
    ],
  );
}

function formatOdd({ odd, odd_left_out: leftOut }: ReplayReport): string[] {
  const total = odd.length + leftOut;
  if (total === 0) return ["Nothing was odd."];
  const rows = odd.slice(0, ODD_SHOWN).flatMap((stretch) => formatStretch(stretch));
  const more = total - Math.min(odd.length, ODD_SHOWN);
  return [
    `Odd: ${countOf(total, "stretch", "stretches")}, moments in UTC`,
    ...rows,
    ...(more === 0 ? [] : [`  and ${formatCount(more)} more; --json has ${leftOut === 0 ? "all" : "the first 1,000"}`]),
  ];
}

function formatStretch(stretch: OddReport): string[] {
  const { start_at: start, end_at: end, is_under_way: isUnderWay, unit, metric, tags, expected } = stretch;
  const peak = `${formatShort(stretch.peak_value)}${unit === "" ? "" : ` ${unit}`}`;
  const usual = expected === null ? "" : `, expected ${formatShort(expected.low)} to ${formatShort(expected.high)}`;
  const until = isUnderWay ? "goes on" : `to ${formatSecond(end).slice(11)}, ${formatAge(end - start)}`;
  return [
    fitEnd(`  ${formatSecond(start)} ${until}; score ${formatScore(stretch.score)}`, COLUMNS),
    fitEnd(`    peak ${peak} at ${formatSecond(stretch.peak_at).slice(11)}${usual}`, COLUMNS),
    ...wrapName(spell(metric, tags), 4),
  ];
}

function formatRows(rows: readonly Row[], isBySeries: boolean): string[] {
  const right = { align: "right" } as const;
  const table = formatTable(
    [
      { heading: "Readings", ...right },
      { heading: "NAME", ...right },
      { heading: "NAME.full", ...right },
      { heading: "Companions", ...right },
      { heading: isBySeries ? "Series" : "Metric" },
    ],
    rows
      .slice(0, ROWS_SHOWN)
      .map(({ readings, name, full, companions, title }) => [
        ...[readings, name, full, companions].map(formatCount),
        title,
      ]),
  );
  const more = rows.length - ROWS_SHOWN;
  return [
    ...table.map((line, index) => (index === 1 ? line.slice(0, COLUMNS) : line)).flatMap((line) => breakTitle(line)),
    ...(more > 0 ? [`and ${formatCount(more)} more; --json has all`] : []),
  ];
}

/** What is too long for its line goes on in the next. */
function breakTitle(line: string): string[] {
  if (line.length <= COLUMNS) return [line];
  const at = line.lastIndexOf("  ") + 2;
  return [line.slice(0, at).trimEnd(), ...wrapName(line.slice(at), 4)];
}

function describeTruth({ series, hours_compared: hours }: ReplayReport): string[] {
  const compared = series.flatMap((each) => {
    const { hour_differs_percent: percent } = each;
    return percent === null ? [] : [{ ...each, percent }];
  });
  const [worst] = compared.toSorted((one, other) => other.percent - one.percent);
  if (worst === undefined) return ["No whole hour was replayed, so averages by the hour were not compared."];
  const what = `Averages and sums of NAME by the hour differ by ${formatPercent(worst.percent)} at most`;
  const where = worst.percent === 0 ? [] : wrapName(spell(worst.metric, worst.tags), 2);
  return [...wrapWords(`${what}, of ${countOf(hours, "hour of a series", "hours of series")}.`, COLUMNS), ...where];
}

function joinMetrics(series: readonly SeriesReport[]): readonly Row[] {
  const rows = new Map<string, Row & { readonly count: number }>();
  for (const { metric, readings, name, full, companions } of series) {
    const row = rows.get(metric);
    rows.set(metric, {
      count: (row?.count ?? 0) + 1,
      readings: readings + (row?.readings ?? 0),
      name: name + (row?.name ?? 0),
      full: full + (row?.full ?? 0),
      companions: companions + (row?.companions ?? 0),
      title: metric,
    });
  }
  const saved = ({ readings, name, full, companions }: Row): number => readings - name - full - companions;
  return [...rows.values()]
    .sort((one, other) => saved(other) - saved(one))
    .map((row) => ({ ...row, title: row.count === 1 ? row.title : `${row.title} (${row.count} series)` }));
}

function toRow({ metric, tags, ...counts }: SeriesReport): Row {
  return { ...counts, title: spell(metric, tags) };
}

function spell(metric: string, tags: readonly string[]): string {
  return tags.length === 0 ? metric : `${metric}{${tags.join(",")}}`;
}

function wrapName(name: string, indent: number): string[] {
  const width = COLUMNS - indent;
  const lines = Math.ceil(name.length / width);
  return Array.from({ length: lines }, (_, line) => " ".repeat(indent) + name.slice(line * width, (line + 1) * width));
}

function percentSaved(before: number, after: number): string {
  // Rounded to 0, a little more than before would be minus nothing.
  return before === 0 ? "-" : `${(100 - (100 * after) / before).toFixed(1).replace(/^-0\.0$/u, "0.0")} %`;
}

function formatPercent(percent: number): string {
  return percent === 0 || percent >= 0.001 ? `${Number(percent.toPrecision(2))} %` : "less than 0.001 %";
}

function countOf(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function formatSecond(at: number): string {
  return new Date(at).toISOString().replace("T", " ").slice(0, 19);
}
