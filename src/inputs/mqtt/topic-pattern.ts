/**
 * Patterns of topics: levels as they are; `+` for any level; `{name}` for any level, which gets a name; and at the end
 * `#` or `{name...}` for all that follows.
 */

/** One level of a pattern. */
type Level =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "any"; readonly name: string | undefined }
  | { readonly kind: "rest"; readonly name: string | undefined };

/** A pattern that was understood. */
export interface TopicPattern {
  readonly text: string;
  /** What the broker is told. */
  readonly filter: string;
  readonly levels: readonly Level[];
  /** The names of its levels in braces, in their order. */
  readonly names: readonly string[];
}

const NAMED = /^\{([A-Za-z]\w*)(\.\.\.)?\}$/u;

/** Shared between several gateways by the broker, which hands each message to one of them. Source: MQTT 5.0, 4.8.2. */
const SHARED = /^\$share\/[^/+#]+\//u;

/** Source: MQTT 5.0, 4.7.3. */
const TOPIC_BYTES_MAX = 65_535;

/** Understands a pattern, or says what was expected instead. */
export function parseTopicPattern(text: string): TopicPattern | string {
  const share = SHARED.exec(text)?.[0] ?? "";
  const levels: Level[] = [];
  const parts = text.slice(share.length).split("/");
  if (text === "" || Buffer.byteLength(text) > TOPIC_BYTES_MAX) return "a topic of 1 to 65,535 bytes";
  for (const [index, part] of parts.entries()) {
    const level = parseLevel(part);
    if (level === undefined) return "levels joined by /, each a text, + or {name}; # or {name...} only at the end";
    if (level.kind === "rest" && index < parts.length - 1) return "# or {name...} only at the end";
    levels.push(level);
  }
  const names = levels.flatMap((level) => (level.kind !== "text" && level.name !== undefined ? [level.name] : []));
  if (new Set(names).size < names.length) return "each name once";
  return { text, filter: share + levels.map(filterLevel).join("/"), levels, names };
}

function parseLevel(part: string): Level | undefined {
  if (part === "+") return { kind: "any", name: undefined };
  if (part === "#") return { kind: "rest", name: undefined };
  const named = NAMED.exec(part);
  if (named?.[1] !== undefined) return { kind: named[2] === undefined ? "any" : "rest", name: named[1] };
  return /[+#{}\0]/u.test(part) ? undefined : { kind: "text", text: part };
}

function filterLevel(level: Level): string {
  if (level.kind === "text") return level.text;
  return level.kind === "any" ? "+" : "#";
}

/** Gives what the named levels are in a topic, by name; undefined where the topic does not fit. */
export function matchTopic(pattern: TopicPattern, topic: string): ReadonlyMap<string, string> | undefined {
  const { levels } = pattern;
  const parts = topic.split("/");
  // What a broker says of itself is meant only by who asks for it. Source: MQTT 5.0, 4.7.2.
  if (topic.startsWith("$") && levels[0]?.kind !== "text") return undefined;
  const captures = new Map<string, string>();
  for (const [index, level] of levels.entries()) {
    if (level.kind === "rest") {
      if (level.name !== undefined) captures.set(level.name, parts.slice(index).join("/"));
      return captures;
    }
    const part = parts[index];
    if (part === undefined || (level.kind === "text" && level.text !== part)) return undefined;
    if (level.kind === "any" && level.name !== undefined) captures.set(level.name, part);
  }
  return parts.length === levels.length ? captures : undefined;
}
