/** A web proxy between the gateway and an intake: where it is, who we are to it, and what its refusals mean. */

import type { Millis } from "../model/time.ts";

/** A proxy as its address tells it. */
export interface WebProxy {
  readonly isSecure: boolean;
  readonly host: string;
  readonly port: number;
  /** How every message names it: `proxy HOST:PORT`. What else the address holds is never shown. */
  readonly label: string;
  /** What it is told of who we are; empty where its address names no user. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Takes the address of a proxy apart, such as `http://user:password@proxy.example:3128`; both schemes will do. */
export function parseProxy(address: string): WebProxy {
  const { protocol, hostname, port, username, password } = new URL(address);
  const isSecure = protocol === "https:";
  const number = port === "" ? (isSecure ? 443 : 80) : Number(port);
  const user = `${decodeEscapes(username)}:${decodeEscapes(password)}`;
  return {
    isSecure,
    host: hostname.replace(/^\[(.*)\]$/u, "$1"),
    port: number,
    label: `proxy ${hostname}:${number}`,
    headers: user === ":" ? {} : { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` },
  };
}

/** What a proxy did instead of opening a way. Its message is whole: what was found and what to do. */
export class ProxyFailure extends Error {
  override readonly name = "ProxyFailure";
}

/** Says that a proxy could not be reached at all. */
export function proxyUnreachable({ label }: WebProxy, why: string): ProxyFailure {
  return new ProxyFailure(`${label} could not be reached (${why}); check the address under proxy`);
}

/** Says that nothing came of a proxy within the time of the request. */
export function proxySilent({ label }: WebProxy, target: string, timeout: Millis): ProxyFailure {
  return new ProxyFailure(
    `${label} opened no way to ${target} within ${timeout} ms; see that a web proxy listens there, and that it may reach the intake`,
  );
}

/** Says what a proxy meant that answered `status` where it was asked for a way to `target`. */
export function proxyRefused({ label, headers }: WebProxy, target: string, status: number): ProxyFailure {
  const advice = adviceOn(status, Object.keys(headers).length > 0, target);
  return new ProxyFailure(`${label} answered ${status} when asked for ${target}: ${advice}`);
}

function adviceOn(status: number, hasUser: boolean, target: string): string {
  if (status === 407) {
    return hasUser
      ? "it refuses the user and the password in its address; correct them, with special characters as %XX"
      : "it wants a user and a password; put USER:PASSWORD@ before the host in its address";
  }
  if (status >= 500) return "it does not reach the intake itself; see that it may, or wait";
  if (status === 403) return `it forbids the way; have its keeper allow ${target}`;
  return "it does not serve as a proxy for this; check the address under proxy";
}

/** What is no escape stands for itself, so that a password with a bare `%` works too. */
function decodeEscapes(text: string): string {
  return text.replaceAll(/(?:%[\da-f]{2})+/giu, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
