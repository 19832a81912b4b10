/** The configuration after validation: frozen, complete, in the words of the house. */

import type { FilterPolicy } from "./filter.ts";
import type { Profile } from "./profile.ts";
import type { MetricQuality } from "./quality.ts";
import type { Millis } from "./time.ts";

/** Most series of an instance that says nothing of it. */
export const SERIES_MAX = 1000;

/** One entry under `instances` of a check. */
export interface InstanceConfig {
  /** The check it belongs to. */
  readonly check: string;
  /** Becomes the tag `instance`. Unique within the check. */
  readonly name: string;
  /** Where it was written, for messages: file and 1-based line. */
  readonly file: string;
  readonly line: number;
  /** Tags of the user: those of the instance, after those of `init_config`, plus `service:NAME`. */
  readonly tags: readonly string[];
  /** Put before each metric name as `NAMESPACE.`; empty for none. */
  readonly namespace: string;
  readonly interval: Millis;
  /** The intervals of points that have one of their own, by the names of the points; leaving it out means none. */
  readonly pointIntervals?: Readonly<Record<string, Millis>>;
  /** What is done with its samples; leaving it out means `DEFAULT_FILTER`. */
  readonly filter?: FilterPolicy;
  /** The same of points that have one of their own, by the names of the points; leaving it out means none. */
  readonly pointFilters?: Readonly<Record<string, FilterPolicy>>;
  /** The profile, for inputs that use one. */
  readonly profile?: Profile;
  /** What is believed of points by their metrics, where no profile names them; leaving it out means nothing. */
  readonly quality?: readonly MetricQuality[];
  /** The most series it may have, of those it learns of while it runs too; leaving it out means `SERIES_MAX`. */
  readonly seriesMax?: number;
  /** How many series it has as far as its settings tell; leaving it out means what its profile says, or none. */
  readonly seriesCount?: number;
  /** The keys that only this input knows, as its own spec parsed them. */
  readonly settings: unknown;
}

/** One check: a name in `conf.d`, the input behind it, and its instances. */
export interface CheckConfig {
  readonly name: string;
  readonly input: string;
  readonly instances: readonly InstanceConfig[];
}

/**
 * How durable a sample is when its append resolves: `always` on disk; `interval` written, which a killed process
 * survives, and on disk at most an interval later; `os` written, and on disk when the system finds it convenient.
 */
export const DURABILITIES = ["always", "interval", "os"] as const;
export type Durability = (typeof DURABILITIES)[number];

/** What gives way when the log is full of samples that wait: the density of the oldest, the oldest, or the newest. */
export const FULL_POLICIES = ["thin", "drop-oldest", "drop-newest"] as const;
export type FullPolicy = (typeof FULL_POLICIES)[number];

/** Where the log lives and what it may cost. */
export interface StoreConfig {
  readonly path: string;
  readonly durability: Durability;
  /** With `interval`: a sample is on disk at most this long after it was appended. */
  readonly syncInterval: Millis;
  /** The same while the intakes keep up, so that a power cut costs little; at least `syncInterval`. */
  readonly syncIntervalDelivered: Millis;
  /** Limit of the encoded blocks held; the newest block stays whatever its size. Units: bytes. */
  readonly maxBytes: number;
  /** What the log leaves free on its disk. Units: bytes. */
  readonly freeBytesMin: number;
  readonly whenFull: FullPolicy;
  /** How long samples stay after every intake has passed them, while there is room. */
  readonly history: Millis;
  /** No intake keeps samples longer than this; then they go as if the log were full. */
  readonly lagMax: Millis;
}

/**
 * What becomes of samples that are too old for an intake: they expire, or are held until it takes them. Where it takes
 * any age, what is older than usual goes as one point a minute, or as it is.
 */
export const OLDER_POLICIES = ["expire", "hold", "thin", "send"] as const;
export type OlderPolicy = (typeof OLDER_POLICIES)[number];

/** What an uplink may carry. Units: bytes, as a metered link counts them. */
export interface BudgetConfig {
  /** Leaving it out means no limit for a day. */
  readonly dayBytesMax?: number;
  /** Leaving it out means no limit for a month. */
  readonly monthBytesMax?: number;
  /** The day a month begins with, from 1 to 28. */
  readonly monthStarts: number;
}

