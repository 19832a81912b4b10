/** What `tidegate.yaml` may say of an intake that takes OTLP, the protocol of OpenTelemetry. */

import * as v from "valibot";
import { OTLP_ENCODINGS } from "../model/config.ts";
import { anyAgeEntry, commonEntries, headersField, namingEntries, urlField } from "./intake-fields.ts";
import type { Complaint } from "./problems.ts";

/** What the gateway says in headers of its own. */
const OWN_HEADERS = ["content-type", "content-encoding"];

/** The keys of one entry of `intakes`. */
export const otlpSchema = v.strictObject({
  ...namingEntries("otlp"),
  url: urlField("http://collector.example:4318", /\/v1\/metrics\/?$/u),
  encoding: v.optional(
    v.pipe(v.picklist(OTLP_ENCODINGS), v.description("How samples are written; protobuf is the smaller.")),
    "protobuf",
  ),
  headers: v.optional(
    v.pipe(
      headersField(OWN_HEADERS),
      v.examples([{ authorization: "Bearer YOUR_TOKEN" }]),
      v.description("Headers of every request, such as those that tell who sends; their values are secrets."),
    ),
    {},
  ),
  in_order: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        "The server takes no older reading of a series after a newer one, so live ones go behind a backlog.",
      ),
    ),
    false,
  ),
  ...commonEntries,
  max_age: anyAgeEntry,
});

/** Finds what of such an intake cannot be meant, by the key to change. */
export function findOtlpContradictions({
  in_order: isInOrder,
  older,
}: OtlpKeys): readonly (readonly [key: string, complaint: Complaint])[] {
  if (!isInOrder || older !== "hold") return [];
  const hint = "What comes later has to wait behind them there; leave out in_order if the server takes it, or older.";
  return [["older", { found: "hold with in_order", expected: "expire, thin or send", hint }]];
}

/** What is said of an intake that takes OTLP, complete. */
export type OtlpKeys = v.InferOutput<typeof otlpSchema>;
