import type { ClientRequest } from "node:http";

/** Watches whether a request ever has a connection; a socket that failed does not tell whether it was open before. */
export function watchConnection(request: ClientRequest): () => boolean {
  let isConnected = false;
  request.once("socket", (socket) => {
    isConnected = !socket.connecting;
    socket.once("connect", () => {
      isConnected = true;
    });
  });
  return () => isConnected;
}
