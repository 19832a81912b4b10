import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { checkEvent } from "../../../../hardware-sim/intake/events.ts";
import { createDatadogNotes } from "../../../../src/forward/intakes/datadog/notes.ts";
import type { Event } from "../../../../src/model/note.ts";
import { epochMillis } from "../../../../src/model/time.ts";
import { API_KEY, IDENTITY, INTAKE_CONFIG } from "../../forwarding.ts";

const NOW_SECOND = 1_795_323_660;

const EVENT: Event = {
  title: 'Press "1" stopped',
  text: "%%% \n**No stroke** for 60 s. \n%%%",
  at: epochMillis(1_795_323_600_900),
  alertType: "warning",
  priority: "low",
  aggregationKey: "press",
  tags: ["line:1", "Instance:Press 1"],
  source: "press-watch",
};

const notes = createDatadogNotes(INTAKE_CONFIG, IDENTITY, () => API_KEY);

/** What goes over the wire, after the simulator's intake has found no fault with it. */
function send(changes: Partial<Event>, isBrief = false) {
  const { path, body } = notes.encodeEvent({ ...EVENT, ...changes }, isBrief);
  expect(path).toBe("/api/v1/events");
  const json = JSON.parse(inflateSync(body).toString("utf8"));
  expect(checkEvent(json, NOW_SECOND).errors).toEqual([]);
  return json;
}

describe("an event for Datadog", () => {
  test("without title, text or key is one that it takes all the same", () => {
    const sent = send({ title: "", text: "", aggregationKey: "", tags: [] });
    expect(sent).toMatchObject({ title: "press-watch", text: "press-watch", tags: ["site:north"] });
    expect(sent).not.toHaveProperty("aggregation_key");
  });

  test("is the golden one", () => {
    const golden = readFileSync(new URL("../../../golden/forward/datadog-event.json", import.meta.url), "utf8");
    expect(send({})).toEqual(JSON.parse(golden));
  });

  test("keeps a text of 4,000 characters, and says of a longer one how much is cut", () => {
    expect(send({ text: "x".repeat(4000) }).text).toHaveLength(4000);
    const { text } = send({ text: "x".repeat(5000) });
    const [, kept = "", cut] = /^(x+) \.\.\. \((\d+) more characters\)$/u.exec(text) ?? [];
    expect(kept.length + Number(cut)).toBe(5000);
    expect(text.length).toBeLessThanOrEqual(4000);
  });

  test("closes Markdown that is cut, and cuts no character in two", () => {
    const smiles = "\u{1f642}".repeat(3000);
    const { text } = send({ text: `%%% \n${smiles}\n%%%` });
    expect(text).toMatch(/^%%% \n(\u{1f642})+ \.\.\. \(\d+ more characters\)\n%%%$/u);
    expect(text.length).toBeLessThanOrEqual(4000);
  });

  test("has a key of at most 100 characters, and long ones that differ stay different", () => {
    const long = "k".repeat(120);
    const [one, other] = ["a", "b"].map((end) => send({ aggregationKey: long + end }).aggregation_key);
    expect([one?.length, other?.length]).toEqual([100, 100]);
    expect(one).not.toBe(other);
    expect(send({ aggregationKey: "k".repeat(100) }).aggregation_key).toBe("k".repeat(100));
  });

  test("that is to be brief keeps what happened, when, and its key", () => {
    const sent = send({ title: "t".repeat(900), text: "x".repeat(900) }, true);
    expect(sent).toMatchObject({ date_happened: 1_795_323_600, aggregation_key: "press", tags: ["site:north"] });
    expect(JSON.stringify(sent).length).toBeLessThan(700);
  });
});
