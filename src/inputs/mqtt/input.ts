/** MQTT as an input: one instance is one connection to a broker, and the topics it listens to. */

import type { MqttConnect, MqttMessage } from "../../decode/mqtt-packets.ts";
import { describeDrops } from "../../mailbox/drop-faults.ts";
import { Mailbox } from "../../mailbox/mailbox.ts";
import { type InstanceConfig, SERIES_MAX } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import type { Fault, Input, InputContext, InputPoint, PollOutcome } from "../../model/input.ts";
import { type Clock, seconds, sleep } from "../../model/time.ts";
import { machineDigest } from "../../platform/machine-id.ts";
import { type OpenByteStream, openTcpSocket } from "../../platform/tcp-socket.ts";
import { type OpenTlsStream, openTlsSocket } from "../../platform/tls-socket.ts";
import { clientNameOf, spreadOf } from "./client-name.ts";
import type { Receipt } from "./handover.ts";
import { MqttLink } from "./link.ts";
import { MessageReader } from "./message-reader.ts";
import { PointBook } from "./point-book.ts";
import { type Route, Routes } from "./routes.ts";
import { Rows } from "./rows.ts";
import { SparkplugReader } from "./sparkplug-reader.ts";
import { type MqttSettings, parseBroker } from "./spec.ts";
import { TopicFaults } from "./topic-faults.ts";
import { ValueSink } from "./value-sink.ts";

/** A broker of version 5 sends so many messages before one of them is acknowledged. */
const RECEIVE_MAX = 1000;

/** What all instances share. */
export interface MqttWays {
  readonly openTcp: OpenByteStream;
  readonly openTls: OpenTlsStream;
  /** Makes hexadecimal digits that are others on each machine. */
  digestOf(words: readonly string[]): string;
}

/** Makes what all instances share. Ways left out mean real sockets and this machine. */
export function createLinks(_clock: Clock, ways: Partial<MqttWays> = {}): MqttWays {
  return { openTcp: openTcpSocket, openTls: openTlsSocket, digestOf: machineDigest, ...ways };
}

/** Makes the input of one instance, without side effects. */
export function createInput(instance: InstanceConfig, context: InputContext<MqttWays>): MqttInput {
  return new MqttInput(instance, context);
}

/** Listens to the topics of one instance. */
export class MqttInput implements Input {
  readonly learnsPoints = true;
  readonly bus: string;
  readonly #settings: MqttSettings;
  readonly #clock: Clock;
  readonly #isSingle: boolean;
  readonly #seriesMax: number;
  readonly #book: PointBook;
  readonly #faults: TopicFaults;
  readonly #routes: Routes;
  readonly #reader: MessageReader;
  readonly #sparkplug: SparkplugReader;
  readonly #mailbox = new Mailbox();
  readonly #link: MqttLink;
  readonly #rows = new Rows();
  readonly #heard = new Set<Route>();
  readonly #allHeard = new AbortController();
  #receipts: Receipt[] = [];
  #absent = 0;
  #beEager: () => void = () => undefined;

  constructor(instance: InstanceConfig, { clock, links, isSingle = false, memory }: InputContext<MqttWays>) {
    const settings = instance.settings as MqttSettings;
    this.#settings = settings;
    this.#clock = clock;
    this.#isSingle = isSingle;
    this.#seriesMax = instance.seriesMax ?? SERIES_MAX;
    this.bus = brokerOf(settings);
    this.#book = new PointBook(this.#seriesMax);
    this.#faults = new TopicFaults(clock);
    this.#routes = new Routes(settings.topics);
    const sink = new ValueSink(clock, this.bus, this.#book, this.#faults);
    const publish = settings.rebirth
      ? (topic: string, payload: Uint8Array): void => this.#link.publish(topic, payload)
      : undefined;
    this.#sparkplug = new SparkplugReader({ sink, check: instance.check, publish });
    this.#reader = new MessageReader(this.#routes, sink, this.#sparkplug);
    const connect = connectOf(instance, links, isSingle);
    this.#link = new MqttLink({
      ...{ clock, broker: this.bus, connect, filters: this.#routes.filters, qos: settings.qos },
      timeout: seconds(settings.timeout),
      messageBytesMax: settings.max_message_bytes,
      memory: isSingle ? undefined : memory,
      spreadOf: (attempt) => spreadOf(connect.clientId, attempt),
      open: (events) => open(settings, links, events),
      onMessage: (message, cutBytes, receipt) => this.#take(message, cutBytes, receipt),
      onChange: () => this.#beEager(),
    });
  }

  get points(): readonly InputPoint[] {
    return this.#book.points;
  }

  /** Whether it holds a connection, or is about to. */
  get isConnected(): boolean {
    return this.#link.isHeld;
  }

