import type { HttpRequest, HttpResponse } from "../../../../src/platform/http-client.ts";
import { decodeSnappy } from "../../../support/snappy-decoder.ts";
import { answer } from "../../fake-intake.ts";
import { decodeWriteRequest, decodeWriteRequestV2 } from "./write-request.ts";

/**
 * A Prometheus without an out-of-order window: it takes samples of a series in the order of time only, and takes the
 * last one again where its value is the same. Of a request of 1.0 in which it refuses a sample it takes nothing, as
 * 2.42 does; of one of 2.0 it takes what it can and says how much, as 3.5 does. It has no room for values of `poison`.
 */
export class FakeReceiver {
  /** The value that it refuses for itself. */
  poison: number | undefined;

  /** By series, moments and values in the order in which they came. */
  readonly held = new Map<string, [moment: number, value: number][]>();

  readonly take = ({ body = new Uint8Array(), headers = {} }: HttpRequest): HttpResponse => {
    const isNew = headers["x-prometheus-remote-write-version"] === "2.0.0";
    const decode = isNew ? decodeWriteRequestV2 : decodeWriteRequest;
    const fresh: [string, number, number][] = [];
    const faults: string[] = [];
    let written = 0;
    for (const { labels, samples } of decode(decodeSnappy(body))) {
      const series = JSON.stringify(labels);
      const [lastAt = Number.NEGATIVE_INFINITY, lastValue] = this.held.get(series)?.at(-1) ?? [];
      for (const { timestamp, value } of samples) {
        if (value === this.poison) faults.push("too old sample");
        else if (timestamp < lastAt) faults.push("out of order sample");
        else if (timestamp === lastAt && value !== lastValue) faults.push("duplicate sample for timestamp");
        else {
          written += 1;
          if (timestamp > lastAt) fresh.push([series, timestamp, value]);
        }
      }
    }
    const [fault] = faults;
    if (fault !== undefined && !isNew) return answer(400, `${fault}\n`);
    for (const [series, at, value] of fresh) {
      const held = this.held.get(series) ?? [];
      held.push([at, value]);
      this.held.set(series, held);
    }
    const told = isNew ? { "x-prometheus-remote-write-samples-written": String(written) } : {};
    return { ...(fault === undefined ? answer(204, "") : answer(400, `${faults.join("\n")}\n`)), headers: told };
  };

  /** How many samples it holds. */
  get count(): number {
    return [...this.held.values()].reduce((sum, { length }) => sum + length, 0);
  }
}
