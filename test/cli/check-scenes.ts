import { answerCommand, type ScaleFault } from "../../hardware-sim/devices/scale-talk.ts";
import * as gpio from "../../src/inputs/gpio/input.ts";
import * as linux from "../../src/inputs/linux/input.ts";
import * as mqtt from "../../src/inputs/mqtt/input.ts";
import * as nmea from "../../src/inputs/nmea/input.ts";
import * as serial from "../../src/inputs/serial/input.ts";
import { GatewayError } from "../../src/model/errors.ts";
import type { InputModule } from "../../src/model/input.ts";
import { millis } from "../../src/model/time.ts";
import type { ByteStream } from "../../src/platform/byte-stream.ts";
import { createGpioOpener } from "../../src/platform/open-gpio-line.ts";
import { openSerialPort } from "../../src/platform/serial-port.ts";
import { describeSocketError, type OpenByteStream } from "../../src/platform/tcp-socket.ts";
import { secondOf, secondWithoutFix } from "../inputs/nmea/sentences.ts";
import { FakeBroker } from "../support/fake-broker.ts";
import { FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeGpioKernel, headerChip } from "../support/fake-gpio-kernel.ts";
import { FakeSystemFiles } from "../support/fake-system-files.ts";
import type { CheckScene } from "./check-bench.ts";

/** Joins an input with ways to its devices that are not the real ones. */
function moduleOf(name: string, createInput: unknown, createLinks: InputModule["createLinks"]): InputModule {
  if (typeof createInput !== "function") throw new Error(`${name} has no createInput`);
  return { createInput: createInput as InputModule["createInput"], createLinks };
}

/** Nothing listens there, in the words of the real socket. */
const refuse: OpenByteStream = (host, port) => {
  const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  return Promise.reject(new GatewayError("INPUT_UNREACHABLE", `${host}:${port} ${describeSocketError(cause)}.`));
};

/** What the broker does when somebody listens. */
export type BrokerManner = "talks" | "silent-topic" | "refuses-user" | "absent";

/** A plant floor behind a broker. */
export function floorScene(manner: BrokerManner): CheckScene {
  const clock = new FakeClock();
  const broker = new FakeBroker();
  if (manner === "refuses-user") broker.connack = { returnCode: 5, sessionPresent: false };
  if (manner === "talks") {
    broker.kept = [
      { topic: "plant/line-3/press-1/temperature", payload: "61.5" },
      { topic: "plant/line-3/press-2/temperature", payload: "58.25" },
      { topic: "plant/line-3/press-1/state", payload: '{"running": true, "cycles": 4711}' },
    ];
  }
  const openTcp = manner === "absent" ? refuse : broker.host.open;
  const ways = { openTcp, openTls: openTcp, digestOf: () => "0011223344556677" };
  return {
    ...{ name: "mqtt", clock, module: moduleOf("mqtt", mqtt.createInput, () => mqtt.createLinks(clock, ways)) },
    config: `instances:
  - name: floor
    broker: mqtt://broker.plant.example
    username: tidegate
    password: planted-secret
    listen: 2
    topics:
      - { topic: "plant/{line}/{machine}/temperature", metric: temperature, unit: degC }
      - topic: "plant/{line}/{machine}/state"
        payload: json
        fields: [{ path: $.cycles, metric: machine.cycles }]
`,
  };
}

/** A port that no machine has. */
const RECEIVER = "/dev/serial/by-id/usb-u-blox-of-nobody";

/** What the system says of a port that is not there. */
async function refusalOf(path: string): Promise<unknown> {
  const settings = { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 } as const;
  const open = openSerialPort(path, settings, { onData: () => undefined, onClose: () => undefined });
  return await open.then(
    () => undefined,
    (cause: unknown) => cause,
  );
}

/** What a receiver does. */
export type ReceiverManner = "drives" | "sees-no-sky" | "silent" | "other-baud" | "absent";

