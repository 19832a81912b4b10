/**
 * A receiver as it is heard: bytes to lines, lines to reports, reports to epochs. It connects when it is asked to, and
 * says what came and what was no use.
 */

import { parseGpsdLine } from "../../decode/gpsd-objects.ts";
import { GPSD_LINES, LineSplitter, SENTENCE_LINES } from "../../decode/marked-lines.ts";
import { decodeFixSentence } from "../../decode/nmea-fix.ts";
import { decodeInstrumentSentence, type InstrumentReport } from "../../decode/nmea-instruments.ts";
import { parseSentence, SENTENCE_FLAWS, type SentenceFlaw } from "../../decode/nmea-sentence.ts";
import { type Clock, type MonotonicMillis, millis, type Timer } from "../../model/time.ts";
import type { ByteStream } from "../../platform/byte-stream.ts";
import { type Arrival, EpochMerger, type GpsEpoch } from "./epoch-merger.ts";
import { openReceiver, type ReceiverLinks } from "./place.ts";
import type { NmeaSettings } from "./spec.ts";

/** Sentences of one moment follow each other more closely than this, even at 4800 bits a second. */
const EPOCH_PAUSE = millis(300);

/** Who hears a receiver. */
export interface Listener {
  onEpoch(epoch: GpsEpoch): void;
  onInstrument(report: InstrumentReport, arrival: Arrival): void;
  /** The connection is over, by the other side. */
  onClose(reason: string): void;
}

/** What was heard since somebody last asked. */
export interface Heard {
  /** Units: bytes. */
  readonly bytes: number;
  /** Lines that were sentences, or objects of gpsd. */
  readonly lines: number;
  readonly flaws: Readonly<Record<SentenceFlaw | "overlong" | "cut-short", number>>;
  /** What gpsd itself had to say, such as that a device is not there; empty for nothing. */
  readonly complaint: string;
}

/** A receiver at its place. */
export class Receiver {
  readonly #settings: NmeaSettings;
  readonly #links: ReceiverLinks;
  readonly #clock: Clock;
  readonly #listener: Listener;
  readonly #merger = new EpochMerger();
  readonly #splitter: LineSplitter;
  #stream: ByteStream | undefined;
  #opening: Promise<void> | undefined;
  #isOver = false;
  #pause: Timer | undefined;
  #heardAt: MonotonicMillis;
  #bytes = 0;
  #lines = 0;
  #flaws: Record<SentenceFlaw, number> = noFlaws();
  #overlongBefore = 0;
  #cutShortBefore = 0;
  #complaint = "";

  constructor(settings: NmeaSettings, links: ReceiverLinks, clock: Clock, listener: Listener) {
    this.#settings = settings;
    this.#links = links;
    this.#clock = clock;
    this.#listener = listener;
    this.#splitter = new LineSplitter(settings.gpsd === undefined ? SENTENCE_LINES : GPSD_LINES);
    this.#heardAt = clock.monotonic();
  }

  get isConnected(): boolean {
    return this.#stream !== undefined;
  }

  /** When the last line came that was one, or the connection was made. */
  get heardAt(): MonotonicMillis {
    return this.#heardAt;
  }

