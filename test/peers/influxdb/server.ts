import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PeerPlace, PeerServer } from "../peer-server.ts";

/** One value as InfluxDB holds it. */
export interface HeldValue {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Units: milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

/** Opens an InfluxDB 1; `http` are lines of that part of its configuration. */
export function openInfluxServer(http: readonly string[] = []): Promise<PeerServer> {
  return PeerServer.open({
    command: "/usr/bin/influxd",
    prepare: (place) => {
      const file = join(place.folder, "influxdb.conf");
      writeFileSync(file, toConfiguration(place, http));
      return ["-config", file];
    },
    readyPath: "/ping",
  });
}

function toConfiguration({ folder, address }: PeerPlace, http: readonly string[]): string {
  return [
    "reporting-disabled = true",
    'bind-address = "127.0.0.1:0"',
    "[meta]",
    `dir = "${folder}/meta"`,
    "[data]",
    `dir = "${folder}/data"`,
    `wal-dir = "${folder}/wal"`,
    'index-version = "tsi1"',
    "query-log-enabled = false",
    "[monitor]",
    "store-enabled = false",
    "[http]",
    `bind-address = "${address}"`,
    "log-enabled = false",
    ...http,
    "",
  ].join("\n");
}

interface QueryAnswer {
  readonly results: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly name: string;
      readonly tags?: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [at: number, value: number])[];
    }[];
  }[];
}

/** Asks it in its own language. Errors: one with its answer when that tells of an error. */
export async function query(url: string, text: string, database = ""): Promise<QueryAnswer["results"]> {
  const search = new URLSearchParams({ q: text, db: database, epoch: "ms" });
  const response = await fetch(`${url}/query?${search}`, { method: "POST" });
  const answer = await response.text();
  if (!response.ok || answer.includes('"error"')) throw new Error(`${text}: ${response.status} ${answer}`);
  return (JSON.parse(answer) as QueryAnswer).results;
}

/** All that a database holds in the field `value`, in the order of measurement, tags and time. */
export async function held(url: string, database: string, retentionPolicy = "autogen"): Promise<readonly HeldValue[]> {
  const [result] = await query(url, `SELECT "value" FROM "${retentionPolicy}"./.*/ GROUP BY *`, database);
  return (result?.series ?? []).flatMap(({ name, tags = {}, values }) => {
    // A tag that a series does not have is an empty one to a query.
    const own = Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== ""));
    return values.map(([at, value]) => ({ measurement: name, tags: own, at, value }));
  });
}
