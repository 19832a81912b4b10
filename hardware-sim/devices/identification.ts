/** What a device says of itself by function 43/14. Source: MODBUS Application Protocol V1.1b3, 6.21. */

/** The texts of a device, each in the place of its object's number: vendor, product code, revision. */
export type Identification = readonly string[];

const TYPE = 0x0e;
const ALONE = 4;
/** All objects in a row, or one alone. */
const CONFORMITY = 0x81;
const HEADER = [0x2b, TYPE] as const;
const MORE_FOLLOWS = 0xff;
const PDU_BYTES_MAX = 253;
const HEADER_BYTES = 7;

/**
 * Answers a request for the identification, or gives the code of the exception that refuses it.
 *
 * Shape: `pdu` holds at least the function code.
 */
export function answerIdentification(texts: Identification, pdu: Uint8Array): Uint8Array | number {
  const [, type, access = 0, wanted = 0] = pdu;
  if (type !== TYPE) return 1;
  if (pdu.length !== 4 || access < 1 || access > ALONE) return 3;
  if (access === ALONE && texts[wanted] === undefined) return 2;
  // Who asks on where there is nothing begins anew.
  const first = texts[wanted] === undefined ? 0 : wanted;
  const last = access === ALONE ? first : texts.length - 1;
  const objects: number[] = [];
  let next = first;
  while (next <= last) {
    const bytes = new TextEncoder().encode(texts[next]);
    if (HEADER_BYTES + objects.length + 2 + bytes.length > PDU_BYTES_MAX) break;
    objects.push(next, bytes.length, ...bytes);
    next += 1;
  }
  const more = next <= last ? [MORE_FOLLOWS, next] : [0, 0];
  return Uint8Array.of(...HEADER, access, CONFORMITY, ...more, next - first, ...objects);
}
