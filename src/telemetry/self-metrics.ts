/** What the gateway tells of itself: from its status to samples, in the words of the catalogue. */

import { SELF_METRICS, type SelfMetricName } from "../model/metrics.ts";
import type { Series } from "../model/series.ts";
import type { BusStatus, InstanceStatus, IntakeStatus, Status } from "../model/status.ts";
import { countDropped } from "../model/tally.ts";

/** A value the gateway tells of itself. */
export interface SelfReading {
  readonly series: Series;
  readonly value: number;
}

/** What the gateway tells of itself is to cost few series: intakes and buses beyond these are not told of. */
const READINGS_MAX = 24;
const INTAKES_MAX = 2;
const BUSES_MAX = 4;

/**
 * Reads the gateway's own metrics off its status. Buses get what room is left.
 *
 * Units: those of the catalogue. Limits: 24 readings.
 */
export function readSelfMetrics(status: Status): readonly SelfReading[] {
  const { instances, log } = status;
  const sum = (count: (instance: InstanceStatus) => number): number =>
    instances.reduce((total, instance) => total + count(instance), 0);
  const polls = sum((instance) => instance.polls);
  const failed = sum((instance) => instance.failed_polls);
  const late = sum((instance) => instance.late_polls);
  const faults = sum((instance) => instance.faults.length);
  const slowest = Math.max(0, ...instances.map((instance) => instance.last_poll?.duration_ms ?? 0));
  // What is dropped is missing to every intake, from the day on that its books were opened.
  const dropped = Math.max(0, ...status.intakes.map(({ books }) => countDropped(books.dropped)));
  const own = [
    reading("tidegate.uptime", Math.max(0, status.now - status.started_at) / 1000),
    reading("tidegate.log.bytes", log.bytes),
    reading("tidegate.log.fill", (100 * log.bytes) / log.bytes_max),
    reading("tidegate.log.unwritten", log.at_risk),
    reading("tidegate.log.syncs", log.syncs),
    reading("tidegate.series", log.series),
    reading("tidegate.polls", polls),
    reading("tidegate.polls.failed", failed),
    reading("tidegate.polls.late", late),
    reading("tidegate.poll.duration", slowest / 1000),
    reading("tidegate.faults", faults),
    reading("tidegate.dropped", dropped),
    ...readFilter(instances),
  ];
  const ofIntakes = status.intakes.slice(0, INTAKES_MAX).flatMap(readIntake);
  const room = Math.min(BUSES_MAX, READINGS_MAX - own.length - ofIntakes.length);
  return [...own, ...(status.buses ?? []).slice(0, room).flatMap(readBus), ...ofIntakes];
}

/** Nothing where no detector watches anything. */
function readFilter(instances: readonly InstanceStatus[]): readonly SelfReading[] {
  const filters = instances.flatMap(({ filter }) => filter ?? []);
  if (filters.length === 0) return [];
  return [
    reading(
      "tidegate.filter.odd",
      filters.reduce((sum, { odd }) => sum + odd, 0),
    ),
    reading(
      "tidegate.filter.learning",
      filters.reduce((sum, { learning }) => sum + learning, 0),
    ),
  ];
}

function readBus({ bus, utilisation }: BusStatus): readonly SelfReading[] {
  return utilisation === null ? [] : [reading("tidegate.bus.utilisation", 100 * utilisation, [`bus:${bus}`])];
}

function readIntake({ name, books }: IntakeStatus): readonly SelfReading[] {
  const { waiting, delivered, expired, rejected, held_back: heldBack = 0 } = books;
  const tags = [`intake:${name}`];
  return [
    reading("tidegate.intake.waiting", waiting, tags),
    reading("tidegate.intake.delivered", delivered, tags),
    reading("tidegate.intake.lost", expired.too_old + expired.log_full + expired.unreadable + rejected, tags),
    reading("tidegate.intake.withheld", heldBack, tags),
  ];
}

function reading(metric: SelfMetricName, value: number, tags: readonly string[] = []): SelfReading {
  return { series: { metric, tags, kind: "gauge", unit: SELF_METRICS[metric].unit }, value };
}