/** A food truck with a receiver on its serial port. */
export async function truckScene(manner: ReceiverManner): Promise<CheckScene> {
  const clock = new FakeClock();
  const refusal = manner === "absent" ? await refusalOf(RECEIVER) : undefined;
  const host = new FakeHost();
  const talk = (): string | Uint8Array => {
    if (manner === "drives") return secondOf(clock.now(), 52.5197, 13.4106, 8.5);
    if (manner === "sees-no-sky") return secondWithoutFix(clock.now());
    return manner === "other-baud" ? Uint8Array.from({ length: 80 }, (_, index) => (index * 37 + 128) & 0xff) : "";
  };
  const tellAgain = (): void => {
    const text = talk();
    const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    if (bytes.length > 0) host.peers.at(-1)?.send(bytes);
    if (host.peers.at(-1)?.isOver === false) clock.after("the receiver talks", millis(1000), tellAgain);
  };
  const openSerial = async (...call: Parameters<typeof host.openSerial>): Promise<ByteStream> => {
    if (refusal !== undefined) throw refusal;
    const stream = await host.openSerial(...call);
    clock.after("the receiver talks", millis(300), tellAgain);
    return stream;
  };
  const links = (): unknown => nmea.createLinks(clock, { openTcp: host.open, openSerial });
  return {
    ...{ name: "nmea", clock, module: moduleOf("nmea", nmea.createInput, links) },
    config: `instances:
  - name: food-truck-1
    serial: ${RECEIVER}
    zones: [{ name: market, lat: 52.5197, lon: 13.4106, radius: 120 }]
    places: [{ name: depot, lat: 52.5424, lon: 13.3496 }]
`,
  };
}

/** What a scale does. */
export type ScaleManner = "weighs" | "overloaded" | "silent" | "talks-otherwise" | "absent";

const SCALE_FAULT_OF: Readonly<Partial<Record<ScaleManner, ScaleFault>>> = { overloaded: "overload", silent: "silent" };

/** A scale that is asked. */
export function scaleScene(manner: ScaleManner): CheckScene {
  const clock = new FakeClock();
  const host = new FakeHost((bytes, peer) => {
    const command = Buffer.from(bytes).toString("latin1").trim();
    if (manner === "talks-otherwise") peer.send(Buffer.from("*** WELCOME ***\r\n"));
    else
      peer.send(
        answerCommand(
          command,
          { grams: 12_345, tareGrams: 500, isSettled: true, isOverloaded: false },
          SCALE_FAULT_OF[manner],
        ).bytes,
      );
  });
  const openTcp = manner === "absent" ? refuse : host.open;
  const links = (): unknown => serial.createLinks(clock, { openTcp, openSerial: host.openSerial });
  return {
    ...{ name: "serial", clock, module: moduleOf("serial", serial.createInput, links) },
    config: "instances: [{ name: scale, host: 192.168.1.50, port: 4001, profile: mettler-toledo/sics }]\n",
  };
}

/** What a line does. */
export type LineManner = "counts" | "taken" | "no-chip" | "denied";

/** A water meter on a pin of the header. */
export function meterScene(manner: LineManner): CheckScene {
  const clock = new FakeClock();
  const chips = manner === "no-chip" ? [] : [{ ...headerChip(), isDenied: manner === "denied" }];
  const kernel = new FakeGpioKernel(clock, chips);
  if (manner === "taken") kernel.requestError = "EBUSY";
  const open = createGpioOpener(undefined, { findKernel: () => Promise.resolve(kernel), listSysfs: () => [] });
  return {
    ...{ name: "gpio", clock, module: moduleOf("gpio", gpio.createInput, () => gpio.createLinks(clock, open)) },
    config: `instances:
  - { name: water, pin: 11, measure: [state, pulses, rate], metric: volume, unit: l, pulses_per_unit: 2 }
`,
  };
}

/** What a board does. */
export type BoardManner = "well" | "sensor-gone" | "sensor-hangs" | "no-files";

const THERMOMETER = "/sys/bus/w1/devices/28-0316a2795eff/w1_slave";

/** A board that tells of itself, with a thermometer. */
export function boardScene(manner: BoardManner): CheckScene {
  const clock = new FakeClock();
  const files = new FakeSystemFiles({
    "/proc/loadavg": "0.52 0.48 0.44 1/214 3310",
    "/proc/uptime": "3610.52 7000.1",
    [THERMOMETER]: "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125",
  });
  if (manner === "sensor-gone" || manner === "no-files") files.files.delete(THERMOMETER);
  if (manner === "sensor-hangs") files.set({ [THERMOMETER]: null });
  if (manner === "no-files") files.files.clear();
  return {
    ...{ name: "linux", clock, module: moduleOf("linux", linux.createInput, () => () => files) },
    config: `instances:
  - { name: board, host: [load, uptime], sensors: [{ one_wire: 28-0316a2795eff, name: cabinet }] }
`,
  };
}
