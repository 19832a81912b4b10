import type { Status } from "../../src/model/status.ts";
import type { PlantView } from "./plant-display.ts";

const LOG_LINES_MAX = 3;

/** How things stand in the plant. */
export interface PlantState {
  readonly elapsedSeconds: number;
  /** Undefined when the plant runs until someone ends it. */
  readonly seconds: number | undefined;
  readonly seed: number;
  /** Why there is no serial port; empty when there is one. */
  readonly lineLack: string;
  /** What should be known of other machines. */
  readonly machineNotes: readonly string[];
  /** Undefined until the gateway answers. */
  readonly status: Status | undefined;
  readonly intake: {
    readonly isAway: boolean;
    readonly points: number;
    readonly distinct: number;
    readonly violations: number;
  };
  /** The gateway's log lines. */
  readonly logLines: readonly string[];
}

/** Puts into words what only the plant knows. */
export function toPlantView({
  elapsedSeconds,
  seconds,
  seed,
  status,
  intake,
  lineLack,
  machineNotes,
  logLines,
}: PlantState): PlantView {
  const until = seconds === undefined ? "" : ` of ${formatClock(seconds)}`;
  const isThere = intake.isAway ? "away" : "open";
  const counts = `holds ${intake.distinct} readings of ${intake.points} sent, ${intake.violations} violations`;
  return {
    title: `Tidegate plant ${formatClock(elapsedSeconds)}${until}, seed ${seed}`,
    status,
    notes: [
      ...(status === undefined ? ["the gateway is starting"] : []),
      `plant's intake ${isThere}, ${counts}`,
      ...(lineLack === "" ? [] : [`no serial port, so press and pump speak RTU over TCP: ${lineLack}`]),
      ...machineNotes,
    ],
    logLines: logLines.slice(-LOG_LINES_MAX),
  };
}

function formatClock(seconds: number): string {
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  return `${String(minutes).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}
