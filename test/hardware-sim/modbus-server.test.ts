import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import modbus from "modbus-serial";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Device } from "../../hardware-sim/devices/device.ts";
import { ModbusServer } from "../../hardware-sim/devices/modbus-server.ts";
import { RTU } from "../../hardware-sim/devices/rtu-frames.ts";
import type { ModbusProfile, Point } from "../../src/model/profile.ts";
import { toHex } from "../support/hex.ts";
import { toRtu } from "../support/wire-exchange.ts";

const ModbusClient = modbus.default;

function point(name: string, address: number, coding: Partial<Point> = {}): Point {
  return {
    name,
    address,
    table: "holding-register",
    type: "uint16",
    wordOrder: "high-word-first",
    byteOrder: "high-byte-first",
    scale: 1,
    offset: 0,
    sentinels: [],
    unit: "",
    metric: `test.${name}`,
    tags: [],
    ...coding,
  };
}

const profile: ModbusProfile = {
  id: "test/machine",
  description: "A machine for tests.",
  source: { title: "none" },
  trust: "manual-only",
  protocol: "modbus",
  maxRegisters: 20,
  maxGap: 0,
  points: [
    point("count", 100, { type: "uint32" }),
    point("heat", 102, { type: "int16", scale: 0.1 }),
    point("volts", 4, { table: "input-register", type: "float32" }),
    point("door", 110, { type: "bit", bit: 5 }),
    point("coil", 9, { table: "coil", type: "bit" }),
  ],
};

const values: Readonly<Record<string, number>> = { count: 70_000, heat: -12.3, volts: 230.1, door: 1, coil: 0 };

let device: Device;
let server: ModbusServer;
let client: InstanceType<typeof ModbusClient>;

beforeEach(async () => {
  device = new Device(
    profile,
    () =>
      ({ name }) =>
        values[name] ?? 0,
  );
  server = new ModbusServer({ units: new Map([[1, device]]), now: () => 0 });
  await server.open();
  client = new ModbusClient();
  await client.connectTCP("127.0.0.1", { port: server.port });
  client.setID(1);
  client.setTimeout(5000);
});

afterEach(async () => {
  client.destroy(() => undefined);
  await server.close();
});

/** A connection that sends exactly the bytes it is told to and shows exactly what comes back. */
async function openRaw(): Promise<{ socket: Socket; answer(byteCount: number): Promise<string> }> {
  const socket = createConnection({ port: server.port, host: "127.0.0.1" });
  await once(socket, "connect");
  return {
    socket,
    answer: async (byteCount) => {
      const chunks: Buffer[] = [];
      for (let size = 0; size < byteCount; ) {
        const [chunk] = (await once(socket, "data")) as [Buffer];
        chunks.push(chunk);
        size += chunk.byteLength;
      }
      return Buffer.concat(chunks).toString("hex");
    },
  };
}

describe("what the server refuses", () => {
  test("a function that writes is answered with exception 1 and changes nothing", async () => {
    await expect(client.writeRegister(200, 7)).rejects.toMatchObject({ modbusCode: 1 });
    expect(device.bank.read("holding-register", 200)).toBe(200);
  });

  test("more registers than the device allows are exception 3", async () => {
    await expect(client.readHoldingRegisters(0, 21)).rejects.toMatchObject({ modbusCode: 3 });
    expect((await client.readHoldingRegisters(0, 20)).data).toHaveLength(20);
  });

  test("registers beyond the last address are exception 2", async () => {
    await expect(client.readHoldingRegisters(65_535, 2)).rejects.toMatchObject({ modbusCode: 2 });
    expect((await client.readHoldingRegisters(65_535, 1)).data).toEqual([65_535]);
  });

  test("a unit that is not there is exception 11, as a gateway to a bus answers", async () => {
    client.setID(9);
    await expect(client.readHoldingRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 11 });
  });

  test("no registers at all are exception 3", async () => {
    const { socket, answer } = await openRaw();
    socket.write(Buffer.from("000100000006010300000000", "hex"));
    expect(await answer(9)).toBe("000100000003018303");
    socket.destroy();
  });

  test("a stream that is not Modbus TCP is cut", async () => {
    const { socket } = await openRaw();
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await once(socket, "close");
  });
});

