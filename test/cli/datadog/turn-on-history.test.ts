import { expect, test } from "vitest";
import { turnOnHistory } from "../../../src/cli/datadog/turn-on-history.ts";
import type { HistoryAnswer } from "../../../src/forward/intakes/datadog/history.ts";
import { seconds } from "../../../src/model/time.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const later = (after?: number): HistoryAnswer => ({
  kind: "later",
  said: "Too many requests",
  ...(after === undefined ? {} : { after: seconds(after) }),
});

test("an account that wants fewer requests is waited for, as long as it says and a minute at most", async () => {
  const clock = new FakeClock();
  const answers: HistoryAnswer[] = [later(7), later(9999), later(), { kind: "turned-on", said: "" }];
  const askedAt: number[] = [];
  const ask = (): Promise<HistoryAnswer> => {
    askedAt.push(clock.monotonic());
    return Promise.resolve(answers.shift() ?? later());
  };
  const begunAt = clock.monotonic();
  const results = await clock.until(turnOnHistory(["a"], ask, clock));
  expect(results).toEqual([{ metric: "a", result: "turned-on", said: "" }]);
  expect(askedAt.map((at) => at - begunAt)).toEqual([0, 7000, 67_000, 72_000]);
});

test("an account that never has time ends it, and the rest is not asked for", async () => {
  const clock = new FakeClock();
  let count = 0;
  const ask = (): Promise<HistoryAnswer> => {
    count += 1;
    return Promise.resolve(later());
  };
  const results = await clock.until(turnOnHistory(["a", "b", "c"], ask, clock));
  expect(results.map(({ result }) => result)).toEqual(["later", "not-asked", "not-asked"]);
  expect([count, clock.pending()]).toEqual([4, []]);
});
