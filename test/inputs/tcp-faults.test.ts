import { describe, expect, test } from "vitest";
import type { Random } from "../../src/model/time.ts";
import type { OpenByteStream } from "../../src/platform/tcp-socket.ts";
import { HOST_FAULTS, type HostFault } from "../support/faulty-host.ts";
import { drawAnyHostFault, exchangeOverTcp } from "../support/faulty-tcp-exchanges.ts";

const EXCHANGES = 10_000;

/** Shows a link every answer as one to what it asked last: as if it looked at no transaction and no unit. */
function believeAll(open: OpenByteStream, bytesBelieved: readonly number[]): OpenByteStream {
  return async (host, port, timeout, events) => {
    let askedLast = new Uint8Array();
    const onData = (bytes: Uint8Array): void => {
      const answer = bytes.slice();
      for (const index of bytesBelieved) answer[index] = askedLast[index] ?? 0;
      events.onData(answer);
    };
    const stream = await open(host, port, timeout, { onData, onClose: (reason) => events.onClose(reason) });
    const write = (bytes: Uint8Array): void => {
      askedLast = bytes.slice();
      stream.write(bytes);
    };
    return { write, close: () => stream.close() };
  };
}

/** Shows a link every byte by itself: as if it did not look where pieces end. */
function hidePieces(open: OpenByteStream): OpenByteStream {
  return (host, port, timeout, events) => {
    const onData = (bytes: Uint8Array): void => {
      for (const byte of bytes) events.onData(Uint8Array.of(byte));
    };
    return open(host, port, timeout, { onData, onClose: (reason) => events.onClose(reason) });
  };
}

const PARTS_OF_HEADER = { transactions: [0, 1], units: [6] } as const;

describe("a host with faults", () => {
  test.each(["transactions", "units"] as const)(
    "and a link that does not look at %s gives wrong values, which are noticed",
    async (part) => {
      const { wrong } = await exchangeOverTcp({
        seed: 1,
        exchanges: 1000,
        inFlightMax: 1,
        drawFault: drawAnyHostFault,
        spoil: (open) => believeAll(open, PARTS_OF_HEADER[part]),
      });
      expect(wrong).toBeGreaterThan(0);
    },
  );

  test("and a link that does not look at where pieces end gives wrong values, which are noticed", async () => {
    const { wrong } = await exchangeOverTcp({
      seed: 1,
      exchanges: 3000,
      inFlightMax: 1,
      drawFault: (random) => (["run together", "late", "repeated"] as const)[Math.floor(3 * random.next())] ?? "none",
      spoil: hidePieces,
    });
    expect(wrong).toBeGreaterThan(0);
  });

  describe.each([1, 4])("and %i requests in flight", (inFlightMax) => {
    test.each(HOST_FAULTS)("gives no wrong value when one answer of three meets: %s", async (fault) => {
      const drawFault = (random: Random): HostFault => (random.next() < 1 / 3 ? fault : "none");
      const { right, refused, wrong } = await exchangeOverTcp({ seed: 7, exchanges: 600, inFlightMax, drawFault });
      expect({ wrong, all: right + refused }).toEqual({ wrong: 0, all: 600 });
      expect(right).toBeGreaterThan(100);
    });
  });

  test.each([
    [1, 1],
    [2, 4],
  ])("gives no wrong value in 10,000 exchanges with faults of all kinds, seed %i", async (seed, inFlightMax) => {
    const run = { seed, exchanges: EXCHANGES, inFlightMax, drawFault: drawAnyHostFault };
    const { right, refused, wrong, sent } = await exchangeOverTcp(run);
    expect(sent / EXCHANGES).toBeLessThan(1.25);
    expect({ wrong, all: right + refused }).toEqual({ wrong: 0, all: EXCHANGES });
    expect(right / EXCHANGES).toBeGreaterThan(0.35);
  });
});
