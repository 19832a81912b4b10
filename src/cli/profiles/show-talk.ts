/** What a profile of a serial line comes to: how its device speaks, and what is read from its frames. */

import { showText } from "../../decode/fields/frame-reader.ts";
import type { FieldPlace, FramingRule, SerialPoint, SerialProfile, WireBytes } from "../../model/serial-profile.ts";
import { type Column, formatTable } from "../table.ts";

const COLUMNS: readonly Column[] = [
  { heading: "POINT" },
  { heading: "WHERE" },
  { heading: "SCALE", align: "right" },
  { heading: "UNIT" },
  { heading: "METRIC" },
  { heading: "RANGE" },
  { heading: "TAGS" },
];

/** Says in lines how the device speaks, and lays out its points by what is asked for them. */
export function formatTalk({ line, framing, checksum, points }: SerialProfile): readonly string[] {
  const { baud = 9600, parity = "none", dataBits = 8, stopBits = 1 } = line;
  const lines = [
    `Line: ${baud} baud, parity ${parity}, ${dataBits} data bits, ${stopBits} stop bit${stopBits === 1 ? "" : "s"}`,
    `Frames: ${describeFraming(framing)}${checksum === undefined ? "" : `, checked by ${checksum.type}`}`,
  ];
  for (const [request, members = []] of Object.entries(Object.groupBy(points, (point) => point.request ?? ""))) {
    lines.push(
      "",
      request === "" ? "Points that the device tells by itself" : `Points that answer "${showText(request)}"`,
    );
    lines.push(...formatTable(COLUMNS, members.map(toRow)));
  }
  return lines;
}

function describeFraming(framing: FramingRule): string {
  const begin = framing.type === "silence" || framing.start.length === 0 ? "" : ` from ${spell(framing.start)} on`;
  switch (framing.type) {
    case "delimiter":
      return `up to ${framing.ends.map(spell).join(" or ")}${begin}`;
    case "fixed":
      return `${framing.length} bytes${begin}`;
    case "length":
      return `as long as byte ${framing.offset} says${begin}`;
    case "silence":
      return `up to ${framing.gapMs} ms of silence`;
  }
}

function spell(bytes: WireBytes): string {
  return showText(String.fromCharCode(...bytes));
}

function toRow(point: SerialPoint): string[] {
  const { name, scale, offset, unit, metric, range, tags } = point;
  return [
    name,
    describePlace(point.place),
    offset === 0 ? String(scale) : `${scale} ${offset < 0 ? "-" : "+"} ${Math.abs(offset)}`,
    unit,
    metric,
    range === undefined ? "" : `${range[0]} to ${range[1]}`,
    tags.join(" "),
  ];
}

function describePlace(place: FieldPlace): string {
  switch (place.by) {
    case "whole":
      return "all";
    case "position":
      return `part ${place.index < 0 ? place.index : place.index + 1}`;
    case "columns":
      return `columns ${place.start + 1} to ${place.end}`;
    case "json":
      return place.path;
    case "group":
      return "pattern";
    case "number":
      return `${place.type} at ${place.offset}`;
    case "bits":
      return `bits ${place.low} to ${place.high} at ${place.offset}`;
  }
}