  /** Connects, unless it is connected. Errors: `INPUT_UNREACHABLE`. */
  open(): Promise<void> {
    if (this.#stream !== undefined) return Promise.resolve();
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Hangs up: what has begun is forgotten, and the next `open` connects anew. */
  hangUp(): void {
    this.#stream?.close();
    this.#forgetStream();
  }

  /** Ends it for good. Idempotent. */
  close(): void {
    this.#isOver = true;
    this.hangUp();
  }

  /** Tells what was heard since the last time. */
  takeHeard(): Heard {
    const { overlongCount, cutShortCount } = this.#splitter;
    const heard: Heard = {
      bytes: this.#bytes,
      lines: this.#lines,
      flaws: {
        ...this.#flaws,
        overlong: overlongCount - this.#overlongBefore,
        "cut-short": cutShortCount - this.#cutShortBefore,
      },
      complaint: this.#complaint,
    };
    this.#overlongBefore = overlongCount;
    this.#cutShortBefore = cutShortCount;
    this.#bytes = 0;
    this.#lines = 0;
    this.#flaws = noFlaws();
    this.#complaint = "";
    return heard;
  }

  async #connect(): Promise<void> {
    let stream: ByteStream | undefined;
    let early: string | undefined;
    stream = await openReceiver(this.#settings, this.#links, {
      onData: (bytes) => this.#take(bytes),
      onClose: (reason) => {
        early = reason;
        if (stream === undefined || stream !== this.#stream) return;
        this.#forgetStream();
        this.#listener.onClose(reason);
      },
    });
    if (this.#isOver) {
      stream.close();
      return;
    }
    if (early !== undefined) {
      this.#listener.onClose(early);
      return;
    }
    this.#stream = stream;
    this.#heardAt = this.#clock.monotonic();
    if (this.#settings.gpsd !== undefined) stream.write(Buffer.from(watchCommand(this.#settings)));
  }

  #forgetStream(): void {
    this.#stream = undefined;
    this.#splitter.reset();
    this.#merger.forget();
    this.#pause?.cancel();
    this.#pause = undefined;
  }

  #take(bytes: Uint8Array): void {
    if (this.#isOver) return;
    const arrival = { at: this.#clock.now(), monotonic: this.#clock.monotonic() };
    this.#bytes += bytes.length;
    this.#splitter.push(bytes, (line) =>
      line.startsWith("{") ? this.#hearObject(line, arrival) : this.#hear(line, arrival),
    );
  }

  #hear(line: string, arrival: Arrival): void {
    // A whole family of sentences begins with another mark: reports of ships, in a code of their own.
    const sentence = parseSentence(line, this.#settings.checksum);
    if (typeof sentence === "string") {
      this.#flaws[sentence] += 1;
      return;
    }
    this.#note(arrival);
    const report = decodeFixSentence(sentence);
    if (report !== undefined) this.#merge(report, arrival);
    const instrument = report === undefined ? decodeInstrumentSentence(sentence) : undefined;
    if (instrument !== undefined) this.#listener.onInstrument(instrument, arrival);
  }

  #hearObject(line: string, arrival: Arrival): void {
    const object = parseGpsdLine(line);
    switch (object.kind) {
      case "garbled":
        this.#flaws.garbled += 1;
        return;
      case "error":
        this.#complaint = object.message;
        return;
      case "devices":
        if (object.paths.length === 0) this.#complaint = "it has no receiver";
        return;
      case "report":
        break;
      default:
        return;
    }
    const { gpsd_device: wanted } = this.#settings;
    if (wanted !== undefined && object.device !== wanted) return;
    this.#note(arrival);
    this.#merge(object.report, arrival);
  }

  #note(arrival: Arrival): void {
    this.#lines += 1;
    this.#heardAt = arrival.monotonic;
  }

  #merge(report: Parameters<EpochMerger["push"]>[0], arrival: Arrival): void {
    const ended = this.#merger.push(report, arrival);
    if (ended !== undefined) this.#listener.onEpoch(ended);
    this.#pause ??= this.#clock.after("nmea epoch", EPOCH_PAUSE, () => this.#endEpoch());
  }

  /** Nothing more came of the epoch for a while, or else waits on. */
  #endEpoch(): void {
    this.#pause = undefined;
    const left = this.#heardAt + EPOCH_PAUSE - this.#clock.monotonic();
    if (left > 0) {
      this.#pause = this.#clock.after("nmea epoch", millis(left), () => this.#endEpoch());
      return;
    }
    const ended = this.#merger.end();
    if (ended !== undefined) this.#listener.onEpoch(ended);
  }
}

/** Source: gpsd_json(5), WATCH. */
function watchCommand({ gpsd_format: format, gpsd_device: device }: NmeaSettings): string {
  const policy = { enable: true, [format]: true, ...(device === undefined ? {} : { device }) };
  return `?WATCH=${JSON.stringify(policy)};\n`;
}

function noFlaws(): Record<SentenceFlaw, number> {
  return Object.fromEntries(SENTENCE_FLAWS.map((flaw) => [flaw, 0])) as Record<SentenceFlaw, number>;
}
