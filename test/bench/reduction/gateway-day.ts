/** A whole gateway on a clock of its own: learns the plant for a while, and then has its day. */

import type { PlantMachine } from "../../../hardware-sim/signals/plant-signals.ts";
import { Gateway } from "../../../src/gateway.ts";
import type { GatewayConfig, InstanceConfig } from "../../../src/model/config.ts";
import type { FilterPolicy } from "../../../src/model/filter.ts";
import { type EpochMillis, epochMillis, type Millis, seconds } from "../../../src/model/time.ts";
import { openLevelLog } from "../../../src/store/level-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeDisk } from "../../support/fake-database.ts";
import { createKeepingLogger } from "../../support/keeping-logger.ts";
import { LOG_OPTIONS } from "../../support/log-options.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import type { DayIntake } from "./day-intake.ts";
import { createPlantInput, PLANT } from "./plant-input.ts";
import type { PlantedEvent } from "./planted-events.ts";

const HOUR = 3600;

/** How long the gateway goes on after the day: what ends with the day is told then, and it does not end a run. */
const AFTER = 90;

/** How the intake is flushed where nothing is configured. */
const FLUSH = seconds(10);

/** What runs. */
export interface DayOptions {
  readonly seed: number;
  readonly machines: readonly PlantMachine[];
  readonly events: readonly PlantedEvent[];
  readonly filter: FilterPolicy;
  /** Hours of ordinary operation before the day, as long as the plant has run then. */
  readonly learnHours: number;
  /** Whether the gateway runs in these hours too. */
  readonly isLearning: boolean;
  readonly hours: number;
  readonly hasSelfMetrics: boolean;
  /** How often each point is read. */
  readonly interval: Millis;
  /** Whether the log keeps all of it, and the intake hears how the gateway stops; leaving it out means that not. */
  readonly isWhole?: boolean;
}

/** When the day begins. */
export function beginOfDay({ learnHours }: Pick<DayOptions, "learnHours">): EpochMillis {
  return epochMillis(new FakeClock().now() + 1000 * learnHours * HOUR);
}

/** What is left of a day: the disk that the log is on, and the clock. */
export interface DayLeft {
  readonly disk: FakeDisk;
  readonly clock: FakeClock;
}

/** Lets the day pass; the intake listens to it alone, or until the gateway has stopped (`isWhole`). */
export async function passDay(options: DayOptions, intake: DayIntake): Promise<DayLeft> {
  const { seed, events, learnHours, isLearning, hours } = options;
  const clock = new FakeClock();
  const startedAt = clock.now();
  const dayAt = beginOfDay(options);
  const disk = new FakeDisk();
  const config = configOf(options);
  if (!isLearning) await clock.advance(seconds(learnHours * HOUR));
  const gateway = new Gateway({
    config,
    problems: [],
    inputs: [createPlantInput({ seed, events, startedAt, dayAt })],
    log: await openLevelLog(disk.open(), clock, config.store, () => undefined),
    openHttp: () => intake,
    clock,
    random: createSeededRandom(seed),
    logger: createKeepingLogger(),
    version: "0.0.0",
    pid: 1,
  });
  await gateway.start();
  const end = dayAt + 1000 * (hours * HOUR + AFTER);
  while (clock.now() < end) {
    intake.isListening = clock.now() >= dayAt;
    const next = clock.now() < dayAt ? dayAt : end;
    await clock.advance(seconds(Math.min(600, (next - clock.now()) / 1000)));
    // The fake disk remembers every write for tests that ask; a day of them is more than there is room for.
    disk.writes.length = 0;
    disk.writeBack();
  }
  intake.isListening = options.isWhole === true;
  await clock.until(gateway.stop());
  return { disk, clock };
}

/** The configuration of the gateway. */
export function configOf({
  machines,
  filter,
  interval,
  hasSelfMetrics,
  learnHours,
  hours,
  isWhole,
}: DayOptions): GatewayConfig {
  const kept = isWhole === true ? 2 * HOUR * (learnHours + hours) : HOUR;
  return {
    file: "tidegate.yaml",
    hostname: "plant",
    tags: ["site:demo"],
    runPath: "run",
    logLevel: "info",
    hasSelfMetrics,
    hasSelfEvents: false,
    store: { ...LOG_OPTIONS, path: "run/log", maxBytes: 500_000_000, history: seconds(kept) },
    seriesMax: 10_000,
    clockPolicy: "auto",
    intakes: [
      {
        name: "datadog",
        kind: "datadog",
        url: "http://intake.test",
        apiKey: "0".repeat(32),
        flushInterval: FLUSH,
        timeout: seconds(20),
        maxAge: seconds(HOUR),
      },
    ],
    checks: [
      {
        name: PLANT,
        input: PLANT,
        instances: machines.map((name, line) => instanceOf(name, line + 1, interval, filter)),
      },
    ],
  };
}

function instanceOf(name: PlantMachine, line: number, interval: Millis, filter: FilterPolicy): InstanceConfig {
  return {
    check: PLANT,
    name,
    file: "conf.d/plant.yaml",
    line,
    tags: [],
    namespace: "",
    interval,
    filter,
    settings: {},
  };
}
