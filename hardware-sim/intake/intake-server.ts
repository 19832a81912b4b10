import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { listen, stopListening } from "../listening.ts";
import { type BodyForm, checkAppKey, checkBody, checkKey, type Refusal, refuse } from "./check-request.ts";
import { answerControl } from "./control-routes.ts";
import type { EventList } from "./events.ts";
import { HISTORY_PATH, type HistoryBook } from "./history.ts";
import type { HostDirectory } from "./hosts.ts";
import { IntakeRecords, type Violation } from "./intake-records.ts";
import { NOTE_RAW_BYTES_MAX, NOTE_WIRE_BYTES_MAX } from "./limits.ts";
import { type Override, OverrideTable } from "./overrides.ts";
import { PAYLOAD_ROUTES, type PayloadRoute } from "./payload-routes.ts";
import type { PointLedger } from "./point-ledger.ts";
import { type Reply, toJsonReply, toRefusalReply } from "./reply.ts";
import type { ServiceCheckBoard } from "./service-checks.ts";

/** How an intake is made. */
export interface IntakeServerOptions {
  readonly apiKey: string;
  /** The key of a person who may change the account; leaving it out means that nobody may. */
  readonly appKey?: string;
  /** Whether the account takes points of any age; leaving it out means only of metrics for which it was turned on. */
  readonly hasHistory?: boolean;
  /** The wall clock. Units: milliseconds since 1970. Leaving it out means this machine's. */
  readonly now?: () => number;
}

/** How a change of the account comes. */
const HISTORY_FORM: BodyForm = {
  contentTypes: ["application/json"],
  contentEncodings: [],
  wireBytesMax: NOTE_WIRE_BYTES_MAX,
  rawBytesMax: NOTE_RAW_BYTES_MAX,
};

/** What the widest route takes; a little more shows that a body is too large. Units: bytes. */
const BODY_BYTES_KEPT = Math.max(...[...PAYLOAD_ROUTES.values()].map(({ form }) => form.wireBytesMax));

/**
 * A metrics intake that holds every payload against the rules of the real one, counts what it accepted, and fails when
 * told to. Routes: `README.md`.
 */
export class IntakeServer implements AsyncDisposable {
  readonly overrides = new OverrideTable();
  /** The key it lets in; may be changed at any time, as when keys are rotated. */
  apiKey: string;
  readonly #appKey: string | undefined;
  readonly #now: () => number;
  readonly #records = new IntakeRecords();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(options: IntakeServerOptions) {
    this.apiKey = options.apiKey;
    this.#appKey = options.appKey;
    this.#records.history.isForAll = options.hasHistory ?? false;
    this.#now = options.now ?? Date.now;
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Scheme, host and port. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Whether an outage goes on. */
  get isAway(): boolean {
    return !this.#server.listening;
  }

  /** The points it accepted. */
  get ledger(): PointLedger {
    return this.#records.ledger;
  }

  /** Of which metrics it takes points of any age. */
  get history(): HistoryBook {
    return this.#records.history;
  }

  /** The service checks it accepted. */
  get serviceChecks(): ServiceCheckBoard {
    return this.#records.serviceChecks;
  }

  /** The events it accepted. */
  get events(): EventList {
    return this.#records.events;
  }

  /** The hosts that described themselves. */
  get hosts(): HostDirectory {
    return this.#records.hosts;
  }

  /** Requests that broke a rule, since the start. */
  get violationCount(): number {
    return this.#records.violationCount;
  }

  /** The last requests that broke a rule, oldest first. Limits: 100. */
  get violations(): readonly Violation[] {
    return this.#records.violations;
  }

  /** Listens on loopback, on a free port. */
  async open(): Promise<void> {
    this.#port = await listen(this.#server, 0);
  }

