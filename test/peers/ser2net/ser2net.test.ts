/** A serial line behind ser2net, by Telnet and as plain bytes; the units on it are a foreign server too. */

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, vi } from "vitest";
import { Child } from "../child-process.ts";
import { findFreePort } from "../free-port.ts";
import { modbusPeerSuite } from "../modbus-peer-suite.ts";
import { NullModem } from "../null-modem.ts";
import { PYMODBUS_DEVICES, startPymodbus } from "../pymodbus/start-server.ts";

for (const [way, accepter] of [
  ["telnet", "telnet,tcp"],
  ["rtu-over-tcp", "tcp"],
] as const) {
  const ends: (() => unknown)[] = [];
  const startServer = async (folder: string): Promise<Child> => {
    const modem = await NullModem.open();
    const units = startPymodbus("serial", modem.paths[1], modem.paths[0]);
    ends.push(
      () => units[Symbol.asyncDispose](),
      () => modem.close(),
    );
    const device = await units.firstLine();
    const port = await findFreePort();
    const file = join(folder, "ser2net.yaml");
    const lines = [
      "connection: &line",
      `  accepter: ${accepter},127.0.0.1,${port}`,
      `  connector: serialdev,${device},115200n81,local`,
      "  options: { kickolduser: true }",
      "",
    ];
    writeFileSync(file, lines.join("\n"));
    const server = new Child("sh", ["-c", `echo ${port}; exec ser2net -n -u -c "$0"`, file]);
    await vi.waitUntil(() => isListening(port), { timeout: 10_000, interval: 20 });
    return server;
  };
  modbusPeerSuite(way, startServer, PYMODBUS_DEVICES);
  afterAll(async () => {
    for (const end of ends) await end();
  });
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
