import * as v from "valibot";
import { parseJsonPath } from "../../decode/json-path.ts";
import { TIME_FORMATS } from "../../decode/loose-values.ts";
import { canonicalUnit, metricOf } from "../../model/metrics.ts";
import { RESERVED_TAG_KEYS } from "../../model/series.ts";
import { isUnit, UNIT_SYMBOLS, unitFactor, unitsLike } from "../../model/units.ts";
import { parseTemplate, type Template } from "./template.ts";
import { parseTopicPattern } from "./topic-pattern.ts";

/** How the payload of a message is read. */
export const PAYLOADS = ["plain", "json", "sparkplug"] as const;

const METRIC_WANTED =
  "a metric such as temperature or plant.{quantity}\nLetters, digits, underscores and dots; {name} for a named level of the topic.";

const metricField = v.pipe(
  v.string(),
  v.title("a metric such as temperature or plant.{quantity}"),
  v.regex(/^[A-Za-z{](?:[\w.]|\{[^{}]+\})*$|^\{[^{}]+\}[\w.{}$[\]]*$/u, METRIC_WANTED),
  v.check((text) => parseTemplate(text) !== undefined, METRIC_WANTED),
  v.examples(["temperature"]),
  v.description("The metric, of the catalogue or your own; `{name}` stands for a named level of the topic."),
);

const unitField = v.pipe(
  v.string(),
  v.title("a unit such as degC"),
  v.check(isUnit, "a unit such as degC, bar or kWh\ndocs/metrics.md lists them all."),
  v.metadata({ editor: { enum: UNIT_SYMBOLS } }),
  v.examples(["degC"]),
  v.description("The unit of the value; left out, that of the catalogue, or none for a metric of your own."),
);

const tagsField = v.optional(
  v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.title("a tag such as site:berlin"),
        v.regex(/^\p{L}[^\s,:]*:[^\s,]+$|^\p{L}[^\s,:]*$/u, "a tag such as site:berlin or serial:{$.id}"),
        v.check((text) => parseTemplate(text) !== undefined, "a tag whose braces hold a name, or a path such as $.id"),
        v.check(
          (text) => !isReserved(text.split(":", 1)[0] ?? ""),
          `a tag with another key than ${RESERVED_TAG_KEYS.join(", ")}\nThe gateway sets these by itself.`,
        ),
      ),
    ),
    v.examples([["site:berlin", "serial:{$.id}"]]),
    v.description("Tags beside those of named levels; `{name}` for such a level, `{$.path}` for a part of JSON."),
  ),
  [],
);

const statesField = v.optional(
  v.pipe(
    v.record(
      v.pipe(v.string(), v.regex(/^-?\d+$/u, "a whole number, such as 3")),
      v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
    ),
    v.examples([{ 0: "idle", 1: "running" }]),
    v.description("What values are called, by their number: such a word in a message becomes the number."),
  ),
);

const scaleField = v.pipe(
  v.optional(v.pipe(v.number(), v.finite(), v.notValue(0, "a number other than 0")), 1),
  v.description("What values are multiplied by."),
);

const pathField = v.pipe(
  v.string(),
  v.title("a path such as $.motor.temp or sensors[{sensor}].value"),
  v.check((text) => parseJsonPath(text) !== undefined, "a path such as $.motor.temp or sensors[{sensor}].value"),
);

const fieldEntry = v.strictObject({
  path: v.optional(
    v.pipe(
      pathField,
      v.examples(["$.motor.temp"]),
      v.description("With `json`: where the value is; `{name}` stands for every key or place, and becomes a tag."),
    ),
  ),
  name: v.optional(
    v.pipe(v.string(), v.minLength(1), v.examples(["Motor/Temp"]), v.description("With `sparkplug`: which metric.")),
  ),
  metric: metricField,
  unit: v.optional(unitField),
  scale: scaleField,
  states: statesField,
  tags: tagsField,
});

/** What a value of a message becomes. */
export type FieldSettings = v.InferOutput<typeof fieldEntry>;

/** Examples leave out what has a default. */
const FIELD_EXAMPLES = [[{ path: "$.temp", metric: "temperature", unit: "degC" }]];

const entryFields = v.strictObject({
  topic: v.pipe(
    v.string(),
    v.title("a topic such as plant/{line}/+/temperature"),
    v.check(
      (text) => typeof parseTopicPattern(text) !== "string",
      "a topic such as plant/{line}/+/temperature\nLevels are joined by /, each a text, + or {name}; # or {name...} stand only at the end, and each name once.",
    ),
    v.examples(["plant/{line}/{machine}/temperature"]),
    v.description("Which messages: `+` and `#` as in MQTT; `{line}` is a `+` that becomes a tag, `{rest...}` a `#`."),
  ),
  payload: v.pipe(
    v.optional(v.picklist(PAYLOADS), "plain"),
    v.description("`plain` for one value as text, `json`, or `sparkplug` for Sparkplug B."),
  ),
  metric: v.optional(metricField),
  unit: v.optional(unitField),
  scale: scaleField,
  states: statesField,
  tags: tagsField,
  time: v.optional(
    v.pipe(
      pathField,
      v.examples(["$.time"]),
      v.description("With `json`: where its moment is; left out, the moment at which it came."),
    ),
  ),
  time_format: v.pipe(
    v.optional(v.picklist(TIME_FORMATS), "auto"),
    v.description(
      "How the moment is written: `iso`, or a count since 1970 in `s`, `ms`, `us` or `ns`; `auto` tells them apart.",
    ),
  ),
  retained: v.optional(
    v.pipe(
      v.picklist(["use", "ignore"]),
      v.examples(["use"]),
      v.description(
        "What becomes of a value the broker kept, of which nobody knows the age: left out, ignored unless it has a moment.",
      ),
    ),
  ),
  fields: v.optional(
    v.pipe(
      v.array(fieldEntry),
      v.minLength(1),
      v.examples(FIELD_EXAMPLES as never),
      v.description("The values of a `json` message; with `sparkplug` the metrics that are meant, all when left out."),
    ),
  ),
});

