/**
 * Exchanges with a device on a serial line as text, and their play.
 *
 *     # what it shows, and where it was taken from
 *     > SI\r\n               what the gateway writes
 *     < S S  100.00 g\r\n    what the device says to it, or by itself where nothing is written
 *     ---                    what follows belongs to the next poll
 *
 * \r, \n and \xHH are as in JavaScript; a line that begins with `<x` holds bytes as hexadecimal digits.
 */

import { readFileSync } from "node:fs";
import { type FakeDevice, FakeHost } from "./fake-byte-stream.ts";
import { fromHex } from "./hex.ts";

/** What is asked and said in one poll. */
export interface LineScene {
  /** By what is written, and in order; what nothing is written for stands under the empty text. */
  readonly answers: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** Reads a file. Errors: one that names the line. */
export function readLineScenes(file: string): readonly LineScene[] {
  const scenes: Map<string, Uint8Array[]>[] = [new Map()];
  let request = "";
  for (const [index, line] of readFileSync(file, "utf8").split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const scene = scenes.at(-1) as Map<string, Uint8Array[]>;
    if (line.startsWith("---")) {
      scenes.push(new Map());
      request = "";
    } else if (line.startsWith("> ")) {
      request = readEscapes(line.slice(2));
      scene.set(request, []);
    } else if (line.startsWith("<x ")) scene.set(request, [...(scene.get(request) ?? []), fromHex(line.slice(3))]);
    else if (line.startsWith("< ")) {
      scene.set(request, [...(scene.get(request) ?? []), Buffer.from(readEscapes(line.slice(2)), "latin1")]);
    } else throw new Error(`${file}:${index + 1}: expected #, >, <, <x or ---, found: ${line}`);
  }
  return scenes.map((answers) => ({ answers }));
}

function readEscapes(text: string): string {
  return text.replaceAll(/\\(?:x([\da-fA-F]{2})|(r)|(n))/gu, (_whole, hex?: string, isReturn?: string) =>
    hex === undefined ? (isReturn === undefined ? "\n" : "\r") : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Plays scenes, one for each poll, to whoever connects to its `host`. */
export class LinePlayer {
  readonly device: FakeDevice = (bytes, peer) => {
    const request = Buffer.from(bytes).toString("latin1");
    const answers = this.#scene?.answers.get(request);
    if (answers === undefined) this.failures.push(`nothing is said about ${JSON.stringify(request)}`);
    else for (const answer of answers) peer.send(answer);
  };
  readonly host = new FakeHost(this.device);
  /** What went wrong in the play itself; a test ends by expecting none. */
  readonly failures: string[] = [];
  #scene: LineScene | undefined;

  /** Turns to the scene of the next poll. */
  turnTo(scene: LineScene): void {
    this.#scene = scene;
  }

  /** Says what the device says by itself in this scene. */
  speak(): void {
    for (const bytes of this.#scene?.answers.get("") ?? []) this.host.peers.at(-1)?.send(bytes);
  }
}
