import type { NoteIntake } from "../model/intake.ts";
import { type Millis, seconds } from "../model/time.ts";
import type { Note } from "./note-sender.ts";

/** How often the host is described: host tags that changed, or were forgotten, are right again after this time. */
const HOST_INTERVAL: Millis = seconds(1800);

/** Makes the note that describes the host. Source: Datadog Agent, interval of host metadata: 30 minutes. */
export function createHostNote(intake: NoteIntake): Note {
  return { name: "host metadata", interval: HOST_INTERVAL, compose: () => intake.encodeHost(), taken: () => false };
}
