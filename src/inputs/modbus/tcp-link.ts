import { type Clock, type Millis, millis } from "../../model/time.ts";
import { type OpenByteStream, openTcpSocket } from "../../platform/tcp-socket.ts";
import { ReconnectingLink } from "./reconnecting-link.ts";
import { TcpConnection, type TcpPlace } from "./tcp-connection.ts";

/** Modbus TCP to one host and port, for all units behind it. */
export class TcpLink extends ReconnectingLink {
  readonly canGiveUpEarly = false;
  readonly #place: TcpPlace;
  readonly #clock: Clock;
  readonly #openByteStream: OpenByteStream;
  readonly #transactions = { lastId: 0, count: 0 };
  #discardedCount = 0;

  /** `openByteStream` left out means a real socket. */
  constructor(place: TcpPlace, clock: Clock, openByteStream: OpenByteStream = openTcpSocket) {
    super(`${place.host}:${place.port}`, clock);
    this.#place = place;
    this.#clock = clock;
    this.#openByteStream = openByteStream;
  }

  /** Answers that nobody waited for, since the link was made. */
  get discardedCount(): number {
    return this.#discardedCount;
  }

  /** Nothing is known of the line behind a gateway, and a network takes no time to speak of. */
  wireTime(): Millis {
    return millis(0);
  }

  /** Late answers are known by their transactions, and of those only the ones under way are remembered. */
  lateCountOf(): number {
    return 0;
  }

  protected connect(timeout: Millis): Promise<TcpConnection> {
    return TcpConnection.open(this.#place, timeout, {
      clock: this.#clock,
      openByteStream: this.#openByteStream,
      transactions: this.#transactions,
      onDiscarded: () => {
        this.#discardedCount += 1;
      },
    });
  }
}
