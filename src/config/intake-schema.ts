/** What `tidegate.yaml` may say of intakes: the keys of each type, and those that all share. */

import * as v from "valibot";
import { DATADOG_COMPRESSIONS, DATADOG_ENCODINGS, DATADOG_SERIES_APIS } from "../model/config.ts";
import { secondsField } from "../schema/schema-fields.ts";
import { type InfluxKeys, influxSchema } from "./influx-schema.ts";
import { commonEntries, namingEntries } from "./intake-fields.ts";
import { type OtlpKeys, otlpSchema } from "./otlp-schema.ts";
import { type PrometheusKeys, prometheusSchema } from "./prometheus-schema.ts";

/** Source: Datadog documentation, Getting Started with Datadog Sites, Access the Datadog site. */
const SITES = [
  "datadoghq.com",
  "us3.datadoghq.com",
  "us5.datadoghq.com",
  "datadoghq.eu",
  "ap1.datadoghq.com",
  "ap2.datadoghq.com",
  "uk1.datadoghq.com",
  "ddog-gov.com",
  "us2.ddog-gov.com",
] as const;

const API_KEY_HINT = "It stands in your Datadog account under Organization Settings, API Keys.";

const ADDRESS_WANTED =
  "an address such as https://api.datadoghq.eu\nThe gateway adds the path of its API to it, and keys belong into api_key.";

/** An API key of Datadog; `more` is added to what is said of it. */
function apiKeyField(more = "") {
  return v.pipe(
    v.string(),
    v.title("the API key of your account"),
    v.regex(/^[\x21-\x7e]+$/u, `a key without spaces\n${API_KEY_HINT}`),
    v.regex(/^(?!YOUR_)/u, `the key of your account in place of the example's\n${API_KEY_HINT}`),
    v.examples(["YOUR_API_KEY"]),
    v.description(`${API_KEY_HINT}${more}`),
  );
}

const APP_KEY_HINT = "It stands in your Datadog account under Organization Settings, Application Keys.";

const appKeyField = v.optional(
  v.pipe(
    v.string(),
    v.title("an application key of your account"),
    v.regex(/^[\x21-\x7e]+$/u, `a key without spaces\n${APP_KEY_HINT}`),
    v.regex(/^(?!YOUR_)/u, `a key of your account in place of the example's\n${APP_KEY_HINT}`),
    v.examples(["YOUR_APP_KEY"]),
    v.description("Application key, for `tidegate datadog enable-historical` alone; nothing else needs one."),
  ),
);

function siteField(address: string) {
  return v.optional(
    v.pipe(v.picklist(SITES), v.description(`For any other address set ${address} instead.`)),
    SITES[0],
  );
}

const addressField = v.optional(
  v.pipe(
    v.string(),
    v.title("an address such as https://api.datadoghq.eu"),
    v.regex(/^https?:\/\/[^\s?#@]+$/u, ADDRESS_WANTED),
    v.check(isPlainAddress, ADDRESS_WANTED),
    v.examples(["https://api.datadoghq.eu"]),
    v.description("Where to send instead of the site."),
  ),
);

/** The keys that say how readings go to an intake of Datadog. */
const datadogEntries = {
  series_api: v.optional(
    v.pipe(
      v.picklist(DATADOG_SERIES_APIS),
      v.description(
        "Version of the series API; v1 for intakes that know no other, v3 (Datadog alone) is the smallest.",
      ),
    ),
    "v2",
  ),
  encoding: v.optional(
    v.pipe(
      v.picklist(DATADOG_ENCODINGS),
      v.description("How series are written for v2; protobuf is as the Agent sends it there, and costs the least."),
    ),
    "json",
  ),
  compression: v.optional(
    v.pipe(
      v.picklist(DATADOG_COMPRESSIONS),
      v.description("How series are compressed; zstd is the smallest, and what v3 takes."),
    ),
    "deflate",
  ),
  historical: v.optional(
    v.pipe(
      v.boolean(),
      v.description("The account takes readings of any age: Historical Metrics Ingestion is on for its metrics."),
    ),
    false,
  ),
  host_tags_on_series: v.optional(
    v.pipe(
      v.boolean(),
      v.examples([true]),
      v.description("Puts the host tags on every series; left out, only where the intake does not join them."),
    ),
  ),
  ...commonEntries,
  older: v.pipe(
    commonEntries.older,
    v.description(
      "What becomes of older readings: expire, or hold until they are taken; with `historical` thin (1/min) or send.",
    ),
  ),
  max_age: v.optional(
    v.pipe(
      secondsField(60, 86_400, 3_600),
      v.description(
        "Older readings are not sent: the intake throws them away. Left out, 3600; with `historical`, none is too old.",
      ),
    ),
  ),
};

const datadogSchema = v.strictObject({
  ...namingEntries("datadog"),
  api_key: apiKeyField(),
  app_key: appKeyField,
  site: siteField("url"),
  url: addressField,
  ...datadogEntries,
});

/** The keys of each type of intake, by its name. */
export const INTAKE_SCHEMAS = {
  datadog: datadogSchema,
  prometheus: prometheusSchema,
  influx: influxSchema,
  otlp: otlpSchema,
} as const;

/** The keys of `tidegate.yaml` that the Agent has too: those of the intake `datadog`. */
export const agentEntries = {
  api_key: v.pipe(v.optional(apiKeyField(" It may be left out where `intakes` stand.")), v.metadata({ isShown: true })),
  app_key: appKeyField,
  site: siteField("dd_url"),
  dd_url: addressField,
};

/** How readings go to the intake `datadog`. */
export const forwardEntry = v.optional(
  v.pipe(v.strictObject(datadogEntries), v.description("How readings go to the intake of `api_key`.")),
  {},
);

/** As it is written, without what it is completed with. */
const LISTED_EXAMPLE = { name: "second", type: "datadog", api_key: "YOUR_API_KEY", site: "datadoghq.eu" };

/** Intakes beside it, or in its place. */
export const intakesEntry = v.optional(
  v.pipe(
    v.array(v.variant("type", [datadogSchema, prometheusSchema, influxSchema, otlpSchema])),
    v.examples([[LISTED_EXAMPLE as never]]),
    v.description("Intakes beside that of `api_key`, or in its place; each has every reading, and falls behind alone."),
  ),
  [],
);

/** How readings go to an intake of Datadog, complete. */
export type DatadogKeys = v.InferOutput<typeof datadogSchema>;

/** One entry of `intakes`, complete. */
export type IntakeKeys = DatadogKeys | PrometheusKeys | InfluxKeys | OtlpKeys;

/** An intake may lie below a path (`http://vm:8428/datadog`); the path of the API itself is not part of its address. */
function isPlainAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol) || /\/(api|intake)(\/|$)/u.test(url.pathname)) return false;
  return [`${url.origin}${url.pathname}`, url.origin].includes(text);
}
