import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { listen, stopListening } from "../listening.ts";
import { checkKey, type Refusal, readJsonBody, refuse } from "./check-request.ts";
import { checkSeries } from "./check-series.ts";
import { WIRE_BYTES_MAX } from "./limits.ts";
import { type Override, OverrideTable, parseOverride } from "./overrides.ts";
import { PayloadArchive } from "./payload-archive.ts";
import { PointLedger } from "./point-ledger.ts";

/** How an intake is made. */
export interface IntakeServerOptions {
  readonly apiKey: string;
  /** The wall clock. Units: milliseconds since 1970. Leaving it out means this machine's. */
  readonly now?: () => number;
}

/** A request that broke a rule of the intake. Never holds a key. */
export interface Violation {
  /** Units: milliseconds since 1970. */
  readonly at: number;
  readonly endpoint: string;
  readonly status: number;
  readonly errors: readonly string[];
}

interface Reply {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const SERIES_PATH = "/api/v2/series";
const VIOLATIONS_MAX = 100;

/**
 * A metrics intake that holds every payload against the rules of the real one, counts what it accepted, and fails when
 * told to. Routes: `README.md`.
 */
export class IntakeServer implements AsyncDisposable {
  readonly ledger = new PointLedger();
  readonly overrides = new OverrideTable();
  /** Requests that broke a rule, since the start. */
  violationCount = 0;
  readonly #apiKey: string;
  readonly #now: () => number;
  readonly #archive = new PayloadArchive();
  readonly #violations: Violation[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(options: IntakeServerOptions) {
    this.#apiKey = options.apiKey;
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

  /** The last requests that broke a rule, oldest first. Limits: 100. */
  get violations(): readonly Violation[] {
    return this.#violations;
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
    if (url === null) return reply(response, toError(refuse(400, "the path is not one")));
    if (method === "POST" && !url.pathname.startsWith("/fakeintake/")) this.#keep(request, url.pathname, body);
    const override = this.overrides.take(method, url.pathname);
    const failure = override?.drop === true || override?.statusCode !== undefined ? override : undefined;
    if (failure?.after === true) this.#route(method, url, request, body);
    const answer = failure === undefined ? this.#route(method, url, request, body) : toReply(failure);
    if (override?.delay_ms !== undefined) await delay(override.delay_ms);
    if (failure?.drop === true) request.socket.destroy();
    else reply(response, answer);
  }

  #route(method: string, url: URL, request: IncomingMessage, body: Uint8Array): Reply {
    switch (`${method} ${url.pathname}`) {
      case `POST ${SERIES_PATH}`:
        return this.#takeSeries(url, request, body);
      case "GET /api/v1/validate":
        return this.#validate(url, request);
      case "GET /fakeintake/health":
        return json({ status: "ok" });
      case "GET /fakeintake/payloads":
        return this.#payloads(url.searchParams.get("endpoint") ?? SERIES_PATH);
      case "GET /fakeintake/routestats":
        return this.#routeStats();
      case "GET /fakeintake/points":
        return { status: 200, contentType: "application/x-ndjson", body: this.#pointLines() };
      case "GET /fakeintake/violations":
        return json({ count: this.violationCount, violations: this.#violations });
      case "GET /fakeintake/flushPayloads":
      case "POST /fakeintake/flushPayloads":
        return this.#flush();
      case "POST /fakeintake/configure/override":
        return this.#configure(body);
      case "DELETE /fakeintake/configure/override":
        this.overrides.clear();
        return json({});
      default:
        return toError(refuse(404, `${method} ${url.pathname} is not a route of this intake`));
    }
  }

  #takeSeries(url: URL, request: IncomingMessage, body: Uint8Array): Reply {
    const keyRefusal = checkKey(request.headers, url.searchParams, this.#apiKey);
    if (keyRefusal !== undefined) return this.#violate(url.pathname, keyRefusal);
    const read = readJsonBody(request.headers, body);
    if ("refusal" in read) return this.#violate(url.pathname, read.refusal);
    const nowSecond = Math.floor(this.#now() / 1000);
    const { points, errors } = checkSeries(read.json, nowSecond);
    if (errors.length > 0) return this.#violate(url.pathname, { status: 400, errors });
    this.ledger.record(points, nowSecond);
    return { status: 202, body: '{"errors":[]}' };
  }

  #validate(url: URL, request: IncomingMessage): Reply {
    const refusal = checkKey(request.headers, url.searchParams, this.#apiKey);
    return refusal === undefined ? json({ valid: true }) : this.#violate(url.pathname, refusal);
  }

  #violate(endpoint: string, refusal: Refusal): Reply {
    this.violationCount += 1;
    this.#violations.push({ at: this.#now(), endpoint, status: refusal.status, errors: refusal.errors });
    if (this.#violations.length > VIOLATIONS_MAX) this.#violations.shift();
    return toError(refusal);
  }

  #keep(request: IncomingMessage, endpoint: string, body: Uint8Array): void {
    const encoding = request.headers["content-encoding"] ?? request.headers["content-type"] ?? "";
    this.#archive.add({ endpoint, at: this.#now(), body, encoding });
  }

  #payloads(endpoint: string): Reply {
    const payloads = this.#archive.of(endpoint).map(({ at, body, encoding }) => ({
      timestamp: new Date(at).toISOString(),
      data: Buffer.from(body).toString("base64"),
      encoding,
    }));
    return json({ payloads });
  }

  #routeStats(): Reply {
    const routes: Record<string, { id: string; count: number }> = {};
    for (const [id, count] of this.#archive.counts) routes[id] = { id, count };
    return json({ routes });
  }

  #pointLines(): string {
    let lines = "";
    for (const point of this.ledger.held()) lines += `${JSON.stringify(point)}\n`;
    return lines;
  }

  #flush(): Reply {
    this.#archive.clear();
    this.ledger.clear();
    this.#violations.length = 0;
    this.violationCount = 0;
    return json({});
  }

  #configure(body: Uint8Array): Reply {
    let override: Override | string;
    try {
      override = parseOverride(JSON.parse(new TextDecoder().decode(body)));
    } catch {
      override = "the override is not JSON";
    }
    if (typeof override === "string") return toError(refuse(400, override));
    this.overrides.set(override);
    return json({});
  }
}

/** Reads a whole body, of which it keeps enough to see that it is too large; undefined when the sender broke off. */
function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    request.on("data", (chunk: Uint8Array) => {
      if (size <= WIRE_BYTES_MAX) chunks.push(chunk);
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

function toError({ status, errors }: Refusal): Reply {
  return { status, body: JSON.stringify({ errors }) };
}

function json(value: unknown): Reply {
  return { status: 200, body: JSON.stringify(value) };
}
