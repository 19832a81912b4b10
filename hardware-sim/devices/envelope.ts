/** One request or answer in its envelope. */
export interface EnvelopedPdu {
  /** Chosen by the client and repeated in the answer; always 0 where the envelope has none. */
  readonly transaction: number;
  readonly unit: number;
  readonly pdu: Uint8Array;
}

/** A way to carry requests and answers over a stream of bytes. */
export interface Envelope {
  /** Begins to read the requests of one connection. */
  createReader(): RequestReader;
  encode(frame: EnvelopedPdu): Uint8Array;
}

/** Gathers requests out of a byte stream that may be cut anywhere. */
export interface RequestReader {
  /**
   * Takes a chunk and gives the requests it completes; undefined when the stream cannot be read on.
   *
   * Shape: any number of bytes.
   */
  push(chunk: Uint8Array): readonly EnvelopedPdu[] | undefined;
}
