import * as v from "valibot";
import { REGISTERS_PER_READ_MAX } from "../../decode/modbus-pdu.ts";
import {
  baudField,
  dataBitsField,
  hostField,
  parityField,
  portField,
  serialPortField,
  stopBitsField,
} from "../../schema/line-fields.ts";
import { numberField, wholeNumberField } from "../../schema/schema-fields.ts";

/** The port of Modbus TCP. Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 4.2.1. */
export const MODBUS_PORT = 502;

/** Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 4.3.1.1, which has devices take 1 to 16. */
const IN_FLIGHT_MAX = 16;

/** Who switches the direction of a line. */
const RS485_MODES = ["adapter", "rts_high", "rts_low"] as const;

/** How Modbus is carried to a host; two of them on a serial port too. */
const FRAMINGS = ["tcp", "udp", "rtu", "ascii", "telnet"] as const;

/** By which answers are told apart by a number of their own. */
const NUMBERED_FRAMINGS: readonly string[] = ["tcp", "udp"];

const settingsFields = v.object({
  host: v.pipe(
    v.optional(hostField("192.168.1.40", MODBUS_PORT)),
    v.metadata({ isShown: true }),
    v.description("Host name or address of the device, or of the gateway in front of it."),
  ),
  port: v.pipe(v.optional(portField, MODBUS_PORT), v.description("TCP port.")),
  framing: v.pipe(
    v.optional(v.picklist(FRAMINGS), "tcp"),
    v.description(
      "What is spoken: `tcp`, or `udp` by datagrams; `rtu` or `ascii`, as on a line; `telnet`, RTU by Telnet.",
    ),
  ),
  serial: v.pipe(
    v.optional(serialPortField("usb:0403:6001")),
    v.description("Instead of `host`: the serial port of this machine that the line is connected to."),
  ),
  baud: v.pipe(
    v.optional(baudField, 9600),
    v.description("Bits per second of the serial line, also behind a converter."),
  ),
  parity: v.pipe(v.optional(parityField, "none"), v.description("Parity of the serial line, also behind a converter.")),
  stop_bits: v.pipe(
    v.optional(stopBitsField, 1),
    v.description("Stop bits of the serial line, also behind a converter."),
  ),
  data_bits: v.pipe(
    v.optional(dataBitsField, 8),
    v.description("Data bits of the serial line, also behind a converter: 7 only with `framing: ascii`."),
  ),
  rs485: v.pipe(
    v.optional(v.picklist(RS485_MODES), "adapter"),
    v.description("What lets the port send: the `adapter` itself, or the kernel, by RTS at `rts_high` or `rts_low`."),
  ),
  rts_delay: v.pipe(
    v.optional(wholeNumberField(0, 100), 0),
    v.description("With `rs485` by RTS: milliseconds between switching and sending, and back."),
  ),
  unit: v.pipe(
    v.optional(wholeNumberField(0, 255), 1),
    v.description("Modbus unit id: 1 to 247; 0 or 255 for a device that answers only there."),
  ),
  max_registers: v.pipe(
    v.optional(v.pipe(wholeNumberField(1, REGISTERS_PER_READ_MAX), v.examples([32]))),
    v.description("Most registers in one request, where something in between takes fewer than the profile says."),
  ),
  max_gap: v.pipe(
    v.optional(v.pipe(wholeNumberField(0, 124), v.examples([8]))),
    v.description(
      "How many unused registers may be read through between two points, instead of what the profile says.",
    ),
  ),
  serial_number: v.pipe(
    v.optional(
      v.pipe(
        v.union([v.string(), v.number()]),
        v.title("a serial number, as `status` shows it"),
        v.transform(String),
        v.examples(["41063527"]),
      ),
    ),
    v.description("The serial number of the device that is meant, instead of the first one seen; not of all models."),
  ),
  timeout: v.pipe(
    v.optional(numberField(0.05, 60), 1),
    v.description("Seconds to wait for a connection, and for each answer."),
  ),
  max_in_flight: v.pipe(
    v.optional(wholeNumberField(1, IN_FLIGHT_MAX), 1),
    v.description("How many requests the device takes before it has answered the first; few take more than one."),
  ),
  connect_delay: v.pipe(
    v.optional(numberField(0, 60), 0),
    v.description("Seconds to leave the device alone after connecting, for one that loses what comes too soon."),
  ),
  keep_connection: v.pipe(
    v.optional(v.boolean(), true),
    v.description("Whether the connection is kept between polls; `false` lets other clients have the device."),
  ),
});

function isNumbered({ serial, framing }: { readonly serial?: string | undefined; readonly framing: string }): boolean {
  return serial === undefined && NUMBERED_FRAMINGS.includes(framing);
}

/** What an instance of `modbus` says beyond the keys that every instance has. */
export const modbusSettings = v.pipe(
  settingsFields,
  v.forward(
    v.check(
      ({ host, serial }) => host !== undefined || serial !== undefined,
      "a host name or an address\nAdd a line `host: ...`, or `serial: ...` for a port of this machine.",
    ),
    ["host"],
  ),
  v.forward(
    v.check(
      ({ host, serial }) => host === undefined || serial === undefined,
      "either `host` or `serial`\nA device is reached in one way; delete the line that is not meant.",
    ),
    ["serial"],
  ),
  v.forward(
    v.check(
      ({ serial, framing, unit }) => unit !== 0 || isNumbered({ serial, framing }),
      "a unit id from 1 to 255\nOn a serial line 0 means every unit at once, and none of them answers.",
    ),
    ["unit"],
  ),
  v.forward(
    v.check(
      ({ serial, framing, max_in_flight }) => max_in_flight === 1 || isNumbered({ serial, framing }),
      "1\nOnly over `tcp` and `udp` are answers numbered; on a serial line one request is on the wire at a time.",
    ),
    ["max_in_flight"],
  ),
  v.forward(
    v.check(
      ({ serial, framing }) => serial === undefined || !["udp", "telnet"].includes(framing),
      "rtu or ascii\nA serial port has no network; name the host if there is one in between.",
    ),
    ["framing"],
  ),
  v.forward(
    v.check(
      ({ framing, data_bits }) => data_bits === 8 || framing === "ascii",
      "8\nBytes of RTU have eight bits; a line of 7 speaks `framing: ascii`.",
    ),
    ["data_bits"],
  ),
  v.forward(
    v.check(
      ({ serial, rs485 }) => rs485 === "adapter" || serial !== undefined,
      "adapter\nOnly a serial port of this machine has an RTS; delete the line.",
    ),
    ["rs485"],
  ),
);

/** The settings of one instance, complete: with a host or a serial port. Units: `timeout` in seconds. */
export type ModbusSettings = v.InferOutput<typeof modbusSettings>;