/** A time of each day. Units: milliseconds since midnight in UTC; one that ends before it begins goes over midnight. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** When and how much goes to an intake. */
export interface MeteringConfig {
  /** Leaving it out means no limit. */
  readonly budget?: BudgetConfig;
  /** Outside of these nothing goes; where there are none, it goes at all times. */
  readonly schedule: readonly TimeWindow[];
  /** Alarms go outside of the schedule too. */
  readonly isSendingAlarmsAtOnce: boolean;
  /** The start, and the return after an outage, are spread over so long. */
  readonly startJitter: Millis;
}

/** What is configured of an intake of any kind. */
export interface IntakeBasics {
  /** Names its cursor in the log. */
  readonly name: string;
  /** Without a slash at its end; what requests add to it is the kind's own. */
  readonly url: string;
  readonly flushInterval: Millis;
  readonly timeout: Millis;
  /** Older samples are not sent; `Infinity` where the intake takes any. */
  readonly maxAge: Millis;
  /** Keeps older samples until the intake takes them; leaving it out means that they count as `too-old`. */
  readonly isHoldingOld?: boolean;
  /** Samples older than this go as one point for each series and minute; leaving it out means that none do. */
  readonly rollUpAge?: Millis;
  /** What becomes of samples whose moments are not sure; leaving it out means that they go with a tag. */
  readonly unsure?: UnsurePolicy;
  /** Leaves out what the filter marked as ordinary; leaving it out means that it does. */
  readonly isThinning?: boolean;
  /** What goes after an outage beside live samples. Units: samples per second; leaving it out means 10,000. */
  readonly backfillRate?: number;
  /** Points of one payload; leaving it out means as many as the intake takes. */
  readonly pointCountMax?: number;
  /** Leaving it out means that all goes as it comes. */
  readonly metering?: MeteringConfig;
  /** The address of a web proxy on the way there, user and password included; leaving it out means none. */
  readonly proxy?: string;
  /** Certificates in PEM that are trusted beside those the system trusts. */
  readonly ca?: string;
}

/** Versions of the series API of Datadog; `v3` has a form of its own, in columns. */
export const DATADOG_SERIES_APIS = ["v1", "v2", "v3"] as const;
export type DatadogSeriesApi = (typeof DATADOG_SERIES_APIS)[number];

/** How series are written for Datadog. */
export const DATADOG_ENCODINGS = ["json", "protobuf"] as const;
export type DatadogEncoding = (typeof DATADOG_ENCODINGS)[number];

/** How series are compressed for Datadog. */
export const DATADOG_COMPRESSIONS = ["deflate", "gzip", "zstd"] as const;
export type DatadogCompression = (typeof DATADOG_COMPRESSIONS)[number];

/** An intake of Datadog, or one that is like it. */
export interface DatadogConfig extends IntakeBasics {
  readonly kind: "datadog";
  readonly apiKey: string;
  /** Only for what a person asks of the account; leaving it out means none. */
  readonly appKey?: string;
  /** Which version of the series API is spoken; leaving it out means `v2`. */
  readonly seriesApi?: DatadogSeriesApi;
  /** Leaving it out means `json`; says nothing with `v3`. */
  readonly encoding?: DatadogEncoding;
  /** Leaving it out means `deflate`; says nothing with `v3`. */
  readonly compression?: DatadogCompression;
  /** Puts the host tags on everything; leaving it out means only where the intake does not join them by itself. */
  readonly hostTagsOnSeries?: boolean;
}

/** An InfluxDB, or what takes its line protocol as it does. */
export interface InfluxConfig extends IntakeBasics {
  readonly kind: "influx";
  /** Where in it the samples go: by the API of version 1, or of 2 and later. */
  readonly target:
    | {
        readonly version: 1;
        readonly database: string;
        /** Leaving it out means the default one of the database. */
        readonly retentionPolicy?: string;
        readonly login?: { readonly username: string; readonly password: string };
      }
    | { readonly version: 2; readonly org: string; readonly bucket: string; readonly token?: string };
}

