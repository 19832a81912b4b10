/** A thermometer's scratchpad at 12 bits, as the kernel's driver shows it. Units: degC. */
export function formatOneWire(celsius: number): string {
  const raw = Math.round(celsius * 16);
  const scratchpad = [raw & 0xff, (raw >> 8) & 0xff, 0x4b, 0x46, 0x7f, 0xff, 0x10 - (raw & 0xf), 0x10];
  const checksum = dallasChecksum(scratchpad);
  const bytes = [...scratchpad, checksum].map(toHex).join(" ");
  return `${bytes} : crc=${toHex(checksum)} YES\n${bytes} t=${Math.round((raw * 1000) / 16)}\n`;
}

/** Source: Maxim, application note 27, the polynomial x8 + x5 + x4 + 1, lowest bit first. */
function dallasChecksum(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0x8c : crc >> 1;
  }
  return crc;
}

function toHex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
