/**
 * The shape of `tidegate status --json`, of the control socket's answer and of the last line of `run --json`. Keys are
 * snake_case because this is a wire format; `schema` changes when a key changes its meaning.
 */

import type { ConfigProblem } from "./config.ts";
import type { ErrorCode } from "./errors.ts";
import type { EventCounts } from "./event-queue.ts";
import type { BusNotice, DeviceCounts } from "./input.ts";
import type { DropCounts, DropReason, LossReason } from "./log.ts";
import type { ServiceStatusWord } from "./note.ts";

/** The last value of one point. */
export interface ValueStatus {
  readonly metric: string;
  readonly tags: readonly string[];
  readonly value: number;
  /** What the profile calls a state of this number; absent where it has no word. */
  readonly state?: string;
  /** Canonical unit of the metric. */
  readonly unit: string;
  /** Of a count; absent for a gauge. */
  readonly kind?: "count";
  /** Of a count: how often one is due. Units: whole seconds. */
  readonly interval_s?: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A fault that stands: it was there in the last poll. */
export interface FaultStatus {
  readonly code: ErrorCode;
  readonly message: string;
  readonly points: readonly string[];
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Polls in a row that had it. */
  readonly polls: number;
}

/** Readings of an instance that broke a quality rule, since the gateway started. */
export interface QualityStatus {
  /** By series and reason, those with the most readings first. Limits: 20. */
  readonly series: readonly {
    readonly metric: string;
    readonly tags: readonly string[];
    /** Canonical unit of the metric. */
    readonly unit: string;
    readonly reason: DropReason;
    /** The reason in words. */
    readonly meaning: string;
    readonly dropped: number;
    readonly marked: number;
    /** Only counted. */
    readonly kept: number;
    /** Of the last of them: milliseconds since 1970, and the value; null where it was no number. */
    readonly last_at: number;
    readonly last_value: number | null;
    /** For how long it goes on; null where it does not, or is too rare to speak of. */
    readonly lasting_s: number | null;
  }[];
  /** How many more there are. */
  readonly left_out: number;
  /** Readings that wait for the next one, which tells whether they are spikes; only then they count as sampled. */
  readonly waiting: number;
}

/** A series that is odd now. Moments are milliseconds since 1970. */
export interface OddStatus {
  readonly metric: string;
  readonly tags: readonly string[];
  /** Canonical unit of the metric. */
  readonly unit: string;
  readonly since: number;
  /** The highest since then, from 0 to 1. */
  readonly score: number;
  /** The value that was furthest out since then, when that was, and what was expected; null where nothing was. */
  readonly value: number;
  readonly at: number;
  readonly expected: { readonly low: number; readonly high: number } | null;
  /** When it was worth a look last: it may be silent since, or as usual for too short a time to be over. */
  readonly last_odd_at: number;
  /** Whether a threshold of the configuration is crossed now. */
  readonly is_beyond_threshold: boolean;
  /** What is configured; null where nothing is, and of an end that is left out. */
  readonly threshold: { readonly low: number | null; readonly high: number | null } | null;
}

/** What the detectors of an instance are at. Counts are of series. */
export interface FilterStatus {
  readonly watched: number;
  /** Of these, those of which too little was seen to call anything odd. */
  readonly learning: number;
  /** About how long the slowest of them learns still; null where none does. */
  readonly learning_left_s: number | null;
  readonly odd: number;
  /** The odd ones, the worst first. Limits: 20. */
  readonly worst: readonly OddStatus[];
}

/** One instance of a check, counted since the gateway started. */
export interface InstanceStatus {
  readonly check: string;
  readonly instance: string;
  /** Where it is configured: file and line. */
  readonly source: string;
  readonly profile: string | null;
  readonly bus: string;
  /** What the device says of itself, such as its serial number; absent where that is nothing. */
  readonly device?: string;
  readonly state: ServiceStatusWord;
  /** The shortest, where points have intervals of their own. */
  readonly interval_s: number;
  readonly polls: number;
  readonly failed_polls: number;
  /** Polls left out because the one before still ran or waited for its bus. */
  readonly late_polls: number;
  readonly sampled: number;
  readonly series: number;
  /**
   * What happened to the device, as its input told it at the last poll and in all; absent in the answer of a gateway
   * that was started before an update.
   */
  readonly events?: { readonly last_run: number; readonly total: number };
  /**
   * Said at the last poll and in all: by the input of the device, and whether it is reached, which is when that changed
   * or a minute is over.
   */
  readonly service_checks: { readonly last_run: number; readonly total: number };
  readonly last_poll: {
    readonly at: number;
    readonly duration_ms: number;
    readonly readings: number;
    readonly absent: number;
  } | null;
  readonly last_success_at: number | null;
  readonly average_duration_ms: number;
  readonly values: readonly ValueStatus[];
  /** Absent where all readings were believed. */
  readonly quality?: QualityStatus;
  /** Absent where no detector watches it. */
  readonly filter?: FilterStatus;
  readonly faults: readonly FaultStatus[];
}

/**
 * The books of one intake since its cursor was made. They balance:
 * sampled = dropped + delivered + collapsed + thinned + held back + expired + rejected + waiting.
 */
export interface BooksStatus {
  readonly sampled: number;
  /** Before the log, by reason. */
  readonly dropped: DropCounts;
  readonly delivered: number;
  readonly collapsed: number;
  readonly thinned: number;
  /** Kept from it by the budget of its uplink or `clock.untrusted`; absent in what a gateway says that is older. */
  readonly held_back?: number;
  /** By reason: `too_old`, `log_full`, `unreadable`. */
  readonly expired: { readonly too_old: number; readonly log_full: number; readonly unreadable: number };
  readonly rejected: number;
  /** In the log or on the way to it, and not yet passed by this intake. */
  readonly waiting: number;
}

/** What became of the requests of one kind of note. */
export interface NoteStatus {
  /** Requests that were taken, and those that were not, since the gateway started. */
  readonly sent: number;
  readonly failed: number;
  readonly last_accepted_at: number | null;
  /** Why the last request was not taken; empty when it was. */
  readonly reason: string;
}

/** The events of one intake. Counts of events are those since its place in their queue was made. */
export interface EventStatus extends NoteStatus, EventCounts {
  /** In the queue, and neither taken nor refused. */
  readonly waiting: number;
}

/** What a metered uplink has carried, and when it goes on. Units: bytes, with answers and an estimate of the rest. */
export interface MeteredStatus {
  /** Of the day and the month in UTC; null where no budget is set. */
  readonly day_bytes: number | null;
  readonly day_bytes_max: number | null;
  readonly month_bytes: number | null;
  readonly month_bytes_max: number | null;
  /** Until the next window, or the next day or month; null while readings may go. */
  readonly opens_in_ms: number | null;
  /** All of that for a person; empty where nothing is held back. */
  readonly text: string;
}

/** What an outage left behind, and that goes while live samples go first. */
export interface BackfillStatus {
  /** Samples. */
  readonly waiting: number;
  /** Of these, those that are too old for the intake and kept until it takes them. */
  readonly held: number;
  /** Stretches of the log that they lie in. */
  readonly gaps: number;
  /** In the last minute; null where nothing went. */
  readonly rate_per_s: number | null;
  /** Seconds until nothing waits but what is held; null where that is not known. */
  readonly left_s: number | null;
  /** Why it does not go on although the live samples do; empty when it does. */
  readonly reason: string;
}

/** One intake. */
export interface IntakeStatus {
  readonly name: string;
  readonly url: string;
  /** `idle` before the first payload; `delivering`; `retrying` after an error; `holding` until a person acts. */
  readonly state: "idle" | "delivering" | "retrying" | "holding";
  /** Why it is not delivering; empty when it is. */
  readonly reason: string;
  /** Counted since the gateway started. */
  readonly payloads: number;
  readonly attempts: number;
  readonly wire_bytes: number;
  readonly last_accepted_at: number | null;
  /** Milliseconds until the next attempt; null when none is planned. */
  readonly next_attempt_in_ms: number | null;
  /** Moment of the oldest sample that waits; null when none does. */
  readonly oldest_waiting_at: number | null;
  /** Samples it refused that are kept with its answers; absent in what a gateway says that is older. */
  readonly set_aside?: number;
  /** Absent in what a gateway says that is older. */
  readonly lanes?: {
    /** Samples that wait, and the moment of the oldest of them; null when there is none. */
    readonly live: { readonly waiting: number; readonly oldest_at: number | null };
    /** Null where nothing was left behind. */
    readonly backfill: BackfillStatus | null;
  };
  /** Absent where all goes as it comes. */
  readonly metered?: MeteredStatus;
  /** What goes beside the series; absent for an intake that takes nothing else. */
  readonly notes?: {
    readonly service_checks: NoteStatus;
    readonly events: EventStatus;
    readonly host: NoteStatus;
  };
  readonly books: BooksStatus;
}

/** The log. */
export interface LogStatus {
  readonly path: string;
  readonly bytes: number;
  readonly bytes_max: number;
  /** What the blocks will take when the fresh ones are sealed, as far as that was seen. */
  readonly bytes_when_sealed: number;
  /** What the log grows by, as the mean of up to ten minutes; null until half a minute was measured. */
  readonly bytes_per_s: number | null;
  readonly samples_per_s: number | null;
  /** What a sample takes in the log, by which it grows; null before anything was written. */
  readonly bytes_per_sample: number | null;
  /** Whether sealed blocks have shown that; the size of fresh ones is several times as much. */
  readonly is_size_sealed: boolean;
  /** Moment of the oldest sample held, delivered or not; null when there is none. */
  readonly oldest_at: number | null;
  /** Samples held whose moment waits for a clock that is right; their age may not be known. */
  readonly unplaced: number;
  /** Samples written since the log was created: a killed process keeps them. */
  readonly written: number;
  /** Of these, the oldest so many are on disk: a power cut keeps them. */
  readonly durable: number;
  /** Samples taken and not yet written. */
  readonly gathering: number;
  /** Samples that a power cut would cost now: neither on disk nor delivered to every intake. */
  readonly at_risk: number;
  /** The most that a power cut may cost at this rate; null where it is not known, or nothing bounds it. */
  readonly at_risk_max: number | null;
  readonly series: number;
  readonly failure: string | null;
  /** There only where another store stands in for the log at `path`: why and where, and what to do. */
  readonly stands_in?: { readonly reason: string; readonly remedy: string };
  /** There only while writes are held in memory, because the disk does not take them. Units: bytes. */
  readonly held?: { readonly bytes: number; readonly bytes_max: number };
  /** Since when it fails; null when it does not. Milliseconds since 1970. */
  readonly failure_since: number | null;
  /** What the log itself has lost since it was made, by reason. Milliseconds since 1970. */
  readonly losses: readonly {
    readonly reason: LossReason;
    readonly count: number;
    readonly from_at: number;
    readonly to_at: number;
  }[];
  /** What was written since the gateway started. */
  readonly writes: number;
  readonly syncs: number;
  /** What a day costs the disk at the present rate; null until half a minute was measured. */
  readonly daily: {
    readonly writes: number;
    readonly syncs: number;
    /** Keys and values that were handed to the database. */
    readonly bytes: number;
    /** What the whole process sent to disks, as the kernel counts it; null where it does not tell. */
    readonly disk_bytes: number | null;
  } | null;
}

/** One device on a bus: how well it is heard. */
export interface DeviceLineStatus extends DeviceCounts {
  /** A whole sentence where too much of what it says is damaged; null where it is well. */
  readonly warning: string | null;
}

/** One bus and how busy it is. Parts of the time are from 0 to 1. */
export interface BusStatus {
  readonly bus: string;
  /** Of the last minute; null in the first seconds. */
  readonly utilisation: number | null;
  /** What the polls need by the plan, above 1 when they cannot be kept; null where it cannot be predicted. */
  readonly predicted_utilisation: number | null;
  /** A whole sentence where there is no time for all polls; null where there is. */
  readonly warning: string | null;
  /** Why it is slower than it has to be, as by its adapter; absent where it is not. */
  readonly notice?: BusNotice;
  readonly devices: readonly DeviceLineStatus[];
}

/** Everything `status` says. */
export interface Status {
  readonly schema: 1;
  readonly version: string;
  readonly hostname: string;
  readonly pid: number;
  readonly running: boolean;
  readonly config_file: string;
  readonly run_path: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly started_at: number;
  readonly clock_trusted: boolean;
  /** What that rests on, in words. */
  readonly clock_basis: string;
  readonly instances: readonly InstanceStatus[];
  /** Absent in what a gateway says that is older. */
  readonly buses?: readonly BusStatus[];
  readonly log: LogStatus;
  readonly intakes: readonly IntakeStatus[];
  readonly service_checks: readonly {
    readonly name: string;
    readonly status: ServiceStatusWord;
    readonly tags: readonly string[];
    readonly message: string;
    readonly at: number;
  }[];
  readonly problems: readonly ConfigProblem[];
}
