import { afterAll, expect, onTestFinished, test } from "vitest";
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
import type { Child } from "../child-process.ts";
import { modbusPeerSuite } from "../modbus-peer-suite.ts";
import { NullModem } from "../null-modem.ts";
import { PYMODBUS_DEVICES, startPymodbus } from "./start-server.ts";

for (const way of ["tcp", "rtu-over-tcp", "ascii-over-tcp", "udp"] as const) {
  modbusPeerSuite(way, async () => startPymodbus(way), PYMODBUS_DEVICES);

  test(`a server that is not ours says who it is, in as many answers as that takes, over ${way}`, async () => {
    const child = startPymodbus(way);
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

for (const way of ["serial", "ascii-serial"] as const) {
  const modems: NullModem[] = [];
  const startServer = async (): Promise<Child> => {
    const modem = await NullModem.open();
    modems.push(modem);
    return startPymodbus(way, modem.paths[1], modem.paths[0]);
  };
  modbusPeerSuite(way, startServer, PYMODBUS_DEVICES);
  afterAll(() => {
    for (const modem of modems) modem.close();
  });
}
