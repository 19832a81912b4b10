/** What the metrics intake takes. */

/** Body as sent. Units: bytes. Source: Datadog API reference, Submit metrics (v2), "maximum payload size". */
export const WIRE_BYTES_MAX = 512_000;

/** Body before compression. Units: bytes. Source: as above. */
export const RAW_BYTES_MAX = 5_242_880;

/** Units: seconds. Source: as above, "not more than 1 hour in the past". */
export const AGE_SECONDS_MAX = 3600;

/** Units: seconds. Source: as above, "not more than 10 minutes in the future". */
export const LEAD_SECONDS_MAX = 600;

/** Units: characters. Source: Datadog documentation, "Custom metrics: naming". */
export const METRIC_LENGTH_MAX = 200;

/** Units: characters. Source: Datadog documentation, "Getting started with tags: define tags". */
export const TAG_LENGTH_MAX = 200;

/** The number that says gauge in a v2 series. Source: Datadog API reference, MetricIntakeType. */
export const TYPE_GAUGE = 3;
