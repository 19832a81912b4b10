import type { Refusal } from "./check-request.ts";
import type { AgeMaxOf } from "./check-series.ts";
import { EventList } from "./events.ts";
import { HistoryBook } from "./history.ts";
import { HostDirectory } from "./hosts.ts";
import { PayloadArchive } from "./payload-archive.ts";
import { PointLedger } from "./point-ledger.ts";
import { ServiceCheckBoard } from "./service-checks.ts";

/** A request that broke a rule of the intake. Never holds a key. */
export interface Violation {
  /** Units: milliseconds since 1970. */
  readonly at: number;
  readonly endpoint: string;
  readonly status: number;
  readonly errors: readonly string[];
}

const VIOLATIONS_MAX = 100;

/** Everything the intake knows: what it accepted, what it refused, and what came over the wire. */
export class IntakeRecords {
  readonly history = new HistoryBook();
  readonly ageMaxOf: AgeMaxOf = (metric) => this.history.ageMaxOf(metric);
  readonly ledger = new PointLedger(this.ageMaxOf);
  readonly serviceChecks = new ServiceCheckBoard();
  readonly events = new EventList();
  readonly hosts = new HostDirectory();
  readonly archive = new PayloadArchive();
  /** Requests that broke a rule. */
  violationCount = 0;
  readonly #violations: Violation[] = [];

  /** The last requests that broke a rule, oldest first. Limits: 100. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Takes down a request that broke a rule. Units: `at` is milliseconds since 1970. */
  violate(at: number, endpoint: string, { status, errors }: Refusal): void {
    this.violationCount += 1;
    this.#violations.push({ at, endpoint, status, errors });
    if (this.#violations.length > VIOLATIONS_MAX) this.#violations.shift();
  }

  /** Forgets everything, counts included. */
  clear(): void {
    this.ledger.clear();
    this.serviceChecks.clear();
    this.events.clear();
    this.hosts.clear();
    this.archive.clear();
    this.#violations.length = 0;
    this.violationCount = 0;
  }
}
