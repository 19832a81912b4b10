import type { HttpRequest, HttpResponse } from "../../../../src/platform/http-client.ts";
import { decodeSnappy } from "../../../support/snappy-decoder.ts";
import { answer } from "../../fake-intake.ts";
import { decodeWriteRequest } from "./write-request.ts";

/**
 * A Prometheus without an out-of-order window, as 2.42 behaves: it takes samples of a series in the order of time only,
 * takes the last one again where its value is the same, and takes nothing of a request in which it refuses a sample.
 */
export class FakeReceiver {
  /** By series, moments and values in the order in which they came. */
  readonly held = new Map<string, [moment: number, value: number][]>();

  readonly take = ({ body = new Uint8Array() }: HttpRequest): HttpResponse => {
    const fresh: [string, number, number][] = [];
    for (const { labels, samples } of decodeWriteRequest(decodeSnappy(body))) {
      const series = JSON.stringify(labels);
      const [lastAt = Number.NEGATIVE_INFINITY, lastValue] = this.held.get(series)?.at(-1) ?? [];
      for (const { timestamp, value } of samples) {
        if (timestamp < lastAt) return answer(400, "out of order sample\n");
        if (timestamp === lastAt && value !== lastValue) return answer(400, "duplicate sample for timestamp\n");
        if (timestamp > lastAt) fresh.push([series, timestamp, value]);
      }
    }
    for (const [series, at, value] of fresh) {
      const held = this.held.get(series) ?? [];
      held.push([at, value]);
      this.held.set(series, held);
    }
    return answer(204, "");
  };

  /** How many samples it holds. */
  get count(): number {
    return [...this.held.values()].reduce((sum, { length }) => sum + length, 0);
  }
}
