/** Pages, and parts of pages, that say what the code says: rendered from it, so that they cannot disagree. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderEditorSchemas, SCHEMA_FOLDER } from "../src/config/editor-schemas.ts";
import { listProfileIdsOf } from "../src/config/profiles.ts";
import { inputs } from "../src/inputs/registry.ts";
import { ERRORS } from "../src/model/errors.ts";
import {
  HOST_METRICS,
  METRICS,
  type Metric,
  SELF_METRICS,
  toHomeAssistant,
  toPrometheus,
} from "../src/model/metrics.ts";
import { datadogUnit } from "../src/model/units.ts";
import { SELF_EVENTS } from "../src/telemetry/self-events.ts";
import { ROOMS, type Room } from "../test/tidy/layers.ts";
import { renderCheckTypes } from "./check-types.ts";
import {
  fieldRows,
  instanceKeyRows,
  intakeKeyRows,
  mainKeyRows,
  qualityRuleRows,
  renderExample,
  renderMainExample,
  schemaLineRows,
  settingRows,
  talkRows,
} from "./config-tables.ts";

const KEY_HEAD = ["What to write", "Default", "Meaning"];

/** Renders every page; gives the text by the path from `root`. */
export function renderPages(root: string): ReadonlyMap<string, string> {
  const withTables = (path: string, tables: Readonly<Record<string, string>>): [string, string] => [
    path,
    Object.entries(tables).reduce(
      (text, [marker, table]) => replaceBetween(text, marker, table, path),
      readFileSync(join(root, path), "utf8"),
    ),
  ];
  return new Map([
    ["docs/errors.md", renderErrors()],
    ["docs/metrics.md", renderMetrics()],
    withTables("docs/architecture.md", { "room table": renderRooms() }),
    withTables("docs/configuration.md", {
      "schema lines": toTable(["File", "First line"], schemaLineRows()),
      "main keys": toTable(["Key", "Variable", ...KEY_HEAD], mainKeyRows()),
      "intake keys": toTable(["Type", "Key", ...KEY_HEAD], intakeKeyRows()),
      "instance keys": toTable(["Key", ...KEY_HEAD], instanceKeyRows()),
    }),
    withTables("docs/quality.md", {
      "quality rules": toTable(["Key", "What to write", "Verdict", "Counted as", "Meaning"], qualityRuleRows()),
    }),
    ["conf.d/tidegate.yaml.example", renderMainExample()],
    [
      `${SCHEMA_FOLDER}/tidegate-check.d.ts`,
      renderCheckTypes(readFileSync(join(root, "src/platform/check-class.ts"), "utf8")),
    ],
    ...[...renderEditorSchemas(inputs, (input) => listProfileIdsOf(input, [join(root, "device-profiles")]))].map(
      ([name, text]): [string, string] => [`${SCHEMA_FOLDER}/${name}`, text],
    ),
    ...inputs.flatMap((entry): [string, string][] => [
      withTables(`src/inputs/${entry.name}/README.md`, {
        "config table": toTable(["Key", ...KEY_HEAD], settingRows(entry.settings)),
        ...(entry.takesFields
          ? {
              "talk table": toTable(["Key", ...KEY_HEAD], talkRows()),
              "field table": toTable(["Key", ...KEY_HEAD], fieldRows()),
            }
          : {}),
      }),
      [`conf.d/${entry.name}.d/conf.yaml.example`, renderExample(entry)],
    ]),
  ]);
}

function renderErrors(): string {
  const rows = Object.entries(ERRORS).map(([code, { stage, retry, exit, summary }]) => [
    `\`${code}\``,
    stage,
    retry,
    String(exit),
    summary,
  ]);
  return page(
    "Errors",
    "Every error has a code that stays the same; the message beside it says what was found, what was expected and what to" +
      "\ndo, and may get better. `Retry` says how soon it makes sense to try again, `Exit` is the exit code of a command that" +
      "\nends with it.",
    toTable(["Code", "Stage", "Retry", "Exit", "Meaning"], rows),
  );
}

