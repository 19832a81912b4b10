/** Keys that say where a bus is and how its line is set: alike in every input, with a doc and a default of its own. */

import * as v from "valibot";
import { PARITIES } from "../model/line-settings.ts";
import { wholeNumberField } from "./schema-fields.ts";

/** Source: RFC 6335, 6: the numbers of ports. */
export const PORT_MAX = 65_535;

/** Makes the field of a serial port of this machine. */
export function serialPortField(example: string) {
  return v.pipe(
    v.string(),
    v.regex(/^\/dev\/\S+$|^usb:[\dA-Fa-f]{4}:[\dA-Fa-f]{4}(:\S+)?$/u),
    v.title("a serial port: /dev/serial/by-id/NAME, usb:VENDOR:PRODUCT or usb:VENDOR:PRODUCT:SERIAL"),
    v.examples([example]),
  );
}

/** Makes the field of a host, whose port is a key of its own, such as `port`. */
export function hostField(example: string, port: number) {
  return v.pipe(
    v.string(),
    v.regex(/^[^\s/[\]]+$/),
    v.regex(/^[^:]*$|:.*:/, `a host without its port\nWrite the port on a line of its own, as \`port: ${port}\`.`),
    v.title("a host name or an address, without scheme and path"),
    v.examples([example]),
  );
}

/** The port of a host. */
export const portField = wholeNumberField(1, PORT_MAX);

/** Bits per second. */
export const baudField = wholeNumberField(300, 1_000_000);

/** What is sent with each character to tell a broken one. */
export const parityField = v.picklist(PARITIES);

/** Bits of data in a character. */
export const dataBitsField = v.picklist([7, 8]);

/** Bits of rest after a character. */
export const stopBitsField = v.picklist([1, 2]);
