/** The service checks as a note: each is sent once for each time it was said, while it is young enough. */

import type { NoteIntake, Payload } from "../model/intake.ts";
import { SERVICE_STATUS, type ServiceCheck, type ServiceStatus } from "../model/note.ts";
import type { Clock, Millis } from "../model/time.ts";
import type { Note, Refusal } from "./note-sender.ts";

/** More of them go in a request of their own, so that none grows beyond what an intake takes. */
const CHECKS_PER_REQUEST_MAX = 1000;

/** By this part a request may grow again after each that was taken. */
const REGAINED_SHARE = 0.1;

/** The part of a service check's age limit that is given up for the time a request may take. */
const UNDER_WAY_SHARE = 0.1;

/** What the service checks come from and go to. */
export interface ServiceCheckNoteParts {
  readonly intake: NoteIntake;
  /** The latest of each name and tags; undefined while a clock that was set still has to place them. */
  readonly latest: () => readonly ServiceCheck[] | undefined;
  readonly clock: Clock;
  readonly interval: Millis;
}

/** Tells the latest service checks that the intake does not know yet. */
export class ServiceCheckNote implements Note {
  readonly name = "service checks";
  readonly interval: Millis;
  readonly #parts: ServiceCheckNoteParts;
  /** What the intake knows of what stands. */
  #known: ReadonlySet<string> = new Set();
  /** The status that the intake was last told of each. */
  readonly #statuses = new Map<string, ServiceStatus>();
  #composed: readonly ServiceCheck[] = [];
  #countMax = CHECKS_PER_REQUEST_MAX;
  #hasMore = false;

  constructor(parts: ServiceCheckNoteParts) {
    this.#parts = parts;
    this.interval = parts.interval;
  }

  compose(): Payload | undefined {
    const { intake, latest, clock } = this.#parts;
    if (!clock.isTrusted()) return undefined;
    const standing = latest();
    if (standing === undefined) return undefined;
    this.#known = new Set(standing.map(spell).filter((spelled) => this.#known.has(spelled)));
    const now = clock.now();
    const ageMax = intake.serviceCheckAgeMax * (1 - UNDER_WAY_SHARE);
    const news = standing.filter((check) => !this.#known.has(spell(check)) && Math.abs(now - check.at) <= ageMax);
    this.#composed = news.slice(0, this.#countMax);
    this.#hasMore = news.length > this.#countMax;
    return this.#composed.length === 0 ? undefined : intake.encodeServiceChecks(this.#composed);
  }

  isUrgent(): boolean {
    const standing = this.#parts.latest() ?? [];
    return standing.some((check) => check.status !== (this.#statuses.get(spellName(check)) ?? SERVICE_STATUS.ok));
  }

  taken(): boolean {
    this.#countMax = Math.min(Math.ceil(this.#countMax * (1 + REGAINED_SHARE)), CHECKS_PER_REQUEST_MAX);
    this.#known = new Set([...this.#known, ...this.#composed.map(spell)]);
    for (const check of this.#composed) this.#statuses.set(spellName(check), check.status);
    return this.#hasMore;
  }

  /** What is too big is halved. One check that is too big by itself is left to its age; the others go past it. */
  refused({ kind }: Refusal): boolean {
    if (kind !== "split") return false;
    const { length } = this.#composed;
    this.#countMax = Math.max(1, Math.floor(length / 2));
    if (length > 1) return true;
    this.#known = new Set([...this.#known, ...this.#composed.map(spell)]);
    return false;
  }
}

function spellName({ name, tags }: ServiceCheck): string {
  return JSON.stringify([name, tags]);
}

/** Spells what makes a service check news: that it was said of another, in another state, or again. */
function spell({ name, tags, status, at }: ServiceCheck): string {
  return JSON.stringify([name, tags, status, at]);
}
