import { GatewayError } from "../../src/model/errors.ts";
import type { Clock, Millis } from "../../src/model/time.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../src/platform/http-client.ts";

/**
 * What becomes of a request. A silent peer is one that never answers; a lost answer is one that was given unheard, a
 * cut one broke off in its middle.
 */
export type Reaction =
  | HttpResponse
  | "silence"
  | "unreachable"
  | { readonly lost: HttpResponse }
  | { readonly cut: HttpResponse };

/** A client whose peer is a function; no network. It keeps the real one's promises about timeouts and aborts. */
export class FakeHttpClient implements HttpClient {
  readonly requests: HttpRequest[] = [];
  /** Decides what becomes of a request; replace it at any time. */
  react: (request: HttpRequest) => Reaction;
  /** How long the way there and back takes; leaving it out means no time. */
  delayOf: ((request: HttpRequest) => Millis) | undefined;
  isClosed = false;
  readonly #clock: Clock;

  constructor(clock: Clock, react: (request: HttpRequest) => Reaction) {
    this.#clock = clock;
    this.react = react;
  }

  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    this.requests.push(request);
    return new Promise((resolve, reject) => {
      const fail = (what: string): void => {
        timer.cancel();
        reject(new GatewayError("INTAKE_UNREACHABLE", `POST ${request.url.host}${request.url.pathname}: ${what}`));
      };
      const timer = this.#clock.after("http timeout", request.timeout, () => fail("no complete answer in time"));
      if (signal?.aborted === true) {
        fail("given up");
        return;
      }
      signal?.addEventListener("abort", () => fail("given up"), { once: true });
      const answer = (): void => {
        const reaction = this.react(request);
        if (reaction === "unreachable") fail("refused the connection");
        else if (reaction !== "silence" && "cut" in reaction) fail("the answer broke off");
        else if (reaction !== "silence" && !("lost" in reaction)) {
          timer.cancel();
          resolve(reaction);
        }
      };
      const delay = this.delayOf?.(request);
      if (delay === undefined) answer();
      else if (delay < request.timeout) this.#clock.after("answer under way", delay, answer);
    });
  }

  close(): void {
    this.isClosed = true;
  }
}