/** How samples are written for OTLP. */
export const OTLP_ENCODINGS = ["protobuf", "json"] as const;
export type OtlpEncoding = (typeof OTLP_ENCODINGS)[number];

/** A server that takes metrics by OTLP over HTTP. */
export interface OtlpConfig extends IntakeBasics {
  readonly kind: "otlp";
  readonly encoding: OtlpEncoding;
  /** Of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it takes no older sample of a series after a newer one. */
  readonly isInOrder: boolean;
}

/** Which version of remote write is spoken; `auto` means 2.0 where the receiver knows it. */
export const REMOTE_WRITE_VERSIONS = ["auto", "1.0", "2.0"] as const;
export type RemoteWriteVersion = (typeof REMOTE_WRITE_VERSIONS)[number];

/** A receiver of Prometheus remote write. Its `url` is the whole address. */
export interface PrometheusConfig extends IntakeBasics {
  readonly kind: "prometheus";
  /** Leaving it out means `auto`. */
  readonly version?: RemoteWriteVersion;
  /** How much later than others of its series a sample may come; leaving it out, or 0, means not at all. */
  readonly outOfOrderWindow?: Millis;
  readonly username?: string;
  readonly password?: string;
  readonly bearerToken?: string;
  /** What else goes in the headers of each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One intake to forward to; `kind` tells which. */
export type IntakeConfig = DatadogConfig | PrometheusConfig | InfluxConfig | OtlpConfig;

/** What the clock has to show: `auto` goes by the kind of machine, `synchronized` wants a time server on every one. */
export const CLOCK_POLICIES = ["auto", "synchronized", "always"] as const;
export type ClockPolicy = (typeof CLOCK_POLICIES)[number];

/** What becomes of samples that a clock has stamped which never was right, once their moments are bounded. */
export const UNSURE_POLICIES = ["flag", "hold", "send"] as const;
export type UnsurePolicy = (typeof UNSURE_POLICIES)[number];

/** Everything `run` needs to know. */
export interface GatewayConfig {
  /** The `tidegate.yaml` it was read from. */
  readonly file: string;
  readonly hostname: string;
  /** Host tags. */
  readonly tags: readonly string[];
  readonly runPath: string;
  readonly logLevel: LogLevel;
  /** Whether the gateway tells of itself as it does of machines. */
  readonly hasSelfMetrics: boolean;
  /** Whether the gateway raises events about itself. */
  readonly hasSelfEvents: boolean;
  /** Most series of all instances together, of those that they learn of while they run too. */
  readonly seriesMax: number;
  /** When the wall clock is believed. */
  readonly clockPolicy: ClockPolicy;
  readonly store: StoreConfig;
  readonly intakes: readonly IntakeConfig[];
  readonly checks: readonly CheckConfig[];
}

/** How much is said on standard error. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One thing that is wrong in a file, with all that is needed to mend it. */
export interface ConfigProblem {
  readonly file: string;
  /** 1-based; 1 and 1 where the whole file is meant. */
  readonly line: number;
  readonly column: number;
  /** Keys from the top of the file, joined by dots: `instances.0.host`. Empty for the file itself. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** What to do. */
  readonly hint: string;
  /** The check that does not run because of it; absent when the gateway as a whole is concerned. */
  readonly check?: string;
}

/** A whole sentence on what is not wrong and is worth a second look, such as a file that counts for nothing. */
export interface ConfigNotice {
  readonly text: string;
  /** The check it is about; absent when the gateway as a whole is concerned. */
  readonly check?: string;
}

/** A text that must not be shown, and what is shown in its place: the reference that led to it, or nothing of it. */
export interface Secret {
  readonly text: string;
  readonly shown: string;
}

/** What loading gives: a configuration where the main file is sound, and every problem either way. */
export interface LoadedConfig {
  readonly config: GatewayConfig | undefined;
  readonly problems: readonly ConfigProblem[];
  readonly notices: readonly ConfigNotice[];
  /** All that was read and must not be shown, of sound files and of others. */
  readonly secrets: readonly Secret[];
}
