import { createDatadogIntake } from "../../src/forward/intakes/datadog/intake.ts";
import type { IntakeConfig } from "../../src/model/config.ts";
import type { Intake } from "../../src/model/intake.ts";
import { seconds } from "../../src/model/time.ts";
import { HOST } from "./known-points.ts";

/** The gateway's own intake, sending known points. */
export function createKnownIntake(place: Pick<IntakeConfig, "url" | "apiKey" | "seriesApi">): Intake {
  return createDatadogIntake(
    {
      name: "peer",
      kind: "datadog",
      ...place,
      flushInterval: seconds(10),
      timeout: seconds(20),
      maxAge: seconds(3600),
    },
    { hostname: HOST, tags: [], version: "0.0.0" },
  );
}
