/** Which proxy leads to an address, if any. */

import { isInNetwork, isNetwork } from "../platform/networks.ts";

/** What `proxy` of the main file says. */
export interface ProxyKeys {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  readonly no_proxy?: readonly string[] | undefined;
}

/** Chooses the proxy for an address by its scheme; undefined where the way is direct. */
export function chooseProxy(
  address: string,
  { http, https, no_proxy: exceptions = [] }: ProxyKeys,
): string | undefined {
  const url = new URL(address);
  const proxy = url.protocol === "https:" ? https : http;
  if (proxy === undefined || exceptions.some((entry) => covers(entry, url))) return undefined;
  return withScheme(proxy);
}

/** Says whether an address leads to this machine itself. */
export function isLoopback(address: string): boolean {
  const host = hostOf(new URL(address));
  return /^(.*\.)?localhost$/u.test(host) || ["127.0.0.0/8", "::1"].some((network) => isInNetwork(host, network));
}

/** Says whether a text is the address of a web proxy; its scheme may be left out where it names no user. */
export function isProxyAddress(text: string): boolean {
  const full = text.includes("@") ? text : withScheme(text);
  if (!URL.canParse(full)) return false;
  const { protocol, hostname, pathname, search, hash } = new URL(full);
  return /^https?:$/u.test(protocol) && hostname !== "" && /^\/?$/u.test(pathname) && search + hash === "";
}

/** Says whether a text can stand in `no_proxy`: whether it could be a host, a domain, an address or a network. */
export function isException(text: string): boolean {
  return text.includes("/") ? isNetwork(text) : /^[^\s,@]+$/u.test(text);
}

/**
 * Says whether an entry of `no_proxy` covers an address.
 *
 * Source: Datadog documentation, Agent Proxy Configuration, `no_proxy_nonexact_match`.
 */
function covers(entry: string, url: URL): boolean {
  const host = hostOf(url);
  if (entry === "*") return true;
  if (isNetwork(entry)) return isInNetwork(host, entry);
  const [, name = "", port] = /^(.*?)(?::(\d+))?$/u.exec(entry.toLowerCase()) ?? [];
  if (port !== undefined && port !== portOf(url)) return false;
  const bare = name.replace(/^\[(.*)\]$/u, "$1");
  if (isNetwork(bare)) return isInNetwork(host, bare);
  if (isNetwork(host)) return false;
  const domain = bare.replace(/^\*\./u, ".");
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function withScheme(address: string): string {
  return address.includes("://") ? address : `http://${address}`;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/u, "$1").replace(/\.$/u, "");
}

function portOf({ port, protocol }: URL): string {
  return port === "" ? (protocol === "https:" ? "443" : "80") : port;
}
