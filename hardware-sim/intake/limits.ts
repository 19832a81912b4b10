/** What the intake takes. */

/**
 * Body of v2 series as sent. Units: bytes.
 *
 * Source: Datadog API reference, Submit metrics (v2), "maximum payload size".
 */
export const WIRE_BYTES_MAX = 512_000;

/** Body of v2 series before compression. Units: bytes. Source: as above. */
export const RAW_BYTES_MAX = 5_242_880;

/**
 * Body of v1 series as sent. Units: bytes.
 *
 * Source: Datadog API reference, Submit metrics (v1), "maximum payload size".
 */
export const V1_WIRE_BYTES_MAX = 3_200_000;

/** Body of v1 series before compression. Units: bytes. Source: as above. */
export const V1_RAW_BYTES_MAX = 62_914_560;

/**
 * Body of service checks, events and host metadata as sent. Units: bytes.
 *
 * Source: Datadog Agent, default of `serializer_max_payload_size`.
 */
export const NOTE_WIRE_BYTES_MAX = 2_621_440;

/** The same before compression. Units: bytes. Source: as above, `serializer_max_uncompressed_payload_size`. */
export const NOTE_RAW_BYTES_MAX = 4_194_304;

/** Age of points. Units: seconds. Source: Datadog API reference, Submit metrics, "not more than 1 hour in the past". */
export const POINT_AGE_SECONDS_MAX = 3600;

/**
 * Age of points of a metric with history. Units: seconds.
 *
 * Source: Datadog documentation, Historical Metrics Ingestion: the retention, 15 months unless said otherwise.
 */
export const HISTORY_AGE_SECONDS_MAX = 456 * 86_400;

/** Age of service checks. Units: seconds. Source: Datadog API reference, Submit a Service Check: 10 minutes. */
export const CHECK_AGE_SECONDS_MAX = 600;

/** Age of events. Units: seconds. Source: Datadog API reference, Post an event, `date_happened`: 18 hours. */
export const EVENT_AGE_SECONDS_MAX = 64_800;

/**
 * How far ahead a stamp may lie; one in milliseconds lies further. Units: seconds.
 *
 * Source: Datadog API reference, Submit metrics, "not more than 10 minutes in the future".
 */
export const LEAD_SECONDS_MAX = 600;

/** Units: characters. Source: Datadog documentation, "Custom metrics: naming". */
export const METRIC_LENGTH_MAX = 200;

/** Units: characters. Source: Datadog documentation, "Getting started with tags: define tags". */
export const TAG_LENGTH_MAX = 200;

/** Units: characters. Source: Datadog API reference, Post an event, `text`. */
export const EVENT_TEXT_LENGTH_MAX = 4000;

/** Units: characters. Source: Datadog API reference, Post an event, `aggregation_key`. */
export const AGGREGATION_KEY_LENGTH_MAX = 100;
