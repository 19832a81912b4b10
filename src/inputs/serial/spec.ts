import * as v from "valibot";

/** Source: RFC 6335, 6: the numbers of ports. */
const PORT_MAX = 65_535;

const settingsFields = v.object({
  serial: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^\/dev\/\S+$|^usb:[\dA-Fa-f]{4}:[\dA-Fa-f]{4}(:\S+)?$/u),
        v.title("a serial port: /dev/serial/by-id/NAME, usb:VENDOR:PRODUCT or usb:VENDOR:PRODUCT:SERIAL"),
        v.examples(["usb:0403:6001"]),
      ),
    ),
    v.metadata({ isShown: true }),
    v.description("The serial port of this machine that the device is connected to; no other instance may have it."),
  ),
  host: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[^\s/[\]]+$/),
        v.regex(/^[^:]*$|:.*:/, "a host without its port\nWrite the port on a line of its own, as `port: 4001`."),
        v.title("a host name or an address, without scheme and path"),
        v.examples(["192.168.1.50"]),
      ),
    ),
    v.description("Instead of `serial`: the converter, or the device itself, that passes the same bytes on by TCP."),
  ),
  port: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(PORT_MAX), v.examples([4001]))),
    v.description("With `host`: the TCP port."),
  ),
  baud: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(300), v.maxValue(1_000_000), v.examples([9600]))),
    v.description("Bits per second, also behind a converter; what the profile says when left out, or 9600."),
  ),
  parity: v.pipe(
    v.optional(v.pipe(v.picklist(["none", "even", "odd"]), v.examples(["even"]))),
    v.description("Parity; what the profile says when left out, or none."),
  ),
  data_bits: v.pipe(
    v.optional(v.pipe(v.picklist([7, 8]), v.examples([7]))),
    v.description("Data bits; what the profile says when left out, or 8."),
  ),
  stop_bits: v.pipe(
    v.optional(v.pipe(v.picklist([1, 2]), v.examples([1]))),
    v.description("Stop bits; what the profile says when left out, or 1."),
  ),
  timeout: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(0.05), v.maxValue(60)), 2),
    v.description("Seconds to wait for a connection, and for each answer."),
  ),
  silent_after: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(0.05), v.maxValue(86_400)), 60),
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
