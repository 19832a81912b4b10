import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { seconds } from "../src/model/time.ts";
import type { HttpRequest } from "../src/platform/http-client.ts";
import { ACCEPTED, CONFIG, startGateway } from "./running-gateway.ts";

const TELLING = { config: { ...CONFIG, hasSelfEvents: true } };

/** The events that were sent, in order. */
function sentEvents(
  requests: readonly HttpRequest[],
): readonly { readonly title: string; readonly date_happened: number }[] {
  const sent = requests.filter(({ url }) => url.pathname === "/api/v1/events");
  return sent.map(({ body }) => JSON.parse(inflateSync(body ?? "").toString("utf8")));
}

function titlesOf(requests: readonly HttpRequest[]): readonly string[] {
  return sentEvents(requests).map(({ title }) => title);
}

describe("a gateway's own events", () => {
  test("stay away where they are switched off", async () => {
    const { clock, gateway, http } = await startGateway();
    await clock.advance(seconds(60));
    await clock.until(gateway.stop());
    expect(titlesOf(http.requests)).toEqual([]);
  });

  test("tell of its start and, before it is gone, of its stop", async () => {
    const { clock, gateway, http } = await startGateway(ACCEPTED, 230, undefined, TELLING);
    await clock.advance(seconds(60));
    const { intakes } = await clock.until(gateway.stop());
    expect(titlesOf(http.requests)).toEqual(["Tidegate started on pi-1", "Tidegate stopped on pi-1"]);
    expect(intakes[0]?.notes?.events).toMatchObject({ delivered: 2, waiting: 0 });
    expect(clock.pending().filter((name) => name === "own events")).toEqual([]);
  });

  test("have the moment they happened, where the clock was set only later", async () => {
    const { clock, gateway, http } = await startGateway(ACCEPTED, 230, undefined, TELLING, (untrusted) =>
      untrusted.setTrusted(false),
    );
    const begunAt = clock.monotonic();
    await clock.advance(seconds(120));
    expect(titlesOf(http.requests)).toEqual([]);
    clock.jumpWall(seconds(86_400));
    clock.setTrusted(true);
    await clock.advance(seconds(30));
    const [started] = sentEvents(http.requests);
    const startedAt = (clock.now() - (clock.monotonic() - begunAt)) / 1000;
    expect(Math.abs((started?.date_happened ?? 0) - startedAt)).toBeLessThanOrEqual(1);
    await clock.until(gateway.stop());
  });

  test.each(["drop-oldest", "drop-newest", "thin"] as const)(
    "tell once that readings give way because the log is full, with %s",
    async (whenFull) => {
      const sealing = { rowsMax: 200, blocksMax: 100 };
      const store = { ...CONFIG.store, maxBytes: 1_500, whenFull, sealing };
      const config = { ...TELLING.config, store };
      const { clock, gateway, http } = await startGateway("unreachable", 230, undefined, { config });
      await clock.advance(seconds(600));
      http.react = () => ACCEPTED;
      await clock.advance(seconds(1200));
      await clock.until(gateway.stop());
      const titles = [...new Set(titlesOf(http.requests))];
      expect(titles).toEqual([
        "Tidegate started on pi-1",
        "The log of Tidegate on pi-1 is full",
        "The log of Tidegate on pi-1 has room again",
        "Tidegate stopped on pi-1",
      ]);
    },
  );

  test("of a life that is cut off are told by the next one, and none that was on disk is lost", async () => {
    const first = await startGateway("unreachable", 230, undefined, TELLING);
    await first.clock.advance(seconds(60));
    first.disk.crash();
    const { clock, gateway, http } = await startGateway(ACCEPTED, 230, undefined, TELLING, undefined, first.disk);
    await clock.advance(seconds(30));
    expect(titlesOf(http.requests)).toEqual([
      "Tidegate started on pi-1",
      "Tidegate runs again on pi-1 after it was cut off",
    ]);
    await clock.until(gateway.stop());
  });
});
