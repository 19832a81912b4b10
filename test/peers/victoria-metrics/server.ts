import type { HeldPoint } from "../known-points.ts";
import { type PeerProgram, PeerServer } from "../peer-server.ts";

const PROGRAM: PeerProgram = {
  command: "/usr/bin/victoria-metrics",
  prepare: ({ folder, address }) => [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=${address}`,
    "-retentionPeriod=12",
    "-dedup.minScrapeInterval=1ms",
    "-search.latencyOffset=0s",
  ],
  readyPath: "/health",
};

/** Starts a VictoriaMetrics. */
export function openVictoriaMetrics(): Promise<PeerServer> {
  return PeerServer.open(PROGRAM);
}

/** A series as VictoriaMetrics exports it. */
export interface ExportedSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Units: milliseconds since 1970. */
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
}

/** The series a VictoriaMetrics holds of which a label has a value, in no particular order. */
export async function exportSeries(
  { url }: Pick<PeerServer, "url">,
  label: string,
  value: string,
): Promise<readonly ExportedSeries[]> {
  await fetch(`${url}/internal/force_flush`);
  const match = encodeURIComponent(`{${label}="${value}"}`);
  const lines = await (await fetch(`${url}/api/v1/export?match[]=${match}`)).text();
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line): ExportedSeries => JSON.parse(line));
}

/** The points a VictoriaMetrics holds of series with a tag, in no particular order. */
export async function heldBy(
  server: Pick<PeerServer, "url">,
  key: string,
  value: string,
): Promise<readonly HeldPoint[]> {
  return (await exportSeries(server, key, value)).flatMap(readExported);
}

function readExported({ metric: labels, timestamps, values }: ExportedSeries): HeldPoint[] {
  const { __name__: metric = "", host = "", ...others } = labels;
  const tags = Object.entries(others).map(([key, value]) => `${key}:${value}`);
  return timestamps.map((at, index) => ({
    metric,
    host,
    tags: tags.sort(),
    second: at / 1000,
    value: values[index] ?? Number.NaN,
  }));
}
