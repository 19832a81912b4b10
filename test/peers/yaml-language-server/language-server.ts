import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";

const PROGRAM = fileURLToPath(
  new URL("../node_modules/yaml-language-server/bin/yaml-language-server", import.meta.url),
);

/** A place in a file, both counted from 0. */
export interface Place {
  readonly line: number;
  readonly character: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly uri?: string; readonly diagnostics?: readonly { readonly message: string }[] };
  readonly result?: unknown;
}

/** The YAML language server, which most editors complete and check YAML with, as an editor speaks to it. */
export class LanguageServer implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #diagnostics = new Map<string, (messages: readonly string[]) => void>();
  #received = Buffer.alloc(0);
  #lastId = 0;
  #lastVersion = 0;

  private constructor() {
    this.#process = spawn(process.execPath, [PROGRAM, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdout.on("data", (bytes: Buffer) => this.#receive(bytes));
  }

  /** Starts it as an editor does that opened `folder`. */
  static async start(folder: string): Promise<LanguageServer> {
    const server = new LanguageServer();
    await server.#request("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: { textDocument: { hover: { contentFormat: ["markdown"] } } },
    });
    server.#send({ method: "initialized", params: {} });
    const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
    server.#send({ method: "workspace/didChangeConfiguration", params: { settings: { yaml } } });
    return server;
  }

  /** Opens a file as the editor has it, anew when it is open; gives what the server objects to. */
  async open(path: string, text: string): Promise<readonly string[]> {
    const uri = pathToFileURL(path).href;
    if (this.#diagnostics.has(uri)) await this.#notifyOf(uri, "textDocument/didClose", { uri });
    // The server keeps what it parsed by its version, also of a file that was closed.
    this.#lastVersion += 1;
    return this.#notifyOf(uri, "textDocument/didOpen", { uri, languageId: "yaml", version: this.#lastVersion, text });
  }

  /** Asks what could be written at a place. */
  async complete(path: string, place: Place): Promise<readonly string[]> {
    const answer = await this.#request("textDocument/completion", placeIn(path, place));
    const { items } = answer as { readonly items: readonly { readonly label: string }[] };
    return items.map(({ label }) => label);
  }

  /** Asks what is shown when the pointer rests on a place. */
  async hover(path: string, place: Place): Promise<string> {
    const answer = await this.#request("textDocument/hover", placeIn(path, place));
    return (answer as { readonly contents: { readonly value: string } }).contents.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, "close");
  }

  /** Tells of a file, and waits for what is objected to then; a file that is closed is objected to no more. */
  #notifyOf(uri: string, method: string, textDocument: object): Promise<readonly string[]> {
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    this.#diagnostics.set(uri, resolve);
    this.#send({ method, params: { textDocument } });
    return promise;
  }

  #request(method: string, params: object): Promise<unknown> {
    this.#lastId += 1;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#answers.set(this.#lastId, resolve);
    this.#send({ id: this.#lastId, method, params });
    return promise;
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const from = this.#received.indexOf("\r\n\r\n") + 4;
      const length = Number(
        /Content-Length: (\d+)/u.exec(this.#received.toString("latin1", 0, Math.max(0, from)))?.[1],
      );
      if (!(this.#received.length >= from + length)) return;
      this.#take(JSON.parse(this.#received.toString("utf8", from, from + length)));
      this.#received = this.#received.subarray(from + length);
    }
  }

  #take({ id, method, params, result }: Message): void {
    if (method === "textDocument/publishDiagnostics") {
      this.#diagnostics.get(params?.uri ?? "")?.(params?.diagnostics?.map(({ message }) => message) ?? []);
    } else if (method !== undefined && id !== undefined) this.#send({ id, result: null });
    else if (id !== undefined) this.#answers.get(id)?.(result);
  }
}

function placeIn(path: string, position: Place): object {
  return { textDocument: { uri: pathToFileURL(path).href }, position };
}
