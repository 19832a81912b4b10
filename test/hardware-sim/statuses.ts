import type { BooksStatus, InstanceStatus, Status, ValueStatus } from "../../src/model/status.ts";

/** Books that balance: 100 sampled, of these 2 dropped, 90 delivered, 3 collapsed, 5 waiting. */
export const BOOKS: BooksStatus = {
  sampled: 100,
  dropped: { "out-of-range": 2 },
  delivered: 90,
  collapsed: 3,
  thinned: 0,
  expired: { too_old: 0, log_full: 0, unreadable: 0 },
  rejected: 0,
  waiting: 5,
};

/** A value read half a second before the status was made. */
export function value(metric: string, tags: readonly string[], number: number, unit: string): ValueStatus {
  return { metric, tags, value: number, unit, at: 9_500 };
}

/** A healthy instance. */
export function instance(name: string, changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    check: "modbus",
    instance: name,
    source: "conf.d/modbus.yaml:2",
    profile: `tidegate/${name}`,
    bus: "tcp://127.0.0.1:1502",
    state: "OK",
    interval_s: 1,
    polls: 10,
    failed_polls: 0,
    late_polls: 0,
    sampled: 50,
    series: 5,
    events: { last_run: 0, total: 0 },
    service_checks: { last_run: 0, total: 1 },
    last_poll: { at: 9_500, duration_ms: 2, readings: 5, absent: 0 },
    last_success_at: 9_500,
    average_duration_ms: 2,
    values: [],
    faults: [],
    ...changes,
  };
}

/** The status of a gateway with these instances and books. */
export function status(instances: readonly InstanceStatus[], books: BooksStatus = BOOKS): Status {
  return {
    schema: 1,
    version: "0.1.0",
    hostname: "plant",
    pid: 4711,
    running: true,
    config_file: ".plant/tidegate.yaml",
    run_path: ".plant/run",
    now: 10_000,
    started_at: 0,
    clock_trusted: true,
    clock_basis: "the host of this container keeps it",
    instances,
    log: {
      path: ".plant/run/store",
      bytes: 1000,
      bytes_max: 1e9,
      bytes_per_s: 100,
      written: 0,
      gathering: 0,
      durable: 98,
      at_risk: 0,
      series: 5,
      failure: null,
      bytes_when_sealed: 1000,
      samples_per_s: 100,
      bytes_per_sample: 1,
      is_size_sealed: true,
      oldest_at: 0,
      unplaced: 0,
      at_risk_max: 100,
      failure_since: null,
      losses: [],
      writes: 90_000,
      syncs: 86_400,
      daily: null,
    },
    intakes: [
      {
        name: "datadog",
        url: "http://127.0.0.1:1",
        state: "delivering",
        reason: "",
        payloads: 9,
        attempts: 9,
        wire_bytes: 900,
        last_accepted_at: 9_900,
        next_attempt_in_ms: null,
        oldest_waiting_at: null,
        books,
      },
    ],
    service_checks: [],
    problems: [],
  };
}
