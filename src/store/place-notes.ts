/** Notes at the moments they belong to: what a wrong clock stamped is placed as samples are (place-epochs.ts). */

import type { Event, ServiceCheck } from "../model/note.ts";
import { epochMillis } from "../model/time.ts";
import type { EpochTable } from "./epochs.ts";
import type { StampedEvent } from "./event-record.ts";
import type { StampedServiceCheck } from "./service-check-record.ts";

/** Marks an event of which only is known what came before and after it. */
const UNTRUSTED_TAG = "clock:untrusted";

/** Ends the message of such a service check: its tags say which one it is. */
const UNTRUSTED_WORDS = "(about then: the clock was not set)";

/** Gives an event its moment; one that is only known roughly has a tag that says so. */
export function placeEvent({ event, epoch }: StampedEvent, epochs: EpochTable): Event {
  if (epoch === undefined) return event;
  const at = epochMillis(event.at + epochs.offsetOf(epoch));
  return epochs.isBounded(epoch) ? { ...event, at, tags: [...event.tags, UNTRUSTED_TAG] } : { ...event, at };
}

/** Gives a service check its moment; one that is only known roughly says so. */
export function placeServiceCheck({ check, epoch }: StampedServiceCheck, epochs: EpochTable): ServiceCheck {
  if (epoch === undefined) return check;
  const at = epochMillis(check.at + epochs.offsetOf(epoch));
  return epochs.isBounded(epoch)
    ? { ...check, at, message: `${check.message} ${UNTRUSTED_WORDS}`.trim() }
    : { ...check, at };
}
