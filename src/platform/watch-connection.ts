import type { ClientRequest } from "node:http";

/**
 * Watches whether a request ever has a connection; a socket that failed does not tell whether it was open before. One
 * that is used again for the next request connects no more, and is not listened to: the listeners would gather.
 */
export function watchConnection(request: ClientRequest): () => boolean {
  let isConnected = false;
  request.once("socket", (socket) => {
    isConnected = !socket.connecting;
    if (isConnected) return;
    socket.once("connect", () => {
      isConnected = true;
    });
  });
  return () => isConnected;
}