describe("what a device says of itself", () => {
  const readVendor = () => client.readDeviceIdentification(1, 0);

  test("is refused where its profile does not say that it knows the function", async () => {
    await expect(readVendor()).rejects.toMatchObject({ modbusCode: 1 });
  });

  test("is read by a foreign client, over Modbus TCP", async () => {
    device.identification = ["Acme Drives", "AD-400", "V2.11"];
    expect(Object.values((await readVendor()).data)).toEqual(["Acme Drives", "AD-400", "V2.11"]);
    await expect(client.readDeviceIdentification(4, 7)).rejects.toMatchObject({ modbusCode: 2 });
    expect((await client.readDeviceIdentification(4, 1)).data[1]).toBe("AD-400");
  });

  test("goes on in another answer where it does not fit one", async () => {
    device.identification = ["A".repeat(200), "B".repeat(200), "C"];
    expect(Object.values((await readVendor()).data)).toEqual(device.identification);
  });
});

describe("a device behind its socket", () => {
  test("a foreign client reads the words of each type", async () => {
    expect((await client.readHoldingRegisters(100, 3)).data).toEqual([1, 4464, 0xff85]);
    const { buffer } = await client.readInputRegisters(4, 2);
    expect(buffer.readFloatBE()).toBe(Math.fround(230.1));
    expect((await client.readHoldingRegisters(110, 1)).data).toEqual([0b10_0000]);
    expect((await client.readCoils(8, 4)).data.slice(0, 4)).toEqual([false, false, false, true]);
    expect((await client.readDiscreteInputs(8, 4)).data.slice(0, 4)).toEqual([false, true, false, true]);
  });

  test("it remembers what a reader should have found", async () => {
    await client.readHoldingRegisters(100, 1);
    expect(device.readBack("heat")).toBeCloseTo(-12.3, 12);
    expect(device.readBack("volts")).toBe(230.1);
    expect(device.readBack("door")).toBe(1);
  });

  test("a point counts as served once for each read that held it whole", async () => {
    await client.readHoldingRegisters(100, 1);
    expect(device.served).toBe(0);
    await client.readHoldingRegisters(101, 2);
    expect(device.served).toBe(1);
    await client.readHoldingRegisters(100, 3);
    expect(device.served).toBe(3);
    await client.readInputRegisters(100, 3);
    expect(device.served).toBe(3);
  });

  test("an exception serves nothing", async () => {
    await expect(client.readHoldingRegisters(90, 30)).rejects.toMatchObject({ modbusCode: 3 });
    expect(device.served).toBe(0);
  });

  test("a held point stands still until it is let go", async () => {
    device.hold("count", 5);
    expect((await client.readHoldingRegisters(100, 2)).data).toEqual([0, 5]);
    device.hold("count", undefined);
    expect((await client.readHoldingRegisters(100, 2)).data).toEqual([1, 4464]);
    expect(() => device.hold("cuont", 5)).toThrow(/no point "cuont"/);
  });
});

describe("requests as the network cuts them", () => {
  const request = "000700000006010300640002";
  const reply = "0007000000070103040001" + "1170";

  test("one request byte by byte is one answer", async () => {
    const { socket, answer } = await openRaw();
    socket.setNoDelay(true);
    for (const byte of Buffer.from(request, "hex")) {
      await new Promise((resolve) => socket.write(Uint8Array.of(byte), resolve));
    }
    expect(await answer(13)).toBe(reply);
    socket.destroy();
  });

  test("two requests in one chunk are two answers in order", async () => {
    const { socket, answer } = await openRaw();
    socket.write(Buffer.from(request + request.replace("0007", "0008"), "hex"));
    expect(await answer(26)).toBe(reply + reply.replace("0007", "0008"));
    socket.destroy();
  });

  test("a request and the beginning of the next are one answer, and the rest makes the second", async () => {
    const { socket, answer } = await openRaw();
    const second = request.replace("0007", "0008");
    socket.write(Buffer.from(request + second.slice(0, 10), "hex"));
    expect(await answer(13)).toBe(reply);
    socket.write(Buffer.from(second.slice(10), "hex"));
    expect(await answer(13)).toBe(reply.replace("0007", "0008"));
    socket.destroy();
  });
});

