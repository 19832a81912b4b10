/** What `tidegate.yaml` may say of a receiver of Prometheus remote write. */

import * as v from "valibot";
import {
  type IntakeBasics,
  type PrometheusConfig,
  REMOTE_WRITE_VERSIONS,
  type RemoteWriteVersion,
} from "../model/config.ts";
import { type Millis, millis, seconds } from "../model/time.ts";
import { secondsField } from "../schema/schema-fields.ts";
import { commonEntries, headersField, namingEntries, plainTextField } from "./intake-fields.ts";
import type { Complaint } from "./problems.ts";

/** Source: Prometheus, tsdb/head.go, `appendableMinValidTime`: half of a block of two hours. */
const IN_ORDER_AGE_MAX = seconds(3600);

/** What the gateway says in headers of its own. */
const OWN_HEADERS = ["authorization", "content-type", "content-encoding", "x-prometheus-remote-write-version"];

const URL_EXAMPLE = "http://prometheus.example:9090/api/v1/write";

const URL_WANTED = `a whole address such as ${URL_EXAMPLE}\nThe path belongs to it; a user and a token have keys of their own.`;

/** YAML takes `1.0` for the number 1. */
const VERSION_NUMBERS: Readonly<Record<number, RemoteWriteVersion>> = { 1: "1.0", 2: "2.0" };

/** The keys of one entry of `intakes`. */
export const prometheusSchema = v.strictObject({
  ...namingEntries("prometheus"),
  url: v.pipe(
    v.string(),
    v.title(`a whole address such as ${URL_EXAMPLE}`),
    v.regex(/^https?:\/\/[^\s#@]+$/u, URL_WANTED),
    v.check((text) => URL.canParse(text) && new URL(text).pathname !== "/", URL_WANTED),
    v.examples([URL_EXAMPLE]),
    v.description("Where to send, with the whole path."),
  ),
  version: v.optional(
    v.pipe(
      v.union([v.string(), v.number()]),
      v.title("auto, 1.0 or 2.0"),
      v.metadata({ editor: { enum: [...REMOTE_WRITE_VERSIONS, 1, 2] } }),
      v.check((version) => toVersion(version) !== undefined, ""),
      v.transform((version) => toVersion(version) ?? "auto"),
      v.description("Version of remote write; auto means 2.0 where the receiver knows it, else 1.0."),
    ),
    "auto",
  ),
  out_of_order_window: v.optional(
    v.pipe(
      secondsField(0, 315_360_000, 3_600),
      v.description(
        "How late a reading may come after a newer one of its series, as the receiver has it set; 0 means in order only.",
      ),
    ),
    0,
  ),
  username: v.optional(plainTextField("tidegate", "User, where the receiver wants one.")),
  password: v.optional(plainTextField("YOUR_PASSWORD", "Password of `username`.")),
  bearer_token: v.optional(plainTextField("YOUR_TOKEN", "Token, where the receiver wants one.")),
  headers: v.optional(
    v.pipe(
      headersField(OWN_HEADERS),
      v.examples([{ "X-Scope-OrgID": "works" }]),
      v.description("More headers of every request, such as the tenant; their values are secrets."),
    ),
    {},
  ),
  ...commonEntries,
  older: v.optional(
    v.pipe(
      v.picklist(["expire", "hold"]),
      v.description("What becomes of older readings: they expire, or with a window are held until they are taken."),
    ),
    "expire",
  ),
  max_age: v.optional(
    v.pipe(
      secondsField(60, 315_360_000, 3_600),
      v.description("Older readings are not sent: the receiver refuses them. Left out, the window, 3600 at least."),
    ),
  ),
});

/** What is said of a receiver of remote write, complete. */
export type PrometheusKeys = v.InferOutput<typeof prometheusSchema>;

/** Finds keys that do not go together, and those that are missing; each with what is wrong. */
export function findPrometheusContradictions(
  keys: PrometheusKeys,
): readonly (readonly [key: string, complaint: Complaint])[] {
  const { username, password, bearer_token: token, older, out_of_order_window: window } = keys;
  const found: [string, Complaint][] = [];
  if (password !== undefined && username === undefined) {
    const hint = "Add a line `username: ...`.";
    found.push(["username", { found: "no username", expected: "one that goes with password", hint }]);
  }
  if (token !== undefined && username !== undefined) {
    const hint = "Leave out the one that the receiver does not want.";
    found.push(["bearer_token", { found: "bearer_token beside username", expected: "one of the two", hint }]);
  }
  if (older === "hold" && window === 0) {
    const hint = "What comes later has to wait behind them there; set out_of_order_window, or leave out older.";
    found.push(["older", { found: "hold without out_of_order_window", expected: "expire", hint }]);
  }
  return found;
}

/** Gives the age a receiver takes. */
export function prometheusMaxAge({ max_age: asked, out_of_order_window: window }: PrometheusKeys): Millis {
  return asked ?? millis(Math.max(window, IN_ORDER_AGE_MAX));
}

/** Says what is of this type alone. */
export function toPrometheusTraits(keys: PrometheusKeys): Omit<PrometheusConfig, keyof IntakeBasics> {
  const { username, password, bearer_token: bearerToken } = keys;
  return {
    kind: "prometheus",
    version: keys.version,
    outOfOrderWindow: millis(keys.out_of_order_window),
    headers: keys.headers,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(bearerToken === undefined ? {} : { bearerToken }),
  };
}

function toVersion(text: string | number): RemoteWriteVersion | undefined {
  return typeof text === "number" ? VERSION_NUMBERS[text] : REMOTE_WRITE_VERSIONS.find((version) => version === text);
}
