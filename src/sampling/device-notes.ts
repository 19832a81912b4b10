/** From what an input tells of a device to notes: with the tags of its instance, and the check as their source. */

import type { InstanceConfig } from "../model/config.ts";
import type { DeviceEvent, DeviceServiceCheck } from "../model/input.ts";
import type { Event, ServiceCheck } from "../model/note.ts";
import { toSortedTags } from "../model/series.ts";
import type { EpochMillis } from "../model/time.ts";

/** Makes the event of an instance. Units: `now` milliseconds since 1970. */
export function toEvent({ check, name, tags: ownTags }: InstanceConfig, told: DeviceEvent, now: EpochMillis): Event {
  const { title, text, aggregationKey, alertType = "warning", tags = [], at = now } = told;
  return {
    ...{ title, text, aggregationKey, at, source: check },
    ...{ alertType, priority: "normal", tags: [`instance:${name}`, ...tags, ...ownTags] },
  };
}

/** Makes the service check of an instance. Units: `now` milliseconds since 1970. */
export function toServiceCheck(instance: InstanceConfig, told: DeviceServiceCheck, now: EpochMillis): ServiceCheck {
  const tags = toSortedTags([`instance:${instance.name}`, ...told.tags, ...instance.tags]);
  return { ...told, tags, at: now };
}
