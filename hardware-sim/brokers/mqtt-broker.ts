import { createServer, type Server, type Socket } from "node:net";
import { listen, stopListening } from "../listening.ts";
import { BodyReader, packet, type RawPacket, splitPackets, text, uint16 } from "./mqtt-wire.ts";

/** So many messages of quality 1 go ahead of their acknowledgements, as with mosquitto. */
const AHEAD_MAX = 20;

/** So many wait for a client that is away. */
const WAITING_MAX = 10_000;

/** A message of the plant. */
export interface FloorMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
}

/** What a broker tells who is at home in it. */
export interface BrokerEvents {
  /** A message goes out to a client, or once more. */
  onSent(message: FloorMessage): void;
  /** A client has subscribed to a filter. */
  onSubscribed(filter: string): void;
  /** A client has published. */
  onPublished(topic: string, payload: Buffer): void;
}

/** What is remembered of a client between its connections. */
class Session {
  readonly filters = new Set<string>();
  /** Sent and not acknowledged, by number, in their order. */
  readonly ahead = new Map<number, FloorMessage>();
  readonly waiting: FloorMessage[] = [];
  version = 4;
  socket: Socket | undefined;
  #number = 0;

  nextNumber(): number {
    this.#number = (this.#number % 0xffff) + 1;
    return this.#number;
  }
}

/** A small broker: subscriptions, sessions that outlive connections, qualities 0 and 1, no passwords. */
export class MqttBroker implements AsyncDisposable {
  readonly #events: BrokerEvents;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Map<string, Session>();
  #port = 0;

  constructor(events: BrokerEvents) {
    this.#events = events;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  /** Where it listens; 0 before the first `open`. */
  get port(): number {
    return this.#port;
  }

  /** Listens on loopback: on a free port the first time, on the same one after `close`. */
  async open(): Promise<void> {
    this.#port = await listen(this.#server, this.#port);
  }

  /** Cuts every connection. Sessions stay. */
  async close(): Promise<void> {
    await stopListening(this.#server, this.#sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Hands a message to every client that wants it. */
  publish(message: FloorMessage): void {
    for (const session of this.#sessions.values()) {
      if (![...session.filters].some((filter) => isOf(filter, message.topic))) continue;
      if (message.qos === 0) this.#send(session, message, 0, false);
      else if (session.waiting.length < WAITING_MAX) session.waiting.push(message);
      this.#sendWaiting(session);
    }
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    let session: Session | undefined;
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (session?.socket === socket) session.socket = undefined;
    });
    socket.on("data", (bytes) => {
      try {
        const split = splitPackets(Buffer.concat([rest, bytes]));
        rest = split.rest;
        for (const each of split.packets) {
          if (session !== undefined) this.#take(session, each, socket);
          else session = this.#greet(each, socket);
        }
      } catch {
        // What is no MQTT ends the connection, as with every broker.
        socket.destroy();
      }
    });
  }

  #greet({ head, body }: RawPacket, socket: Socket): Session {
    const reader = new BodyReader(body);
    if (head !== 0x10 || reader.text() !== "MQTT") throw new Error("no greeting");
    const version = reader.byte();
    const isClean = (reader.byte() & 2) !== 0;
    reader.uint16();
    if (version === 5) reader.skipProperties();
    const id = reader.text();
    const before = isClean ? undefined : this.#sessions.get(id);
    const session = before ?? new Session();
    this.#sessions.get(id)?.socket?.destroy();
    this.#sessions.set(id, session);
    session.version = version;
    session.socket = socket;
    socket.write(packet(0x20, before === undefined ? 0 : 1, 0, ...(version === 5 ? [0] : [])));
    for (const [number, message] of session.ahead) this.#send(session, message, number, true);
    this.#sendWaiting(session);
    return session;
  }

  #take(session: Session, { head, body }: RawPacket, socket: Socket): void {
    const reader = new BodyReader(body);
    const isFive = session.version === 5;
    switch (head >> 4) {
      case 3: {
        const topic = reader.text();
        if (isFive) reader.skipProperties();
        this.#events.onPublished(topic, reader.rest());
        return;
      }
      case 4:
        session.ahead.delete(reader.uint16());
        this.#sendWaiting(session);
        return;
      case 8: {
        const number = reader.uint16();
        if (isFive) reader.skipProperties();
        const filters: string[] = [];
        const granted: number[] = [];
        while (!reader.isAtEnd) {
          filters.push(reader.text());
          granted.push(Math.min(1, reader.byte() & 3));
        }
        socket.write(packet(0x90, uint16(number), ...(isFive ? [0] : []), ...granted));
        for (const filter of filters) {
          session.filters.add(filter);
          this.#events.onSubscribed(filter);
        }
        return;
      }
      case 10: {
        const number = reader.uint16();
        if (isFive) reader.skipProperties();
        const ended: number[] = [];
        while (!reader.isAtEnd) {
          session.filters.delete(reader.text());
          ended.push(0);
        }
        socket.write(packet(0xb0, uint16(number), ...(isFive ? [0, ...ended] : [])));
        return;
      }
      case 12:
        socket.write(packet(0xd0));
        return;
      default:
        socket.end();
    }
  }

  #sendWaiting(session: Session): void {
    while (session.socket !== undefined && session.ahead.size < AHEAD_MAX) {
      const message = session.waiting.shift();
      if (message === undefined) return;
      const number = session.nextNumber();
      session.ahead.set(number, message);
      this.#send(session, message, number, false);
    }
  }

  #send(session: Session, message: FloorMessage, number: number, isRepeated: boolean): void {
    if (session.socket === undefined) return;
    const { topic, payload, qos } = message;
    this.#events.onSent(message);
    const head = 0x30 | (qos << 1) | (isRepeated ? 8 : 0);
    const numbered = qos === 0 ? [] : [uint16(number)];
    session.socket.write(packet(head, text(topic), ...numbered, ...(session.version === 5 ? [0] : []), payload));
  }
}

/** Says whether a topic is of a filter. */
function isOf(filter: string, topic: string): boolean {
  const parts = topic.split("/");
  for (const [index, level] of filter.split("/").entries()) {
    if (level === "#") return true;
    if (parts[index] === undefined || (level !== "+" && level !== parts[index])) return false;
  }
  return filter.split("/").length === parts.length;
}