describe("faults on order", () => {
  test("an exception comes as often as planned, then the unit is well", async () => {
    server.faults.set(1, { kind: "exception", code: 6 }, 2);
    await expect(client.readHoldingRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 6 });
    await expect(client.readHoldingRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 6 });
    expect((await client.readHoldingRegisters(0, 1)).data).toEqual([0]);
  });

  test("a silent unit says nothing and serves nothing", async () => {
    server.faults.set(1, { kind: "silent" }, 1);
    const { socket, answer } = await openRaw();
    socket.write(Buffer.from("000100000006010300640002" + "000200000006010300640002", "hex"));
    expect(await answer(13)).toMatch(/^0002/);
    expect(device.served).toBe(1);
    socket.destroy();
  });

  test("a late answer is late and right, and those behind it wait their turn", async () => {
    server.faults.set(1, { kind: "delay", delayMs: 20 }, 1);
    const { socket, answer } = await openRaw();
    socket.write(Buffer.from("000100000006010300640001" + "000200000006010300640001", "hex"));
    expect(await answer(22)).toBe("0001000000050103020001" + "0002000000050103020001");
    socket.destroy();
  });

  test("a unit can cut the connection instead of answering", async () => {
    server.faults.set(1, { kind: "close" }, 1);
    const { socket } = await openRaw();
    socket.write(Buffer.from("000100000006010300640002", "hex"));
    await once(socket, "close");
    expect(device.served).toBe(0);
  });

  test("a closed server refuses connections and comes back on its port", async () => {
    const { port } = server;
    await server.close();
    const refused = createConnection({ port, host: "127.0.0.1" });
    expect(await once(refused, "error")).toMatchObject([{ code: "ECONNREFUSED" }]);
    await server.open();
    expect(server.port).toBe(port);
    const { socket, answer } = await openRaw();
    socket.write(Buffer.from("000100000006010300640001", "hex"));
    expect(await answer(11)).toBe("0001000000050103020001");
    socket.destroy();
  });

  test("a server told to be silent about unknown units says nothing", async () => {
    await using quiet = new ModbusServer({ units: new Map([[1, device]]), now: () => 0, unknownUnit: "silent" });
    await quiet.open();
    const socket = createConnection({ port: quiet.port, host: "127.0.0.1" });
    await once(socket, "connect");
    socket.write(Buffer.from("000100000006090300640001" + "000200000006010300640001", "hex"));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("hex")).toBe("0002000000050103020001");
    socket.destroy();
  });
});

describe("a server that speaks RTU", () => {
  let line: ModbusServer;
  let master: InstanceType<typeof ModbusClient>;

  beforeEach(async () => {
    line = new ModbusServer({ units: new Map([[1, device]]), now: () => 0, envelope: RTU, unknownUnit: "silent" });
    await line.open();
    master = new ModbusClient();
    await master.connectTelnet("127.0.0.1", { port: line.port });
    master.setID(1);
    master.setTimeout(5000);
  });

  afterEach(async () => {
    master.destroy(() => undefined);
    await line.close();
  });

  test("is silent for a unit that is not there", async () => {
    master.setID(9);
    master.setTimeout(100);
    await expect(master.readHoldingRegisters(0, 1)).rejects.toMatchObject({ errno: "ETIMEDOUT" });
  });

  test("is understood by a foreign master", async () => {
    expect((await master.readHoldingRegisters(200, 2)).data).toEqual([200, 201]);
    expect((await master.readInputRegisters(9, 1)).data).toEqual([9]);
  });

  test("passes over what fits no request, and answers the next that does", async () => {
    const socket = createConnection({ port: line.port, host: "127.0.0.1" });
    await once(socket, "connect");
    socket.write(Buffer.from("ff0103c8000100c80002", "hex"));
    socket.write(Buffer.from(toRtu({ unit: 1, pdu: Uint8Array.of(3, 0, 200, 0, 1) })));
    const [answered] = (await once(socket, "data")) as [Buffer];
    expect(toHex(answered)).toBe(toHex(toRtu({ unit: 1, pdu: Uint8Array.of(3, 2, 0, 200) })));
    socket.destroy();
  });
});
