/**
 * The on-disk form of events, of the places of their readers, and of the events that an intake refused.
 *
 * ```
 * struct Event {               // payload of a record, version 1, under its number
 *   text title; text text; f64 at; text alertType; text priority; text aggregationKey;
 *   varint n; text tags[n]; text source;
 *   varint epoch;              // whose clock stamped it; not there in what earlier versions wrote, nor below
 * }
 * struct Place {               // payload of a record, version 1
 *   varint position;           // number of the first event not yet passed
 *   varint n; varint counts[n];  // in the order of EVENT_COUNTS
 * }
 * struct Refused {             // payload of a record, version 1
 *   varint number; text answer; Event event;
 * }
 * ```
 */

import { EVENT_COUNTS, type EventCounts, type QueuedEvent } from "../model/event-queue.ts";
import { ALERT_TYPES, EVENT_PRIORITIES, type Event } from "../model/note.ts";
import { epochMillis } from "../model/time.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";

const EVENT_VERSION = 1;
const PLACE_VERSION = 1;
const REFUSED_VERSION = 1;

/** A reader's place. */
export interface EventPlaceState {
  readonly position: number;
  readonly counts: EventCounts;
}

/** An event as its clock stamped it. */
export interface StampedEvent {
  readonly event: Event;
  /** Undefined where nobody noted it: its moment is believed. */
  readonly epoch: number | undefined;
}

/** An event that an intake refused, with the answer that condemned it. */
export interface RefusedEvent extends QueuedEvent {
  readonly answer: string;
}

/** Encodes an event. */
export function encodeEvent({ event, epoch }: StampedEvent): Uint8Array {
  const writer = startRecord(EVENT_VERSION);
  writeEvent(writer, event);
  if (epoch !== undefined) writer.varint(epoch);
  return sealRecord(writer);
}

/** Decodes an event; undefined when it is damaged. Shape: a whole record. */
export function decodeEvent(bytes: Uint8Array): StampedEvent | undefined {
  const reader = openRecord(bytes, EVENT_VERSION);
  const event = reader && readEvent(reader);
  if (reader === undefined || event === undefined) return undefined;
  const epoch = reader.rest > 0 ? reader.varint() : undefined;
  return reader.isBroken ? undefined : { event, epoch };
}

/** Encodes a place. */
export function encodeEventPlace({ position, counts }: EventPlaceState): Uint8Array {
  const writer = startRecord(PLACE_VERSION, 32);
  writer.varint(position);
  writer.varint(EVENT_COUNTS.length);
  for (const key of EVENT_COUNTS) writer.varint(counts[key]);
  return sealRecord(writer);
}

/** Decodes a place; undefined when it is damaged. Shape: a whole record. */
export function decodeEventPlace(bytes: Uint8Array): EventPlaceState | undefined {
  const reader = openRecord(bytes, PLACE_VERSION);
  if (reader === undefined) return undefined;
  const position = reader.varint();
  const written = reader.varint();
  const counts = { delivered: 0, expired: 0, rejected: 0, lost: 0 };
  for (const key of EVENT_COUNTS.slice(0, written)) counts[key] = reader.varint();
  return reader.isBroken ? undefined : { position, counts };
}

/** Encodes a refused event. */
export function encodeRefusedEvent({ number, answer, event }: RefusedEvent): Uint8Array {
  const writer = startRecord(REFUSED_VERSION);
  writer.varint(number);
  writer.text(answer);
  writeEvent(writer, event);
  return sealRecord(writer);
}

/** Decodes a refused event; undefined when it is damaged. Shape: a whole record. */
export function decodeRefusedEvent(bytes: Uint8Array): RefusedEvent | undefined {
  const reader = openRecord(bytes, REFUSED_VERSION);
  if (reader === undefined) return undefined;
  const number = reader.varint();
  const answer = reader.text();
  const event = readEvent(reader);
  return event === undefined ? undefined : { number, answer, event };
}

function writeEvent(writer: ByteWriter, event: Event): void {
  writer.text(event.title);
  writer.text(event.text);
  writer.f64(event.at);
  writer.text(event.alertType);
  writer.text(event.priority);
  writer.text(event.aggregationKey);
  writer.texts(event.tags);
  writer.text(event.source);
}

function readEvent(reader: ByteReader): Event | undefined {
  const title = reader.text();
  const text = reader.text();
  const at = epochMillis(reader.f64());
  const alertWord = reader.text();
  const alertType = ALERT_TYPES.find((known) => known === alertWord);
  const priorityWord = reader.text();
  const priority = EVENT_PRIORITIES.find((known) => known === priorityWord);
  const aggregationKey = reader.text();
  const tags = reader.texts();
  const source = reader.text();
  if (reader.isBroken || alertType === undefined || priority === undefined) return undefined;
  return { title, text, at, alertType, priority, aggregationKey, tags, source };
}
