import { EventEmitter } from "node:events";
import type { ReadStream, WriteStream } from "node:tty";
import { describe, expect, test } from "vitest";
import { type ScreenSize, TtyScreen } from "../../src/platform/screen.ts";

function openScreen(isTTY = true) {
  const written: string[] = [];
  const modes: boolean[] = [];
  const calls: string[] = [];
  const output = Object.assign(new EventEmitter(), {
    columns: 10,
    rows: 3,
    write: (text: string) => written.push(text),
  });
  const input = Object.assign(new EventEmitter(), {
    isTTY,
    setRawMode: (isRaw: boolean) => modes.push(isRaw),
    resume: () => calls.push("resume"),
    pause: () => calls.push("pause"),
  });
  const screen = new TtyScreen(output as unknown as WriteStream, input as unknown as ReadStream, () =>
    calls.push("quit"),
  );
  const press = (name: string, ctrl = false) => input.emit("keypress", undefined, { name, ctrl });
  return { screen, output, input, written, modes, calls, press };
}

const tellSize = ({ columns, rows, page }: ScreenSize): string[] => [`${columns}x${rows}`, `page ${page}`];

describe("a terminal taken over", () => {
  test("is given back once, with cursor, page and keys, however often it is asked for", () => {
    const { screen, output, input, written, modes, calls } = openScreen();
    screen[Symbol.dispose]();
    screen[Symbol.dispose]();
    expect(written).toEqual(["\u001b[?1049h\u001b[?25l", "\u001b[?25h\u001b[?1049l"]);
    expect({ modes, calls }).toEqual({ modes: [true, false], calls: ["resume", "pause"] });
    expect([output.listenerCount("resize"), input.listenerCount("keypress")]).toEqual([0, 0]);
    expect(process.listeners("exit")).not.toContainEqual(expect.objectContaining({ name: "leave" }));
  });

  test("is drawn in one piece, from the top, and nothing is cleared but what lies below", () => {
    const { screen, written } = openScreen();
    screen.show(tellSize);
    expect(written.at(-1)).toBe("\u001b[?2026h\u001b[H10x3\r\npage 0\r\n\u001b[J\u001b[?2026l");
    screen.show(() => ["1", "2", "3", "4"]);
    expect(written.at(-1)).toBe("\u001b[?2026h\u001b[H1\r\n2\r\n3\u001b[?2026l");
    screen[Symbol.dispose]();
  });

  test("is drawn anew when its size changes, and at Ctrl-L", () => {
    const { screen, output, written, press } = openScreen();
    screen.show(tellSize);
    Object.assign(output, { columns: 40, rows: 10 });
    output.emit("resize");
    expect(written.at(-1)).toMatch(/\[2J40x10/u);
    press("l", true);
    expect(written.at(-1)).toMatch(/\[2J40x10/u);
    screen[Symbol.dispose]();
  });

  test("that tells no size is taken for one of 80 columns and 24 rows", () => {
    const { screen, output, written } = openScreen();
    Object.assign(output, { columns: 0, rows: 0 });
    screen.show(tellSize);
    expect(written.at(-1)).toContain("80x24");
    screen[Symbol.dispose]();
  });

  test("turns pages by keys, and draws at once", () => {
    const { screen, written, press } = openScreen();
    screen.show(tellSize);
    const pages = ["space", "pagedown", "b", "x", "up", "left"].map((key) => {
      press(key);
      return /page (-?\d)/u.exec(written.at(-1) ?? "")?.[1];
    });
    expect(pages).toEqual(["1", "2", "1", "1", "0", "-1"]);
    screen[Symbol.dispose]();
  });

  test.each([
    ["q", false],
    ["c", true],
  ])("asks to quit at %s with ctrl %s", (key, ctrl) => {
    const { screen, calls, press } = openScreen();
    press(key, ctrl);
    expect(calls).toEqual(["resume", "quit"]);
    screen[Symbol.dispose]();
  });

  test("asks to quit when its input fails, as that of a closed terminal does", () => {
    const { screen, input, calls } = openScreen();
    input.emit("error", new Error("EIO"));
    expect(calls).toEqual(["resume", "quit"]);
    screen[Symbol.dispose]();
  });

  test("whose keys are redirected is drawn all the same", () => {
    const { screen, written, modes } = openScreen(false);
    screen.show(tellSize);
    screen[Symbol.dispose]();
    expect({ modes, drawings: written.length }).toEqual({ modes: [], drawings: 3 });
  });
});
