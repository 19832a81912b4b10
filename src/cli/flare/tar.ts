/** Archives in the format every `tar` reads. */

/** One file of an archive. */
export interface TarFile {
  /** Limits: 100 bytes. */
  readonly name: string;
  readonly text: string;
}

const BLOCK_BYTES = 512;

/**
 * Packs files, readable by their owner only.
 *
 * Shape: whole blocks of 512 bytes; each file a header and its bytes, at the end two empty blocks.
 * Units: `modifiedAt` milliseconds since 1970.
 * Source: IEEE Std 1003.1-2017, pax, ustar Interchange Format.
 */
export function packTar(files: readonly TarFile[], modifiedAt: number): Uint8Array {
  const blocks = files.flatMap(({ name, text }) => {
    const bytes = new TextEncoder().encode(text);
    const body = new Uint8Array(Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES);
    body.set(bytes);
    return [encodeHeader(name, bytes.length, modifiedAt), body];
  });
  return Buffer.concat([...blocks, new Uint8Array(2 * BLOCK_BYTES)]);
}

function encodeHeader(name: string, size: number, modifiedAt: number): Uint8Array {
  const header = new Uint8Array(BLOCK_BYTES);
  const write = (offset: number, text: string): void => {
    header.set(new TextEncoder().encode(text), offset);
  };
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  write(0, name.slice(-100));
  write(100, octal(0o600, 7));
  write(108, octal(0, 7));
  write(116, octal(0, 7));
  write(124, octal(size, 11));
  write(136, octal(Math.floor(modifiedAt / 1000), 11));
  write(148, " ".repeat(8));
  write(156, "0");
  write(257, "ustar\u000000");
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  write(148, `${octal(checksum, 6)}\u0000 `);
  return header;
}
