/**
 * An event to the JSON of `POST /api/v1/events`, cut to what the intake takes. What is cut says so.
 *
 * Source: Datadog API reference, Post an event.
 */

import { crc32 } from "node:zlib";
import type { Event } from "../../../model/note.ts";
import { AGGREGATION_KEY_CHARACTERS_MAX, EVENT_TEXT_CHARACTERS_MAX } from "./limits.ts";
import { type DatadogSender, toTags } from "./series-dialects.ts";

/** Longest title and text of a brief event: what any intake takes that takes events at all. */
const BRIEF_CHARACTERS_MAX = 200;

/** Where Markdown begins and ends. */
const MARKDOWN_FENCE = "%%%";

/** Spells an event as the intake takes it; a brief one has little of its title and text, and no tags but the host's. */
export function toEventEntry(event: Event, isBrief: boolean, sender: Pick<DatadogSender, "hostname" | "tags">): object {
  const whole = event.title === "" ? event.source : event.title;
  const title = isBrief ? cutText(whole, BRIEF_CHARACTERS_MAX) : whole;
  return {
    title,
    // The intake wants some text.
    text: cutText(event.text === "" ? whole : event.text, isBrief ? BRIEF_CHARACTERS_MAX : EVENT_TEXT_CHARACTERS_MAX),
    date_happened: Math.floor(event.at / 1000),
    priority: event.priority,
    alert_type: event.alertType,
    host: sender.hostname,
    tags: toTags(isBrief ? [] : event.tags, sender),
    ...(event.aggregationKey === "" ? {} : { aggregation_key: toAggregationKey(event.aggregationKey) }),
    source_type_name: event.source,
  };
}

/** Cuts what is too long and says how much was cut; Markdown is closed again. Units: UTF-16 units, as JSON counts. */
function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const end = (kept: number): string => {
    const fence = text.startsWith(MARKDOWN_FENCE) ? `\n${MARKDOWN_FENCE}` : "";
    return ` ... (${text.length - kept} more characters)${fence}`;
  };
  // Half a pair of surrogates is no character.
  const kept = text.slice(0, lengthMax - end(0).length).replace(/[\uD800-\uDBFF]$/u, "");
  return `${kept}${end(kept.length)}`;
}

/** Keys that differ only where they are too long stay different. */
function toAggregationKey(key: string): string {
  if (key.length <= AGGREGATION_KEY_CHARACTERS_MAX) return key;
  const mark = `~${crc32(key).toString(16).padStart(8, "0")}`;
  return `${key.slice(0, AGGREGATION_KEY_CHARACTERS_MAX - mark.length).replace(/[\uD800-\uDBFF]$/u, "")}${mark}`;
}
