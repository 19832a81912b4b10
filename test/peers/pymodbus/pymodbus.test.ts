import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import {
  decodeIdentificationAnswer,
  encodeIdentificationRequest,
  IDENTIFICATION_ACCESS,
} from "../../../src/decode/device-identification.ts";
import { createLink } from "../../../src/inputs/modbus/place.ts";
import { millis } from "../../../src/model/time.ts";
import { openSerialPort } from "../../../src/platform/serial-port.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { openTcpSocket } from "../../../src/platform/tcp-socket.ts";
import { openUdpPort } from "../../../src/platform/udp-port.ts";
import { Child } from "../child-process.ts";
import { type KnownDevice, modbusPeerSuite } from "../modbus-peer-suite.ts";

/** Debian's own interpreter: another one that comes first on the PATH does not see Debian's packages. */
const PYTHON = "/usr/bin/python3";

const devices: readonly KnownDevice[] = [
  {
    instance: "meter-1",
    unit: 1,
    profile: "eastron/sdm630",
    values: {
      "voltage-l1": 230.1,
      "voltage-l2": 229.8,
      "voltage-l3": 231.4,
      "current-l1": 5.25,
      "current-l2": 4.75,
      "current-l3": 0.125,
      "power-l1": 1207.5,
      "power-l2": -310.25,
      "power-l3": 28.9,
      "apparent-power-l1": 1215.25,
      "apparent-power-l2": 331.5,
      "apparent-power-l3": 29.5,
      "reactive-power-l1": 136.5,
      "reactive-power-l2": -116.75,
      "reactive-power-l3": 6.25,
      "power-factor-l1": 0.994,
      "power-factor-l2": -0.936,
      "power-factor-l3": 0.98,
      power: 926.15,
      "apparent-power": 1576.25,
      "reactive-power": 26,
      "power-factor": 0.588,
      frequency: 49.98,
      "energy-import": 10_234_500,
      "energy-export": 17_250,
      "reactive-energy-import": 812_500,
      "reactive-energy-export": 3750,
      "energy-total": 10_251_750,
      "reactive-energy-total": 816_250,
    },
  },
  {
    instance: "meter-2",
    unit: 2,
    profile: "abb/b23",
    values: {
      "energy-import": 1_234_567_890_120,
      "energy-import-l1": 411_522_630_000,
      "energy-import-l2": 411_522_630_010,
      "energy-import-l3": 411_522_630_110,
      "voltage-l1": 230.1,
      "voltage-l2": 229.8,
      "voltage-l3": 231.4,
      "current-l1": 5.25,
      "current-l2": 4.75,
      "current-l3": 0.13,
      power: -926.15,
      "power-l1": 1207.5,
      "power-l2": -310.25,
      "power-l3": 28.9,
      frequency: 49.98,
      "power-factor": -0.985,
      "power-factor-l1": 0.998,
      "power-factor-l2": -1,
    },
  },
];

const server = fileURLToPath(new URL("./server.py", import.meta.url));

for (const way of ["tcp", "rtu-over-tcp", "ascii-over-tcp", "udp"] as const) {
  modbusPeerSuite(way, async () => new Child(PYTHON, [server, way]), devices);

  test(`a server that is not ours says who it is, in as many answers as that takes, over ${way}`, async () => {
    const child = new Child(PYTHON, [server, way]);
    onTestFinished(() => child[Symbol.asyncDispose]());
    const line = { baud: 9600, parity: "none", stopBits: 1 } as const;
    const at = { host: "127.0.0.1", port: Number(await child.firstLine()) };
    const place = way === "tcp" || way === "udp" ? { kind: way, ...at } : { kind: way, ...at, line };
    const link = createLink(place, systemClock, {
      openTcp: openTcpSocket,
      openSerial: openSerialPort,
      openUdp: openUdpPort,
    });
    onTestFinished(() => link.close());
    const texts: string[] = [];
    let objectId: number | undefined = 0;
    while (objectId !== undefined) {
      const request = { access: IDENTIFICATION_ACCESS.basic, objectId };
      const { signal } = new AbortController();
      const pdu = encodeIdentificationRequest(request);
      const answered = await link.request({ unit: 1, pdu, timeout: millis(5000), signal });
      const answer = decodeIdentificationAnswer(request, answered);
      if (answer.kind === "exception") throw new Error(`exception ${answer.exceptionCode}`);
      for (const { id, bytes } of answer.data.objects) texts[id] = new TextDecoder().decode(bytes);
      objectId = answer.data.nextObjectId;
    }
    expect(texts).toEqual(["Acme Drives ".repeat(10), "AD-400 ".repeat(18), "V2.11"]);
  });
}
