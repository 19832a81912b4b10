import { createDatadogIntake } from "../../src/forward/intakes/datadog/intake.ts";
import { createDatadogNotes } from "../../src/forward/intakes/datadog/notes.ts";
import type { DatadogConfig } from "../../src/model/config.ts";
import type { Intake, NoteIntake } from "../../src/model/intake.ts";
import { seconds } from "../../src/model/time.ts";
import { HOST } from "./known-points.ts";

type KnownPlace = Pick<DatadogConfig, "url" | "apiKey" | "seriesApi" | "encoding" | "compression" | "hostTagsOnSeries">;

const IDENTITY = { hostname: HOST, tags: [], version: "0.0.0" };

/** The gateway's own intake, sending known points. */
export function createKnownIntake(place: KnownPlace): Intake {
  return createDatadogIntake(configOf(place), IDENTITY);
}

/** The gateway's own intake of notes, sending known ones. */
export function createKnownNotes(place: KnownPlace): NoteIntake {
  return createDatadogNotes(configOf(place), IDENTITY, () => place.apiKey);
}

function configOf(place: KnownPlace): DatadogConfig {
  return {
    name: "peer",
    kind: "datadog",
    ...place,
    flushInterval: seconds(10),
    timeout: seconds(20),
    maxAge: seconds(3600),
  };
}