function renderMetrics(): string {
  const toRows = (metrics: Readonly<Record<string, Metric>>): string[][] =>
    Object.entries(metrics).map(([name, { unit, course, description }]) => [`\`${name}\``, unit, course, description]);
  const head = ["Metric", "Unit", "Course", "What it is"];
  const namesElsewhere = Object.entries(METRICS).map(([name, metric]) => {
    const { component, deviceClass, stateClass, unit } = toHomeAssistant(metric);
    const prometheus = toPrometheus(name, metric.unit, metric.course);
    return [
      `\`${name}\``,
      datadogUnit(metric.unit) ?? "none",
      `\`${prometheus.name}\``,
      prometheus.type,
      [component, deviceClass ?? "no device class", stateClass, unit].filter((part) => part !== undefined).join(", "),
    ];
  });
  const events = Object.values(SELF_EVENTS).map(({ about, alertType, priority, description }) => [
    `\`tidegate.${about}:HOST\``,
    alertType,
    priority,
    description,
  ]);
  return page(
    "Metrics",
    "Every quantity has one name and one unit, whatever a device calls it and in whatever unit it answers. Phases, sides and" +
      "\nparts of a machine are tags. A measurement goes up and down; a total only grows until the device starts over, and what" +
      "\nis sent is its reading, as a gauge; a state is 1 or 0.",
    `${toTable(head, toRows(METRICS))}
## The host's own

The input \`linux\` tells of the machine that the gateway runs on. Names and units of \`system.*\` are the Datadog Agent's.

${toTable(head, toRows(HOST_METRICS))}
## The gateway's own

Where \`self_metrics\` asks for them, the gateway sends these of itself every 15 seconds; those of an intake carry the
tag \`intake\`. A total counts from the gateway's start, or from that of the books of an intake.

${toTable(head, toRows(SELF_METRICS))}
## Names elsewhere

Numbers are the same everywhere, in the unit above; only names differ. Datadog is sent the name above and, where its
list has the unit, the unit. Prometheus' names end in the unit and, of a total, in \`_total\`; a total is a counter there,
so that \`rate\` and \`increase\` see the device start over. Home Assistant is told the component, the device class where
it has one that means the metric, the state class, and the unit.

${toTable(["Metric", "Datadog unit", "Prometheus name", "Prometheus type", "Home Assistant"], namesElsewhere)}
## Events of the gateway itself

Where \`self_events\` is on, the gateway tells what happens to it. Events of one key are shown as one stream.

${toTable(["Aggregation key", "Alert type", "Priority", "What happened"], events)}`,
  );
}

function renderRooms(): string {
  return toTable(
    ["Room", "Tier", "What lives there", "May import"],
    ROOMS.map((room) => [`\`${room.place}\``, String(room.tier ?? "-"), room.purpose, importsAllowed(room)]),
  );
}

function importsAllowed({ place, tier }: Room): string {
  if (tier === undefined) return "`src/model`, `src/config/profiles.ts`";
  if (tier === 0) return "nothing; of `valibot`, types";
  const below = tier === 1 ? "tier 0" : `tiers 0 to ${tier - 1}`;
  return place === "src/cli" ? `${below}; in \`sim.ts\`, lazily, \`hardware-sim\`` : below;
}

function page(title: string, introduction: string, table: string): string {
  return `<!-- Rendered by \`npm run docs\`; edit what it is rendered from. -->\n\n# ${title}\n\n${introduction}\n\n${table}`;
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}

/** Errors: one that names the page when it has no place for the table. */
function replaceBetween(text: string, marker: string, table: string, path: string): string {
  const place = new RegExp(`(?<=^<!-- ${marker}[^>]*-->\\n)[\\s\\S]*?(?=^<!-- end -->$)`, "mu");
  if (!place.test(text)) throw new Error(`${path} has no lines "<!-- ${marker} -->" and "<!-- end -->"`);
  return text.replace(place, () => table);
}
