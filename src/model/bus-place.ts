/** What a bus is called. All inputs ask here, so that a port which two of them name is found to be one. */

import type { HeldPort } from "./input.ts";

/** Where a bus is, as the keys of instances say it: a serial port of this machine, or a host and its port. */
export interface BusPlace {
  readonly serial?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/** What carries the bytes of a host. */
export type Carrier = "tcp" | "udp" | "gpsd";

/** What precedes the part of a serial port's name that tells it from others. */
const DEVICE_FOLDER = /^\/dev\/(serial\/by-[a-z]+\/)?/u;

/** Of the name of an adapter, the two numbers in hexadecimal. */
const USB_IDS = /^usb:\w+:\w+/u;

/** Names the bus: everything with the same name shares one queue. Leaving out `carrier` means TCP. */
export function busOf({ serial, host, port }: BusPlace, carrier: Carrier = "tcp"): string {
  if (serial === undefined) return `${carrier}://${host}:${port}`.toLowerCase();
  return `serial://${serial.replace(USB_IDS, (ids) => ids.toLowerCase())}`;
}

/** Takes it that one instance alone has a bus, which is reached by TCP if not by a port of this machine. */
export function heldPortOf(place: BusPlace): HeldPort {
  return { bus: busOf(place), key: place.serial === undefined ? "host" : "serial", isShared: false };
}

/** Says in messages where a bus is. */
export function describePlace({ serial, host, port }: BusPlace): string {
  return serial ?? `${host}:${port}`;
}

/** Shortens the name of a serial port to what tells it from others. */
export function shortenPortName(serial: string): string {
  return serial.replace(DEVICE_FOLDER, "");
}