  onEager(listener: () => void): void {
    this.#beEager = listener;
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.#link.ensure(signal);
    const [fault] = this.#link.faults();
    if (fault !== undefined && !this.#link.isUp) throw new GatewayError(fault.code, fault.message);
  }

  /** The columns of the outcome are filled anew by the next poll. */
  async poll(signal: AbortSignal): Promise<PollOutcome> {
    await this.#link.ensure(signal);
    if (this.#isSingle && this.#link.isUp) await this.#listen(signal);
    this.#sparkplug.ask();
    const { readings, dropped } = this.#mailbox.drain();
    const receipts = this.#receipts;
    const absent = this.#absent;
    this.#receipts = [];
    this.#absent = 0;
    const { retryAt } = this.#link;
    return {
      ...{ readings, absent, dropped, isReachable: this.#link.isUp },
      faults: [
        ...this.#link.faults(),
        ...this.#faults.standing(),
        ...describeDrops(dropped, this.bus, { countMax: this.#mailbox.countMax, seriesMax: this.#seriesMax }),
        ...(this.#isSingle ? this.#silences() : []),
      ],
      serviceChecks: this.#sparkplug.serviceChecks(),
      whenRecorded: (isKept) => {
        if (isKept) this.#link.keep(receipts);
        else this.#link.refuse(receipts, "the log did not take its messages, and the broker is to send them again");
      },
      ...(retryAt === undefined ? {} : { pollAgainAt: retryAt }),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#link.close();
    return Promise.resolve();
  }

  #take(message: MqttMessage, cutBytes: number, receipt: Receipt | undefined): void {
    const rows = this.#rows;
    rows.clear();
    const route = this.#reader.read(message, cutBytes, rows);
    if (route !== undefined && this.#isSingle) this.#hear(route);
    this.#absent += rows.absent;
    if (rows.overLimit > 0) this.#mailbox.drop("series-limit", rows.overLimit);
    const hasRoom = this.#mailbox.count + rows.count <= this.#mailbox.countMax;
    if (receipt !== undefined && !hasRoom) {
      this.#link.refuse([receipt], "more came than there is room for, and the broker is to send it again");
      return;
    }
    for (let row = 0; row < rows.count; row += 1) {
      this.#mailbox.put(rows.point[row] ?? 0, rows.at[row] ?? 0, rows.value[row] ?? 0, rows.flags[row] ?? 0);
    }
    if (receipt !== undefined && rows.count === 0) this.#link.keep([receipt]);
    else if (receipt !== undefined) this.#receipts.push(receipt);
    if ((receipt !== undefined && rows.count > 0) || this.#mailbox.count * 2 >= this.#mailbox.countMax) this.#beEager();
  }

  #hear(route: Route): void {
    this.#heard.add(route);
    this.#sparkplug.ask();
    if (this.#heard.size === this.#routes.all.length) this.#allHeard.abort();
  }

  /** Waits until every topic has had a message, but not for ever. */
  async #listen(signal: AbortSignal): Promise<void> {
    const whole = AbortSignal.any([signal, this.#allHeard.signal]);
    await sleep(this.#clock, `messages of ${this.bus}`, seconds(this.#settings.listen), whole);
    signal.throwIfAborted();
  }

  /** Says of which topics nothing came while it listened. */
  #silences(): readonly Fault[] {
    if (!this.#link.isUp) return [];
    const passedOver = this.#reader.passedOver;
    const retained =
      passedOver === 0
        ? ""
        : ` ${passedOver} messages that the broker had kept were passed over; \`retained: use\` takes them.`;
    return this.#routes.all
      .filter((route) => !this.#heard.has(route))
      .map(({ pattern }) => ({
        code: "INPUT_TIMEOUT" as const,
        message:
          `No message came on ${pattern.filter} at ${this.bus} within ${this.#settings.listen} s. See whether somebody ` +
          `publishes there, and how often; \`listen\` says how long is waited.${retained}`,
        points: [pattern.filter],
      }));
  }
}

/** Names the broker of an instance, as faults and `status` do. */
export function brokerOf({ broker }: Pick<MqttSettings, "broker">): string {
  const place = parseBroker(broker);
  const host = place?.host.includes(":") === true ? `[${place.host}]` : place?.host;
  return `${place?.hasTls === true ? "mqtts" : "mqtt"}://${host}:${place?.port}`;
}

function connectOf(instance: InstanceConfig, { digestOf }: MqttWays, isSingle: boolean): MqttConnect {
  const settings = instance.settings as MqttSettings;
  const { username, password, client_id, clean_session, session_expiry, keep_alive } = settings;
  const words = [instance.check, instance.name];
  // The one that listens all the time keeps its session: two clients of one name push each other out.
  const name = isSingle ? clientNameOf(digestOf([...words, "check"])) : (client_id ?? clientNameOf(digestOf(words)));
  const isClean = isSingle || clean_session;
  return {
    version: settings.version === 5 ? "5" : "3.1.1",
    ...{ clientId: name, isClean, keepAliveS: keep_alive, username, password },
    sessionExpiryS: isClean ? 0 : session_expiry,
    receiveMax: RECEIVE_MAX,
  };
}

function open(settings: MqttSettings, { openTcp, openTls }: MqttWays, events: Parameters<OpenByteStream>[3]) {
  const place = parseBroker(settings.broker);
  if (place === undefined) throw new Error(`the broker ${settings.broker} passed its schema`);
  const timeout = seconds(settings.timeout);
  if (!place.hasTls) return openTcp(place.host, place.port, timeout, events);
  const { tls_ca: ca, tls_cert: cert, tls_key: key, tls_server_name: serverName } = settings;
  return openTls(place.host, place.port, timeout, events, { ca, cert, key, serverName });
}
