/** The topics of an instance, made ready: which message is meant by which entry, and what its values are called. */

import { type JsonPath, parseJsonPath } from "../../decode/json-path.ts";
import { metricSafe, type Naming, tagSafe } from "./point-book.ts";
import { fillTemplate, parseTemplate, type Template } from "./template.ts";
import { matchTopic, parseTopicPattern, type TopicPattern } from "./topic-pattern.ts";
import type { TopicSettings } from "./topic-spec.ts";

/** What one value of a message becomes. */
export interface FieldRule {
  /** Where it is in JSON; undefined for other payloads. */
  readonly path?: JsonPath | undefined;
  /** The Sparkplug metric it is; undefined where all are meant, and for other payloads. */
  readonly metricName?: string | undefined;
  readonly metric: Template;
  readonly unit?: string | undefined;
  readonly scale: number;
  readonly states?: Readonly<Record<string, string>> | undefined;
  /** Numbers by the words of `states`. */
  readonly numbers?: ReadonlyMap<string, number> | undefined;
  readonly tags: readonly Template[];
  /** Names that become tags of their own. */
  readonly tagNames: ReadonlySet<string>;
}

/** One entry of `topics`, made ready. */
export interface Route {
  readonly pattern: TopicPattern;
  readonly payload: TopicSettings["payload"];
  readonly rules: readonly FieldRule[];
  readonly time?: JsonPath | undefined;
  readonly timeFormat: TopicSettings["time_format"];
  readonly retained: TopicSettings["retained"];
}

/** A message's route, and what its topic says. */
export interface Routed {
  readonly route: Route;
  readonly captures: ReadonlyMap<string, string>;
}

/** Topics whose route is remembered; a sender that makes up topics costs no memory. */
const REMEMBERED_MAX = 5000;

/** The routes of an instance. */
export class Routes {
  readonly all: readonly Route[];
  readonly #remembered = new Map<string, Routed | null>();

  /** Shape: entries that passed their schema. */
  constructor(topics: readonly TopicSettings[]) {
    this.all = topics.map(createRoute);
  }

  /** What the broker is asked for. */
  get filters(): readonly string[] {
    return [...new Set(this.all.map(({ pattern }) => pattern.filter))];
  }

  /** Finds the route of a topic: the first that fits; undefined where none does. */
  find(topic: string): Routed | undefined {
    const known = this.#remembered.get(topic);
    if (known !== undefined) return known ?? undefined;
    const found = this.#search(topic);
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(topic, found ?? null);
    return found;
  }

  #search(topic: string): Routed | undefined {
    for (const route of this.all) {
      const captures = matchTopic(route.pattern, topic);
      if (captures !== undefined) return { route, captures };
    }
    return undefined;
  }
}

function createRoute(topic: TopicSettings): Route {
  const pattern = parseTopicPattern(topic.topic);
  if (typeof pattern === "string") throw new Error(`the topic ${topic.topic} passed its schema`);
  const fields = topic.fields ?? [
    { ...topic, metric: topic.metric ?? "{name}", path: undefined, name: undefined, tags: [] },
  ];
  return {
    pattern,
    payload: topic.payload,
    rules: fields.map((field) => createRule({ ...field, tags: [...topic.tags, ...field.tags] }, pattern.names)),
    time: topic.time === undefined ? undefined : parseJsonPath(topic.time),
    timeFormat: topic.time_format,
    retained: topic.retained,
  };
}

type Field = Pick<
  NonNullable<TopicSettings["fields"]>[number],
  "path" | "name" | "metric" | "unit" | "scale" | "states"
>;

function createRule(field: Field & { readonly tags: readonly string[] }, topicNames: readonly string[]): FieldRule {
  const { path, name, unit, scale, states } = field;
  const metric = templateOf(field.metric);
  const tags = field.tags.map(templateOf);
  const jsonPath = path === undefined ? undefined : parseJsonPath(path);
  const names = [...topicNames, ...(jsonPath?.names ?? [])];
  const numbers =
    states === undefined ? undefined : new Map(Object.entries(states).map(([at, word]) => [word, Number(at)]));
  return {
    ...{ path: jsonPath, metricName: name, metric, unit, scale, states, numbers, tags },
    tagNames: new Set(names.filter((each) => !metric.names.includes(each))),
  };
}

function templateOf(text: string): Template {
  const template = parseTemplate(text);
  if (template === undefined) throw new Error(`the text ${text} passed its schema`);
  return template;
}

/**
 * Names a value by its rule; undefined where metric or tags ask for what the message does not have.
 *
 * `captures` are what named parts stand for; `more` are tags beside those of the rule.
 */
export function nameValue(
  rule: FieldRule,
  captures: ReadonlyMap<string, string>,
  document: unknown,
  name: string,
  more: readonly string[] = [],
): Naming | undefined {
  const metric = fillTemplate(rule.metric, captures, document);
  if (metric === undefined) return undefined;
  const tags = [...more];
  for (const [key, value] of captures)
    if (rule.tagNames.has(key) && value !== "") tags.push(tagSafe(`${key}:${value}`));
  for (const template of rule.tags) {
    const tag = fillTemplate(template, captures, document);
    if (tag === undefined) return undefined;
    tags.push(tagSafe(tag));
  }
  return { name, metric: metricSafe(metric), unit: rule.unit, tags: tags.sort(), states: rule.states };
}
