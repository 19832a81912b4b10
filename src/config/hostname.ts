/** The name of this gateway, by which every reading is told apart from those of other gateways. */

import type { FileText } from "../platform/files.ts";

/** Names that many machines share as they come out of the box, so they identify none. */
const NO_IDENTITIES: readonly string[] = ["raspberrypi", "localhost"];

/** Says whether a name tells this machine from others; what stands after the first dot does not help. */
export function isIdentity(hostname: string): boolean {
  return !NO_IDENTITIES.includes(hostname.toLowerCase().split(".", 1)[0] ?? "");
}

/**
 * Makes a name from what the machine knows about itself: `<board model>-<end of serial or machine id>`, or undefined
 * when it has neither a serial nor an id.
 *
 * Source: Linux kernel, Documentation/devicetree/usage-model.rst; machine-id(5).
 */
export function deriveHostname(readFile: (path: string) => FileText): string | undefined {
  const read = (path: string): string => {
    const file = readFile(path);
    return "text" in file ? file.text.replaceAll("\0", "").trim() : "";
  };
  const model = read("/proc/device-tree/model").replace(/ Rev .*$/u, "");
  const identity = read("/sys/firmware/devicetree/base/serial-number") || read("/etc/machine-id");
  if (identity === "") return undefined;
  return `${toKebab(model) || "gateway"}-${toKebab(identity.slice(-8))}`;
}

function toKebab(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .replaceAll(/^-|-$/gu, "");
}
