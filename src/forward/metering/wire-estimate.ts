/**
 * What a request costs on a metered link, answer included: an estimate, for the link's own count is nowhere to be read.
 *
 * It errs on the high side: packets that are lost and sent again are the only thing it leaves out.
 */

/** A request as far as its size goes. */
export interface SizedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** How the connection of a request comes about: as the first ever, as one that is taken up again, or not at all. */
export type Opening = "first" | "again" | "kept";

/** `Host`, `Content-Length`, `Connection` and the words of the request line. */
const HEAD_BYTES = 120;

/** Status line and headers of an answer with a short body, as Datadog's are. */
const ANSWER_BYTES = 500;

/** What a packet carries, and what comes before it there: 20 for IP, 32 for TCP with a timestamp. */
const SEGMENT_BYTES = 1400;
const PACKET_BYTES = 52;

/** A record of TLS 1.3 holds 16 KiB, and costs 5 for its head and 17 for its end. */
const RECORD_BYTES = 16_384;
const RECORD_COST = 22;

/** A connection, opened and closed: seven packets. */
const CONNECTION_BYTES = 7 * PACKET_BYTES;

/** A handshake of TLS 1.3 with a chain of three certificates, and one that resumes a session. */
const HANDSHAKE_BYTES: Readonly<Record<Opening, number>> = { first: 6000, again: 1500, kept: 0 };

/** Estimates what a request and its answer take. Units: bytes. */
export function estimateWireBytes({ method, url, headers, body }: SizedRequest, opening: Opening): number {
  const named = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  const head = HEAD_BYTES + method.length + url.pathname.length + url.search.length + url.host.length + named;
  const out = head + (body?.byteLength ?? 0);
  const isSecure = url.protocol === "https:";
  const sealed = (bytes: number): number => (isSecure ? Math.ceil(bytes / RECORD_BYTES) * RECORD_COST : 0);
  const packets = (bytes: number): number => Math.ceil(bytes / SEGMENT_BYTES);
  const there = out + sealed(out) + packets(out) * PACKET_BYTES;
  const back = ANSWER_BYTES + sealed(ANSWER_BYTES) + (1 + Math.ceil(packets(out) / 2)) * PACKET_BYTES;
  const opened = opening === "kept" ? 0 : CONNECTION_BYTES + (isSecure ? HANDSHAKE_BYTES[opening] : 0);
  return there + back + opened;
}
