/**
 * A paced line in a process of its own. Arguments: baud, turnaround in milliseconds. Says where its port is, and, when
 * its standard input ends, what it has counted.
 */

import { Device } from "../../../../hardware-sim/devices/device.ts";
import { Terminals } from "../../../../hardware-sim/lines/pseudo-terminal.ts";
import { SerialLine } from "../../../../hardware-sim/lines/serial-line.ts";
import { smallMeter } from "../../../inputs/small-meter.ts";

const [baud, turnaroundMs] = process.argv.slice(2).map(Number);
const terminals = await Terminals.find();
if (typeof terminals === "string") throw new Error(`there are no pseudo-terminals: ${terminals}`);
const device = new Device({ ...smallMeter, points: [] }, () => () => 0);
const options = { units: new Map([[1, device]]), now: () => 0, format: { baud: baud ?? 9600 } };
using line = new SerialLine({ ...options, turnaroundMs: turnaroundMs ?? 0 }, terminals);
line.plugIn();
process.stdout.write(`${line.path}\n`);
for await (const _ of process.stdin);
process.stdout.write(`${JSON.stringify(line.counts)}\n`);