  /** Begins an outage: connections are cut and refused. */
  async takeAway(): Promise<void> {
    await stopListening(this.#server, this.#sockets);
  }

  /** Ends an outage: listens again where it did before. */
  async bringBack(): Promise<void> {
    await listen(this.#server, this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.takeAway();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? "/", this.url);
    const method = request.method ?? "GET";
    const body = await readBody(request);
    if (body === undefined) return;
    if (url === null) return reply(response, toRefusalReply(refuse(400, "the path is not one")));
    if (method === "POST" && !url.pathname.startsWith("/fakeintake/")) this.#archive(request, url.pathname, body);
    const override = this.overrides.take(method, url.pathname);
    const failure = override?.drop === true || override?.statusCode !== undefined ? override : undefined;
    if (failure?.after === true) this.#route(method, url, request, body);
    const answer = failure === undefined ? this.#route(method, url, request, body) : toReply(failure);
    if (override?.delay_ms !== undefined) await delay(override.delay_ms);
    if (failure?.drop === true) request.socket.destroy();
    else reply(response, answer);
  }

  #route(method: string, url: URL, request: IncomingMessage, body: Uint8Array): Reply {
    const { pathname } = url;
    const route = method === "POST" ? PAYLOAD_ROUTES.get(pathname) : undefined;
    if (route !== undefined) return this.#takePayload(route, url, request, body);
    if (method === "GET" && pathname === "/api/v1/validate") return this.#validate(url, request);
    if (pathname.startsWith(HISTORY_PATH)) return this.#changeHistory(method, url, request, body);
    return (
      answerControl(method, url, body, this.#records, this.overrides) ??
      toRefusalReply(refuse(404, `${method} ${pathname} is not a route of this intake`))
    );
  }

  #takePayload({ form, take }: PayloadRoute, url: URL, request: IncomingMessage, body: Uint8Array): Reply {
    const keyRefusal = checkKey(request.headers, url.searchParams, this.apiKey);
    if (keyRefusal !== undefined) return this.#violate(url, keyRefusal);
    const read = checkBody(request.headers, body, form, this.apiKey);
    if ("refusal" in read) return this.#violate(url, read.refusal);
    const taken = take(read.json, Math.floor(this.#now() / 1000), this.#records);
    return "errors" in taken ? this.#violate(url, taken) : taken;
  }

  #changeHistory(method: string, url: URL, request: IncomingMessage, body: Uint8Array): Reply {
    const { headers } = request;
    const refusal = checkKey(headers, url.searchParams, this.apiKey) ?? checkAppKey(headers, this.#appKey);
    if (refusal !== undefined) return this.#violate(url, refusal);
    const { history, ledger } = this.#records;
    const metric = decodeURIComponent(url.pathname.slice(HISTORY_PATH.length + 1));
    if (method === "GET" && metric !== "") return history.lookUp(metric);
    if (method === "DELETE" && metric !== "") return history.turnOff(metric);
    if (method !== "POST" || metric !== "") return toRefusalReply(refuse(405, `${method} is not for this route`));
    const read = checkBody(headers, body, HISTORY_FORM, this.apiKey);
    if ("refusal" in read) return this.#violate(url, read.refusal);
    return history.turnOn(read.json, this.#now(), (each) => ledger.knows(each));
  }

  /** Says no more than the real one does; why it says no is among the violations. */
  #validate(url: URL, request: IncomingMessage): Reply {
    const refusal = checkKey(request.headers, url.searchParams, this.apiKey);
    if (refusal === undefined) return toJsonReply(200, { valid: true });
    this.#violate(url, refusal);
    return toJsonReply(refusal.status, { errors: ["Forbidden"] });
  }

  #violate({ pathname }: URL, refusal: Refusal): Reply {
    this.#records.violate(this.#now(), pathname, refusal);
    return toRefusalReply(refusal);
  }

  #archive(request: IncomingMessage, endpoint: string, body: Uint8Array): void {
    const encoding = request.headers["content-encoding"] ?? request.headers["content-type"] ?? "";
    this.#records.archive.add({ endpoint, at: this.#now(), body, encoding });
  }
}

/** Reads a whole body, of which it keeps enough to see that it is too large; undefined when the sender broke off. */
function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    request.on("data", (chunk: Uint8Array) => {
      if (size <= BODY_BYTES_KEPT) chunks.push(chunk);
      size += chunk.byteLength;
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", () => resolve(undefined));
  });
}

function reply(response: ServerResponse, { status, contentType, headers, body }: Reply): void {
  response.writeHead(status, { "content-type": contentType ?? "application/json", ...headers });
  response.end(body);
}

function toReply(override: Override): Reply {
  return {
    status: override.statusCode ?? 500,
    body: override.body ?? "",
    ...(override.contentType === undefined ? {} : { contentType: override.contentType }),
    ...(override.headers === undefined ? {} : { headers: override.headers }),
  };
}
