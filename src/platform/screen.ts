/** A terminal taken over: a second page, drawn in place, that leaves what was there before. */

import { emitKeypressEvents, type Key } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";

/** How much fits, and how often a key turned the page; negative for back. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
  readonly page: number;
}

/** What is drawn on. Disposing it gives the terminal back; doing so again does nothing. */
export interface Screen extends Disposable {
  /** Draws the lines `layOut` gives, at once and again when the size or the page changes. */
  show(layOut: (size: ScreenSize) => readonly string[]): void;
}

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
/** A terminal that knows these shows a whole drawing at once; the others ignore them. */
const BEGIN = "\u001b[?2026h";
const END = "\u001b[?2026l";
const HOME = "\u001b[H";
const CLEAR = "\u001b[2J";
const CLEAR_BELOW = "\u001b[J";

/** What a terminal says when it knows no size. */
const COLUMNS = 80;
const ROWS = 24;

const FORWARD: ReadonlySet<string> = new Set(["space", "pagedown", "right", "down"]);
const BACK: ReadonlySet<string> = new Set(["b", "pageup", "left", "up"]);

/** The screen of a terminal. */
export class TtyScreen implements Screen {
  readonly #output: WriteStream;
  readonly #input: ReadStream;
  readonly #onQuit: () => void;
  #layOut: (size: ScreenSize) => readonly string[] = () => [];
  #page = 0;
  #isOpen = true;

  /** Takes the terminal over; `onQuit` is called for q and Ctrl-C, and when the terminal is gone. */
  constructor(output: WriteStream, input: ReadStream, onQuit: () => void) {
    this.#output = output;
    this.#input = input;
    this.#onQuit = onQuit;
    output.write(ENTER);
    output.on("resize", this.#onResize);
    process.once("exit", this.#leave);
    if (!input.isTTY) return;
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on("keypress", this.#onKey);
    input.on("error", onQuit);
    input.resume();
  }

  show(layOut: (size: ScreenSize) => readonly string[]): void {
    this.#layOut = layOut;
    this.#draw(HOME);
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#input.isTTY) {
      this.#input.off("keypress", this.#onKey);
      this.#input.setRawMode(false);
      this.#input.pause();
    }
    this.#output.off("resize", this.#onResize);
    process.off("exit", this.#leave);
    this.#leave();
  }

  /** Lines are as wide as the terminal, so they cover what was there, and nothing is erased that would flicker. */
  #draw(start: string): void {
    const columns = this.#output.columns || COLUMNS;
    const rows = this.#output.rows || ROWS;
    const lines = this.#layOut({ columns, rows, page: this.#page }).slice(0, rows);
    const rest = lines.length < rows ? `\r\n${CLEAR_BELOW}` : "";
    this.#output.write(`${BEGIN}${start}${lines.join("\r\n")}${rest}${END}`);
  }

  /** Whatever ends the process, the terminal is given back. */
  readonly #leave = (): void => {
    this.#output.write(LEAVE);
  };

  readonly #onResize = (): void => this.#draw(`${HOME}${CLEAR}`);

  readonly #onKey = (_text: string | undefined, { name = "", ctrl }: Key): void => {
    if (name === "q" || (ctrl === true && name === "c")) this.#onQuit();
    else if (ctrl === true && name === "l") this.#draw(`${HOME}${CLEAR}`);
    else if (FORWARD.has(name)) this.#turn(1);
    else if (BACK.has(name)) this.#turn(-1);
  };

  #turn(pages: number): void {
    this.#page += pages;
    this.#draw(HOME);
  }
}
