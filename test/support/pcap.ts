/** Reads captures of TCP over IPv4 over Ethernet, as tcpdump writes them. */

/** What one packet carried. */
export interface TcpPayload {
  /** 1-based, as Wireshark counts. */
  readonly frameNumber: number;
  /** `address:port`. */
  readonly source: string;
  readonly target: string;
  readonly bytes: Uint8Array;
}

const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
const ETHERNET_HEADER_BYTES = 14;

/** Gives the payload of every TCP packet that has one, in the order of the capture. */
export function readTcpPayloads(capture: Uint8Array): TcpPayload[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  if (view.getUint32(0, true) !== 0xa1b2c3d4) throw new Error("not a little-endian pcap file");
  const payloads: TcpPayload[] = [];
  let start = FILE_HEADER_BYTES;
  for (let frameNumber = 1; start < capture.length; frameNumber += 1) {
    const packet = start + PACKET_HEADER_BYTES;
    start = packet + view.getUint32(start + 8, true);
    const ip = packet + ETHERNET_HEADER_BYTES;
    const isTcp = view.getUint16(packet + 12) === 0x0800 && view.getUint8(ip + 9) === 6;
    if (!isTcp) continue;
    const tcp = ip + (view.getUint8(ip) & 0x0f) * 4;
    const bytes = capture.subarray(tcp + (view.getUint8(tcp + 12) >> 4) * 4, ip + view.getUint16(ip + 2));
    if (bytes.length === 0) continue;
    payloads.push({
      frameNumber,
      source: `${capture.subarray(ip + 12, ip + 16).join(".")}:${view.getUint16(tcp)}`,
      target: `${capture.subarray(ip + 16, ip + 20).join(".")}:${view.getUint16(tcp + 2)}`,
      bytes,
    });
  }
  return payloads;
}
