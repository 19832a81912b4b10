/** TLS connections as plain byte streams. The only file that opens one to a device. */

import { connect } from "node:tls";
import { GatewayError } from "../model/errors.ts";
import type { Millis } from "../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";
import { describeSocketError, streamOf } from "./tcp-socket.ts";

/** Whom to trust, and how to show who we are. */
export interface TlsSettings {
  /** Certificates in PEM that count instead of the public ones; leaving them out means the public ones. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the certificate has to have; leaving it out means the host's. */
  readonly serverName?: string | undefined;
}

/** Opens a byte stream by TLS to `host`:`port`. Errors: `INPUT_UNREACHABLE`, `INPUT_NOT_ALLOWED`. */
export type OpenTlsStream = (
  host: string,
  port: number,
  timeout: Millis,
  events: ByteStreamEvents,
  settings: TlsSettings,
) => Promise<ByteStream>;

/**
 * Opens a TLS connection to a peer whose certificate is looked at, always.
 *
 * Errors: `INPUT_UNREACHABLE`, or `INPUT_NOT_ALLOWED` where the certificates are what is wrong; after `timeout` at the
 * latest.
 */
export const openTlsSocket: OpenTlsStream = (host, port, timeout, events, { ca, cert, key, serverName }) =>
  new Promise((resolve, reject) => {
    const isAddress = /^[\d.]+$|:/u.test(host);
    const socket = connect({
      ...{ host, port, timeout, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 },
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === undefined ? (isAddress ? {} : { servername: host }) : { servername: serverName }),
    });
    const fail = (code: "INPUT_UNREACHABLE" | "INPUT_NOT_ALLOWED", why: string, cause?: unknown): void => {
      socket.destroy();
      const context = { host, port };
      reject(new GatewayError(code, `${host}:${port} ${why}.`, { context, ...(cause === undefined ? {} : { cause }) }));
    };
    socket.once("timeout", () => fail("INPUT_UNREACHABLE", `did not agree on TLS within ${timeout} ms`));
    socket.once("error", (cause) => {
      const why = describeTlsError(cause);
      if (why !== undefined) fail("INPUT_NOT_ALLOWED", why, cause);
      else if (socket.connecting || !isCut(cause)) fail("INPUT_UNREACHABLE", describeSocketError(cause), cause);
      else fail("INPUT_UNREACHABLE", `cut the connection before TLS was agreed on: ${NO_TLS_ADVICE}`, cause);
    });
    socket.once("secureConnect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.removeAllListeners("error");
      resolve(streamOf(socket, events, describeTlsError));
    });
  });

const NO_TLS_ADVICE = "look at the port, or write mqtt:// instead of mqtts://";

/** Who speaks no TLS may hang up instead of answering. */
function isCut(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "ECONNRESET" || cause.code === "EPIPE");
}

/** Says in words what is wrong with certificates; undefined where it is something else. */
export function describeTlsError(cause: unknown): string | undefined {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  switch (code) {
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "has a certificate of a CA that is not trusted: name that CA's own certificate as tls_ca";
    case "CERT_HAS_EXPIRED":
      return "has a certificate that has expired: renew it, or look at the clock of this machine";
    case "CERT_NOT_YET_VALID":
      return "has a certificate that is not valid yet: look at the clock of this machine";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "has a certificate of another name: write the name that stands in it as tls_server_name";
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return `does not speak TLS on that port: ${NO_TLS_ADVICE}`;
    case "ERR_OSSL_X509_KEY_VALUES_MISMATCH":
      return "was not asked, as tls_key does not belong to tls_cert: name two that were made together";
    default:
      if (code.includes("ALERT_CERTIFICATE_REQUIRED") || code.includes("ALERT_HANDSHAKE_FAILURE")) {
        return "wants a certificate of the gateway: name one as tls_cert, and its key as tls_key";
      }
      if (code.includes("ALERT")) {
        return `does not accept the gateway's certificate (${code}): name one as tls_cert that its CA has signed`;
      }
      return undefined;
  }
}
