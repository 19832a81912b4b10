/** Answers may quote what was asked, or what was sent: those that come in from intakes, and those that go out. */

import { GatewayError } from "../model/errors.ts";
import type { ControlHandler } from "../platform/control-socket.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { Scrubber } from "../telemetry/scrubber.ts";

/** Takes secrets out of each answer of an intake, before anyone shows only the beginning of it. */
export function scrubAnswers(http: HttpClient, scrubber: Scrubber): HttpClient {
  return {
    send: async (request, signal) => {
      const answer = await http.send(request, signal);
      return { ...answer, body: scrubber.scrub(answer.body) };
    },
    close: () => http.close(),
  };
}

/** Takes secrets out of what the gateway answers to commands: they may not know all the keys it has had. */
export function scrubControl(handler: ControlHandler, scrubber: Scrubber): ControlHandler {
  return async (request) => {
    try {
      return scrubber.scrubAll(await handler(request));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      throw new GatewayError(error.code, scrubber.scrub(error.message), { cause: error });
    }
  };
}