/** What is subscribed to, and what becomes of it. */
export const topicEntry = v.pipe(
  entryFields,
  v.forward(
    v.check(
      ({ payload, metric }) => payload !== "plain" || metric !== undefined,
      "a metric such as temperature\nAdd a line `metric: ...` that says what the value is.",
    ),
    ["metric"],
  ),
  v.forward(
    v.check(
      ({ payload, fields }) => payload !== "json" || fields !== undefined,
      "a list of what to take from the JSON\nAdd `fields:`, and below it `- path: $.temp` with its `metric:`.",
    ),
    ["fields"],
  ),
  v.forward(
    v.check(
      ({ payload, fields = [] }) => payload !== "json" || fields.every(({ path }) => path !== undefined),
      "a path in each of them\nAdd a line `path: $.temp` to the field that has none.",
    ),
    ["fields"],
  ),
  v.forward(
    v.check(
      ({ payload, fields = [] }) => payload !== "sparkplug" || fields.every(({ name }) => name !== undefined),
      "the name of a Sparkplug metric in each of them\nAdd a line `name: Motor/Temp` to the field that has none.",
    ),
    ["fields"],
  ),
  v.forward(
    v.check(({ payload, fields }) => payload !== "plain" || fields === undefined, "no fields\nSet `payload: json`."),
    ["fields"],
  ),
  v.forward(
    v.check(
      ({ payload, metric }) => payload !== "json" || metric === undefined,
      "no metric\nWith `json` each of the `fields` has its own.",
    ),
    ["metric"],
  ),
  v.forward(
    v.check(
      ({ payload, time }) => payload === "json" || time === undefined,
      "no time\nOnly JSON has places; a Sparkplug message says its moment by itself.",
    ),
    ["time"],
  ),
  v.forward(
    v.check((entry) => complainOfNames(entry) === undefined, "names that stand in braces in the topic or the path"),
    ["metric"],
  ),
  v.forward(
    v.check(
      (entry) => allNames(entry).every((name) => !isReserved(name)),
      `names other than ${RESERVED_TAG_KEYS.join(", ")}\nThe gateway sets tags of these keys by itself; name the level as something else.`,
    ),
    ["topic"],
  ),
  v.forward(
    v.check(
      (entry) => meanings(entry).every(({ metric, unit }) => fits(metric, unit)),
      ({ input }) => unitWanted(input),
    ),
    ["unit"],
  ),
);

/** One entry of `topics`. */
export type TopicSettings = v.InferOutput<typeof topicEntry>;

type Entry = v.InferOutput<typeof entryFields>;

/** The names a Sparkplug message gives by itself. */
export const SPARKPLUG_NAMES = ["group", "node", "device", "name"] as const;

function isReserved(key: string): boolean {
  return RESERVED_TAG_KEYS.includes(key.toLowerCase());
}

function meanings({ metric, unit, fields = [] }: Entry): readonly { metric: string; unit: string | undefined }[] {
  return [
    ...(metric === undefined ? [] : [{ metric, unit }]),
    ...fields.map((field) => ({ metric: field.metric, unit: field.unit })),
  ];
}

function fits(metric: string, unit: string | undefined): boolean {
  if (unit === undefined || !isUnit(unit) || metricOf(metric) === undefined) return true;
  return unitFactor(unit, canonicalUnit(metric, unit)) !== undefined;
}

function unitWanted(entry: Entry): string {
  const { metric = "", unit = "" } = meanings(entry).find((each) => !fits(each.metric, each.unit)) ?? {};
  const fitting = unitsLike(canonicalUnit(metric, unit));
  if (fitting.length === 0) return `no unit, because ${metric} has none\nDelete the line.`;
  return `a unit that ${metric} can be kept in\nOne of ${fitting.join(", ")}.`;
}

function allNames({ topic, fields = [] }: Entry): readonly string[] {
  const pattern = parseTopicPattern(topic);
  const own = typeof pattern === "string" ? [] : pattern.names;
  return [...own, ...fields.flatMap(({ path }) => (path === undefined ? [] : (parseJsonPath(path)?.names ?? [])))];
}

/** Names a template that asks for a name nobody gives. */
function complainOfNames(entry: Entry): string | undefined {
  const pattern = parseTopicPattern(entry.topic);
  const own = [
    ...(typeof pattern === "string" ? [] : pattern.names),
    ...(entry.payload === "sparkplug" ? SPARKPLUG_NAMES : []),
  ];
  const checkOf = (texts: readonly string[], names: readonly string[]): string | undefined =>
    texts.find((text) => !isFilled(parseTemplate(text), names, entry.payload === "json"));
  const ofFields = (entry.fields ?? []).map(({ metric, tags, path }) =>
    checkOf([metric, ...tags], [...own, ...(path === undefined ? [] : (parseJsonPath(path)?.names ?? []))]),
  );
  const ownTexts = [...(entry.metric === undefined ? [] : [entry.metric]), ...entry.tags];
  return [checkOf(ownTexts, own), ...ofFields].find((text) => text !== undefined);
}

function isFilled(template: Template | undefined, names: readonly string[], hasDocument: boolean): boolean {
  if (template === undefined) return true;
  return template.names.every((name) => names.includes(name)) && (hasDocument || !template.hasPaths);
}
