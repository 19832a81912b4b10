/**
 * Units that hold a number of their own in every register for every request, so that an answer to anything else than
 * what was asked is a wrong number.
 */

/** What is in a register of a table of a unit when a request is answered; `serial` counts the requests. */
export function registerAt(serial: number, unit: number, functionCode: number, address: number): number {
  const place = Math.imul(unit * 8 + functionCode, 0x85ebca6b) ^ Math.imul(address + 1, 0xc2b2ae35);
  let mixed = Math.imul(serial + 1, 0x9e3779b1) ^ place;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) & 0xffff;
}

/** Answers the request with this number to read registers. */
export function answerRead(serial: number, unit: number, pdu: Uint8Array): Uint8Array {
  const functionCode = pdu[0] ?? 0;
  const address = ((pdu[1] ?? 0) << 8) | (pdu[2] ?? 0);
  const count = ((pdu[3] ?? 0) << 8) | (pdu[4] ?? 0);
  const answer = new Uint8Array(2 + 2 * count);
  answer[0] = functionCode;
  answer[1] = 2 * count;
  for (let index = 0; index < count; index += 1) {
    const word = registerAt(serial, unit, functionCode, address + index);
    answer[2 + 2 * index] = word >> 8;
    answer[3 + 2 * index] = word & 0xff;
  }
  return answer;
}

/** Answers it by saying no. */
export function refuseRead(pdu: Uint8Array, exception: number): Uint8Array {
  return Uint8Array.of((pdu[0] ?? 0) | 0x80, exception);
}

/** Whether two answers are the same, byte by byte. */
export function isSame(answer: Uint8Array, expected: Uint8Array): boolean {
  return answer.length === expected.length && expected.every((byte, index) => answer[index] === byte);
}
