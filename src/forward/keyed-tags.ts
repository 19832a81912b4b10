/**
 * Tags as pairs of key and value, each key once, for intakes that want it so.
 *
 * A tag that is a word alone has the value `true`, as where others turn such tags into pairs. Several values of a key
 * are joined by commas, in the order of the tags, which are sorted.
 */

import type { Series } from "../model/series.ts";
import type { GatewayIdentity } from "./gateway-identity.ts";

/** The value of a tag that has none. */
const BARE_VALUE = "true";

/** Makes pairs of tags, sorted by key. `spellKey` spells the keys; those that become one in it are one. */
export function toKeyedTags(tags: readonly string[], spellKey: (key: string) => string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const tag of tags) {
    const [key, value] = splitTag(tag);
    const spelled = spellKey(key);
    const former = pairs.get(spelled);
    pairs.set(spelled, former === undefined ? value : `${former},${value}`);
  }
  return new Map([...pairs].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Makes the pairs of a series with the host's name and tags; a host tag gives way to a tag of the series. */
export function toKeyedTagsWithHost(
  series: Pick<Series, "tags">,
  { hostname, tags }: Pick<GatewayIdentity, "hostname" | "tags">,
  hostKey: string,
  spellKey: (key: string) => string,
): ReadonlyMap<string, string> {
  const own = toKeyedTags(series.tags, spellKey);
  const all = new Map([...toKeyedTags(tags, spellKey), [hostKey, hostname] as const, ...own]);
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function splitTag(tag: string): readonly [key: string, value: string] {
  const colon = tag.indexOf(":");
  if (colon <= 0) return [tag, BARE_VALUE];
  return [tag.slice(0, colon), tag.slice(colon + 1) || BARE_VALUE];
}
