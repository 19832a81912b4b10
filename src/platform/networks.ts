/** Addresses of machines and the networks they lie in, as the system reads them. */

import { BlockList, isIP } from "node:net";

/** Says whether a text is a network such as `10.0.0.0/8`, or one address. */
export function isNetwork(text: string): boolean {
  return toBlockList(text) !== undefined;
}

/** Says whether an address lies in a network; what is no address lies in none. */
export function isInNetwork(address: string, network: string): boolean {
  const family = familyOf(address);
  return family !== undefined && toBlockList(network)?.check(address, family) === true;
}

function toBlockList(text: string): BlockList | undefined {
  const [address = "", bits] = text.split("/");
  const family = familyOf(address);
  const most = family === "ipv4" ? 32 : 128;
  if (family === undefined || (bits !== undefined && !(/^\d{1,3}$/u.test(bits) && Number(bits) <= most)))
    return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits === undefined ? most : Number(bits), family);
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : `ipv${version as 4 | 6}`;
}
