import type { Refusal } from "./check-request.ts";

/** An answer of the intake. */
export interface Reply {
  readonly status: number;
  /** Leaving it out means application/json. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers with JSON. */
export function toJsonReply(status: number, value: unknown): Reply {
  return { status, body: JSON.stringify(value) };
}

/** Answers that a request is refused. */
export function toRefusalReply({ status, errors }: Refusal): Reply {
  return toJsonReply(status, { errors });
}
