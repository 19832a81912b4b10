import type { Server, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** While a port was given up, any connection out of this machine may borrow it for a moment. */
const ATTEMPTS_MAX = 50;
const PAUSE_MS = 100;

/**
 * Listens on loopback and gives the port; 0 asks for a free one. A port that is taken is tried again for five seconds.
 *
 * Errors: what the system said, when it cannot be had.
 */
export async function listen(server: Server, port: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listenOnce(server, port);
    } catch (cause) {
      const isTaken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
      if (!isTaken || attempt === ATTEMPTS_MAX) throw cause;
      await delay(PAUSE_MS);
    }
  }
}

/** Refuses new connections, cuts those there are, and resolves when all are gone. Idempotent. */
export async function stopListening(server: Server, sockets: Iterable<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  for (const socket of sockets) socket.destroy();
  await closed;
}

function listenOnce(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the server has no port"));
      else resolve(address.port);
    });
  });
}
