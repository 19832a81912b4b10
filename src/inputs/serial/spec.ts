import * as v from "valibot";
import {
  baudField,
  dataBitsField,
  hostField,
  parityField,
  portField,
  serialPortField,
  stopBitsField,
} from "../../schema/line-fields.ts";
import { numberField } from "../../schema/schema-fields.ts";

const settingsFields = v.object({
  serial: v.pipe(
    v.optional(serialPortField("usb:0403:6001")),
    v.metadata({ isShown: true }),
    v.description("The serial port of this machine that the device is connected to; no other instance may have it."),
  ),
  host: v.pipe(
    v.optional(hostField("192.168.1.50", 4001)),
    v.description("Instead of `serial`: the converter, or the device itself, that passes the same bytes on by TCP."),
  ),
  port: v.pipe(v.optional(v.pipe(portField, v.examples([4001]))), v.description("With `host`: the TCP port.")),
  baud: v.pipe(
    v.optional(v.pipe(baudField, v.examples([9600]))),
    v.description("Bits per second, also behind a converter; what the profile says when left out, or 9600."),
  ),
  parity: v.pipe(
    v.optional(v.pipe(parityField, v.examples(["even"]))),
    v.description("Parity; what the profile says when left out, or none."),
  ),
  data_bits: v.pipe(
    v.optional(v.pipe(dataBitsField, v.examples([7]))),
    v.description("Data bits; what the profile says when left out, or 8."),
  ),
  stop_bits: v.pipe(
    v.optional(v.pipe(stopBitsField, v.examples([1]))),
    v.description("Stop bits; what the profile says when left out, or 1."),
  ),
  timeout: v.pipe(
    v.optional(numberField(0.05, 60), 2),
    v.description("Seconds to wait for a connection, and for each answer."),
  ),
  silent_after: v.pipe(
    v.optional(numberField(0.05, 86_400), 60),
    v.description("Of a device that speaks by itself: seconds without a frame after which it counts as silent."),
  ),
});

/** What an instance of `serial` says beyond the keys that every instance has and those that describe a device. */
export const serialSettings = v.pipe(
  settingsFields,
  v.forward(
    v.check(
      ({ host, serial }) => host !== undefined || serial !== undefined,
      "a serial port\nAdd a line `serial: ...`, or `host: ...` and `port: ...` for a converter on the network.",
    ),
    ["serial"],
  ),
  v.forward(
    v.check(
      ({ host, serial }) => host === undefined || serial === undefined,
      "either `serial` or `host`\nA device is reached in one way; delete the line that is not meant.",
    ),
    ["host"],
  ),
  v.forward(
    v.check(
      ({ host, port }) => host === undefined || port !== undefined,
      "the TCP port of the converter\nConverters have none in common; many use 4001, 2000 or 23.",
    ),
    ["port"],
  ),
  v.forward(
    v.check(
      ({ serial, port }) => serial === undefined || port === undefined,
      "no port, which belongs to `host`\nDelete the line; a serial port has no TCP port.",
    ),
    ["port"],
  ),
);

/** The settings of one instance, complete: with a serial port, or a host and its port. Units: seconds. */
export type SerialInputSettings = v.InferOutput<typeof serialSettings>;
