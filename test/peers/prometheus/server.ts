import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PeerServer } from "../peer-server.ts";
import { sortWritten, type WrittenSample } from "../remote-write-samples.ts";

/** Starts a Prometheus that takes remote write and scrapes nothing; `window` is that for samples out of order. */
export function openPrometheus(window?: string): Promise<PeerServer> {
  return PeerServer.open({
    command: "/usr/bin/prometheus",
    prepare({ folder, address }) {
      const file = join(folder, "prometheus.yml");
      const tsdb = window === undefined ? "" : `storage: { tsdb: { out_of_order_time_window: ${window} } }\n`;
      writeFileSync(file, `global: { scrape_interval: 1h }\n${tsdb}`);
      return [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=${address}`,
        "--web.enable-remote-write-receiver",
      ];
    },
    readyPath: "/-/ready",
  });
}

interface QueryAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [second: number, value: string])[];
    }[];
  };
}

/** The samples of the last three hours of series with a label that a Prometheus holds, as `sortWritten` puts them. */
export async function writtenTo({ url }: Pick<PeerServer, "url">, label: string): Promise<readonly WrittenSample[]> {
  const query = new URLSearchParams({ query: `{${label}}[3h]`, time: String(Date.now() / 1000 + 600) });
  const answer = await fetch(`${url}/api/v1/query?${query}`);
  const { data }: QueryAnswer = JSON.parse(await answer.text());
  return sortWritten(
    data.result.flatMap(({ metric, values }) =>
      values.map(([second, value]) => ({ labels: metric, at: Math.round(second * 1000), value: Number(value) })),
    ),
  );
}
