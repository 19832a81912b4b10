/** What `tidegate.yaml` may say of an intake of InfluxDB. */

import * as v from "valibot";
import type { InfluxConfig } from "../model/config.ts";
import { anyAgeEntry, commonEntries, namingEntries, plainTextField, urlField } from "./intake-fields.ts";
import type { Complaint } from "./problems.ts";

/** The keys of one entry of `intakes`. */
export const influxSchema = v.strictObject({
  ...namingEntries("influx"),
  url: urlField("http://influxdb.example:8086", /\/write\/?$/u),
  database: v.optional(plainTextField("plant", "Database of InfluxDB 1, or of what speaks its `/write`.")),
  retention_policy: v.optional(plainTextField("one_year", "Retention policy; left out, the default of `database`.")),
  username: v.optional(plainTextField("tidegate", "User of `database`.")),
  password: v.optional(plainTextField("YOUR_PASSWORD", "Password of `username`.")),
  bucket: v.optional(plainTextField("plant", "Bucket of InfluxDB 2 or 3, or of what speaks its `/api/v2/write`.")),
  org: v.optional(plainTextField("works", "Organization of `bucket`.")),
  token: v.optional(plainTextField("YOUR_TOKEN", "API token that may write to `bucket`.")),
  ...commonEntries,
  max_age: anyAgeEntry,
});

/** What is said of an intake of InfluxDB, complete. */
export type InfluxKeys = v.InferOutput<typeof influxSchema>;

const OF_DATABASE = ["retention_policy", "username", "password"] as const;
const OF_BUCKET = ["org", "token"] as const;

/** Finds keys that do not go together, and those that are missing; each with what is wrong. */
export function findInfluxContradictions(keys: InfluxKeys): readonly (readonly [key: string, complaint: Complaint])[] {
  const { database, bucket, username, password } = keys;
  const hint = "Name a `database` (InfluxDB 1), or a `bucket` with its `org` and `token` (InfluxDB 2 and 3).";
  if (database !== undefined && bucket !== undefined) {
    return [["bucket", { found: "a bucket beside a database", expected: "one of the two", hint }]];
  }
  if (database === undefined && bucket === undefined) {
    return [["database", { found: "no database and no bucket", expected: "one of the two", hint }]];
  }
  if (database !== undefined) {
    const isHalf = (username === undefined) !== (password === undefined);
    const [lacking, given] = username === undefined ? ["username", "password"] : ["password", "username"];
    const half = {
      found: `no ${lacking}`,
      expected: `one that goes with ${given}`,
      hint: `Add a line \`${lacking}: ...\`.`,
    };
    return [...strayKeys(keys, OF_BUCKET, "database"), ...(isHalf ? [[lacking, half] as const] : [])];
  }
  const lack = { found: "no org", expected: "the organization of the bucket", hint: "Add a line `org: ...`." };
  return [...strayKeys(keys, OF_DATABASE, "bucket"), ...(keys.org === undefined ? [["org", lack] as const] : [])];
}

function strayKeys(keys: InfluxKeys, strays: readonly (keyof InfluxKeys)[], beside: string): [string, Complaint][] {
  const isDatabase = beside === "database";
  const hint = `It belongs to a ${isDatabase ? "bucket" : "database"}; leave it out.`;
  return strays
    .filter((key) => keys[key] !== undefined)
    .map((key) => [key, { found: `${key} beside a ${beside}`, expected: "nothing", hint }]);
}

/** Says where in InfluxDB the samples go. The keys hold no contradiction. */
export function toInfluxTarget(keys: InfluxKeys): InfluxConfig["target"] {
  const { database, retention_policy: retentionPolicy, username, password, bucket = "", org = "", token } = keys;
  if (database === undefined) return { version: 2, bucket, org, ...(token === undefined ? {} : { token }) };
  return {
    version: 1,
    database,
    ...(retentionPolicy === undefined ? {} : { retentionPolicy }),
    ...(username === undefined || password === undefined ? {} : { login: { username, password } }),
  };
}
