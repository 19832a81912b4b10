import { deflateSync } from "node:zlib";
import type { Intake } from "../../../src/model/intake.ts";
import { HOST } from "../known-points.ts";

/** Encodes points as `POST /api/v1/series` takes them, in the plainest way there is. */
export const encodeByHand: Intake["encode"] = ({ series, second, value, count }, seriesOf) => {
  const lists = new Map<number, (readonly [number, number])[]>();
  for (let row = 0; row < count; row += 1) {
    const id = series[row] ?? 0;
    const points = lists.get(id) ?? [];
    points.push([second[row] ?? 0, value[row] ?? 0]);
    lists.set(id, points);
  }
  const entries = [...lists].map(([id, points]) => {
    const { metric, tags } = seriesOf(id);
    return { metric, type: "gauge", host: HOST, tags, points };
  });
  const raw = Buffer.from(JSON.stringify({ series: entries }));
  const headers = { "content-type": "application/json", "content-encoding": "deflate" };
  return { path: "/api/v1/series", headers, body: deflateSync(raw), rawBytes: raw.byteLength };
};
