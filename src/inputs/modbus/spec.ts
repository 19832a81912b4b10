import * as v from "valibot";

/** The port of Modbus TCP. Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 4.2.1. */
export const MODBUS_PORT = 502;

/** What an instance of `modbus` says beyond the keys that every instance has. */
export const modbusSettings = v.object({
  host: v.pipe(
    v.string(),
    v.regex(/^[^\s/[\]]+$/),
    v.regex(/^[^:]*$|:.*:/, "a host without its port\nWrite the port on a line of its own, as `port: 502`."),
    v.title("a host name or an address, without scheme and path"),
    v.examples(["192.168.1.40"]),
    v.description("Host name or address of the device, or of the gateway in front of it."),
  ),
  port: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), MODBUS_PORT),
    v.description("TCP port."),
  ),
  unit: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)), 1),
    v.description("Modbus unit id: 1 to 247; 0 or 255 for a device that answers only there."),
  ),
  timeout: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(0.05), v.maxValue(60)), 1),
    v.description("Seconds to wait for a connection, and for each answer."),
  ),
});

/** The settings of one instance, complete. Units: `timeout` in seconds. */
export type ModbusSettings = v.InferOutput<typeof modbusSettings>;
