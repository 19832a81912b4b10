/** Names that the kernel shows, and that anything may stand in: in messages, and in tags. */

import { showFound } from "../../telemetry/show-found.ts";

/** So many say what is there. */
const LISTED_MAX = 12;

/** Lists names for a message, the first of them where there are many. */
export function listFound(names: readonly string[]): string {
  const shown = names.slice(0, LISTED_MAX).map(showFound);
  return names.length <= LISTED_MAX ? shown.join(", ") : `${shown.join(", ")} and ${names.length - LISTED_MAX} more`;
}

/** Makes a name fit for a tag. Source: Datadog documentation, Getting Started with Tags, Define tags. */
export function fitTag(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}_\-./]+/gu, "_");
}
