/** The server by which libmodbus tests its own client: it makes faults on order, at addresses of its own. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Terminals } from "../../../hardware-sim/lines/pseudo-terminal.ts";
import { decodeReadAnswer } from "../../../src/decode/modbus-pdu.ts";
import type { ModbusLink } from "../../../src/inputs/modbus/link.ts";
import { RtuLink } from "../../../src/inputs/modbus/rtu-link.ts";
import { TcpLink } from "../../../src/inputs/modbus/tcp-link.ts";
import { millis } from "../../../src/model/time.ts";
import { openSerialPort } from "../../../src/platform/serial-port.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { toHex } from "../../support/hex.ts";
import { Child } from "../child-process.ts";
import { compile } from "./start-server.ts";

/** Where Debian puts it. */
const EXAMPLES = "/usr/share/doc/libmodbus-dev/examples";

const UNIT = 17;
/** What its faults by raw bytes answer as over TCP. */
const RAW_UNIT = 0xff;
const { signal } = new AbortController();

/** Its faults, by the holding register that is asked for. */
const BUSY = 0x170;
const WRONG_ANSWER = 0x171;
const LATE_BY_500_MS = 0x172;
const BYTE_BY_BYTE = 0x173;

/** The one input register it has, and what it holds. */
const KNOWN = { functionCode: 4, address: 0x108, answer: "0402000a" };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-faults-"));
  return () => rmSync(folder, { recursive: true });
});

/** Starts it; its address is written into its source. */
async function startFaultServer(way: "tcp" | "rtu", place: string): Promise<void> {
  const source = readFileSync(join(EXAMPLES, "unit-test-server.c"), "utf8");
  const file = join(folder, `${way}.c`);
  writeFileSync(file, source.replaceAll(way === "tcp" ? "1502" : "/dev/ttyUSB0", place));
  await compile(file, join(folder, way), ["-w", `-I${EXAMPLES}`]);
  const server = new Child(join(folder, way), [way]);
  onTestFinished(() => server[Symbol.asyncDispose]());
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("the probe has no port");
  return address.port;
}

interface Asking {
  readonly functionCode?: number;
  readonly count?: number;
  readonly unit?: number;
  /** Units: milliseconds. */
  readonly timeout?: number;
}

/** Far from the half of a second by which the server is late. Units: milliseconds. */
const SHORT = 100;

/** Gives the answer in hexadecimal, or the code of what went wrong. */
async function ask(
  link: ModbusLink,
  address: number,
  { functionCode = 3, count = 1, unit = UNIT, timeout = 3000 }: Asking = {},
): Promise<string> {
  const pdu = Uint8Array.of(functionCode, address >> 8, address & 0xff, 0, count);
  return link.request({ unit, pdu, timeout: millis(timeout), signal }).then(toHex, (error) => String(error.code));
}

const askKnown = (link: ModbusLink): Promise<string> => ask(link, KNOWN.address, { functionCode: KNOWN.functionCode });

describe("a server that makes faults, over Modbus TCP", () => {
  async function connect(): Promise<TcpLink> {
    const port = await findFreePort();
    await startFaultServer("tcp", String(port));
    const link = new TcpLink({ host: "127.0.0.1", port }, systemClock);
    onTestFinished(() => link.close());
    await expect.poll(() => askKnown(link), { timeout: 10_000 }).toBe(KNOWN.answer);
    return link;
  }

  test("is heard when it is busy, and when it sends byte by byte", async () => {
    const link = await connect();
    expect(await ask(link, BUSY)).toBe("8306");
    expect(await ask(link, BYTE_BY_BYTE, { unit: RAW_UNIT })).toBe("03020000");
    expect(await askKnown(link)).toBe(KNOWN.answer);
    expect(link.discardedCount).toBe(0);
  });

  test("is never believed what it says by another transaction, or too late", async () => {
    const link = await connect();
    expect(await ask(link, WRONG_ANSWER, { timeout: SHORT })).toBe("INPUT_TIMEOUT");
    await expect.poll(() => link.discardedCount).toBe(1);
    expect(await ask(link, LATE_BY_500_MS, { timeout: SHORT })).toBe("INPUT_TIMEOUT");
    expect(await askKnown(link)).toBe(KNOWN.answer);
    expect(link.discardedCount).toBe(2);
  });

  test("is not believed when it gives fewer registers than were asked for", async () => {
    const link = await connect();
    const pdu = Uint8Array.of(3, 0x01, 0x60, 0, 2);
    const answered = await link.request({ unit: UNIT, pdu, timeout: millis(3000), signal });
    expect(() => decodeReadAnswer({ functionCode: 3, address: 0x160, count: 2 }, answered)).toThrow();
  });
});

describe("a server that makes faults, on a serial port", () => {
  async function connect(): Promise<RtuLink> {
    const terminals = await Terminals.find();
    if (typeof terminals === "string") throw new Error(`there are no pseudo-terminals: ${terminals}`);
    // A cable between two ports.
    const left = terminals.open((bytes) => right.write(bytes));
    const right = terminals.open((bytes) => left.write(bytes));
    onTestFinished(() => {
      left.hangUp();
      right.hangUp();
    });
    await startFaultServer("rtu", left.path);
    const settings = { baud: 115_200, parity: "none", stopBits: 1 } as const;
    const link = new RtuLink(
      { name: "line", settings, openLine: (_timeout, events) => openSerialPort(right.path, settings, events) },
      systemClock,
    );
    onTestFinished(() => link.close());
    await expect.poll(() => askKnown(link), { timeout: 10_000 }).toBe(KNOWN.answer);
    return link;
  }

  test("is heard when it is busy, and not believed what it says as another unit", async () => {
    const link = await connect();
    expect(await ask(link, BUSY)).toBe("8306");
    expect(await ask(link, WRONG_ANSWER)).toBe("INPUT_BAD_REPLY");
    expect(link.countsOf(UNIT)).toMatchObject({ ofAnotherUnit: 1 });
    expect(await askKnown(link)).toBe(KNOWN.answer);
  });

  test("is not believed too late: something shorter is asked first, which shows whose answer comes next", async () => {
    const link = await connect();
    // Not three: what settles the debt asks for one less, and two is the number that this server answers wrong.
    expect(await ask(link, LATE_BY_500_MS, { count: 4, timeout: SHORT })).toBe("INPUT_TIMEOUT");
    expect(await ask(link, 0x160, { count: 4 })).toBe("03080000000000000000");
    expect(link.countsOf(UNIT).late).toBe(1);
    expect(await askKnown(link)).toBe(KNOWN.answer);
  });
});
