/** What Telnet adds to a stream of bytes. Source: RFC 854, RFC 855 and RFC 856. */

const ESCAPE = 255;
const DONT = 254;
const DO = 253;
const WONT = 252;
const WILL = 251;
const SUBNEGOTIATION = 250;
const SUBNEGOTIATION_END = 240;

/** The option of passing all bytes on as they are. */
const BINARY = 0;

/** What to say first: neither side shall touch line ends. */
export const TELNET_GREETING: Uint8Array = Uint8Array.of(ESCAPE, WILL, BINARY, ESCAPE, DO, BINARY);

/** Escapes bytes that are sent. Shape: of any length. */
export function escapeTelnet(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes].flatMap((byte) => (byte === ESCAPE ? [ESCAPE, ESCAPE] : [byte])));
}

/** Where in a command the last byte left us. */
type Within = "data" | "command" | "option" | "subnegotiation" | "subnegotiation command";

/** Takes the bytes out of what a Telnet server sends, and answers it. */
export class TelnetReader {
  readonly #reply: (bytes: Uint8Array) => void;
  #within: Within = "data";
  #command = 0;

  /** `reply` sends bytes to the server as they are. */
  constructor(reply: (bytes: Uint8Array) => void) {
    this.#reply = reply;
  }

  /** Gives the bytes that are data. Shape: `bytes` of any length. */
  read(bytes: Uint8Array): Uint8Array {
    return bytes.filter((byte) => this.#isData(byte));
  }

  #isData(byte: number): boolean {
    switch (this.#within) {
      case "data":
        if (byte === ESCAPE) this.#within = "command";
        return byte !== ESCAPE;
      case "command":
        this.#command = byte;
        this.#within = byte === SUBNEGOTIATION ? "subnegotiation" : byte >= WILL && byte !== ESCAPE ? "option" : "data";
        return byte === ESCAPE;
      case "option":
        this.#within = "data";
        this.#answerOption(byte);
        return false;
      case "subnegotiation":
        if (byte === ESCAPE) this.#within = "subnegotiation command";
        return false;
      case "subnegotiation command":
        this.#within = byte === SUBNEGOTIATION_END ? "data" : "subnegotiation";
        return false;
      default:
        return this.#within satisfies never;
    }
  }

  /** Refuses what the server wants or offers; what was asked for at the start needs no answer. */
  #answerOption(option: number): void {
    if (option === BINARY) return;
    if (this.#command === DO) this.#reply(Uint8Array.of(ESCAPE, WONT, option));
    if (this.#command === WILL) this.#reply(Uint8Array.of(ESCAPE, DONT, option));
  }
}
