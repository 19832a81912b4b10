import { emitKeypressEvents, type Key } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import type { ViewLine } from "./live-view.ts";

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_TO_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
const RESET = "\u001b[0m";
const LOOKS: Readonly<Record<ViewLine["look"], string>> = {
  plain: "",
  strong: "\u001b[1m",
  faint: "\u001b[2m",
  alarm: "\u001b[31m",
};

/** The terminal while the plant draws on it: a second page that goes away and leaves what was there before. */
export class Screen implements Disposable {
  readonly #output: WriteStream;
  readonly #input: ReadStream;
  readonly #onKey: (text: string | undefined, key: Key) => void;
  /** Whatever ends the process, the terminal is given back. */
  readonly #leave = (): void => {
    this.#output.write(LEAVE);
  };

  /** Takes over the terminal; `onQuit` is called for q and for Ctrl-C. */
  constructor(output: WriteStream, input: ReadStream, onQuit: () => void) {
    this.#output = output;
    this.#input = input;
    this.#onKey = (_text, key) => {
      if (key.name === "q" || (key.ctrl === true && key.name === "c")) onQuit();
    };
    output.write(ENTER);
    process.once("exit", this.#leave);
    if (!input.isTTY) return;
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on("keypress", this.#onKey);
    input.resume();
  }

  /** How many characters fit. */
  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#output.columns, rows: this.#output.rows };
  }

  /** Draws over what was drawn before. */
  draw(lines: readonly ViewLine[]): void {
    const drawn = lines.map(({ text, look }) => `${LOOKS[look]}${text}${RESET}${CLEAR_TO_LINE_END}`);
    this.#output.write(`${HOME}${drawn.join("\r\n")}${CLEAR_BELOW}`);
  }

  [Symbol.dispose](): void {
    if (this.#input.isTTY) {
      this.#input.off("keypress", this.#onKey);
      this.#input.setRawMode(false);
      this.#input.pause();
    }
    process.off("exit", this.#leave);
    this.#leave();
  }
}
