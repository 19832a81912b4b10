import { shortenPortName } from "../../model/bus-place.ts";
import type { LineSettings } from "../../model/line-settings.ts";
import type { SerialProfile } from "../../model/serial-profile.ts";
import type { SerialInputSettings } from "./spec.ts";

/** Makes the name of an instance that has none, from where it is. */
export function instanceNameOf({ serial, host, port }: SerialInputSettings): string {
  return serial === undefined ? `${host}-${port}` : shortenPortName(serial);
}

/** How the line is set: as the instance says, or as the device is delivered, or as most are. */
export function lineOf(settings: SerialInputSettings, { line }: SerialProfile): LineSettings {
  return {
    baud: settings.baud ?? line.baud ?? 9600,
    parity: settings.parity ?? line.parity ?? "none",
    dataBits: settings.data_bits ?? line.dataBits ?? 8,
    stopBits: settings.stop_bits ?? line.stopBits ?? 1,
  };
}
