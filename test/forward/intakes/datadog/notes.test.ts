import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IntakeServer } from "../../../../hardware-sim/intake/intake-server.ts";
import { createDatadogNotes } from "../../../../src/forward/intakes/datadog/notes.ts";
import type { IntakeResponse, NoteIntake, Payload } from "../../../../src/model/intake.ts";
import { SERVICE_STATUS, type ServiceCheck } from "../../../../src/model/note.ts";
import { epochMillis } from "../../../../src/model/time.ts";
import { API_KEY, IDENTITY, INTAKE_CONFIG } from "../../forwarding.ts";

const NOW_SECOND = 1_795_323_262;
const NEXT_KEY = "fedcba9876543210fedcba9876543210";

const CHECK: ServiceCheck = {
  name: "modbus.can_connect",
  status: SERVICE_STATUS.critical,
  tags: ["instance:Press 1", "check:modbus"],
  message: "10.0.0.5:502 refused the connection",
  at: epochMillis(NOW_SECOND * 1000 + 700),
};

let witness: IntakeServer;
let key = API_KEY;
let notes: NoteIntake;

beforeEach(async () => {
  key = API_KEY;
  witness = new IntakeServer({ apiKey: API_KEY, now: () => NOW_SECOND * 1000 + 800 });
  await witness.open();
  notes = createDatadogNotes({ ...INTAKE_CONFIG, url: witness.url }, IDENTITY, () => key);
});

afterEach(async () => {
  await witness[Symbol.asyncDispose]();
});

async function answerTo(request: Response): Promise<IntakeResponse> {
  return { status: request.status, headers: {}, body: await request.text() };
}

async function post({ path, headers, body }: Payload): Promise<IntakeResponse> {
  return answerTo(await fetch(`${witness.url}${path}`, { method: "POST", headers, body: new Uint8Array(body) }));
}

async function ask(): Promise<IntakeResponse> {
  const { path, headers } = notes.askKey();
  return answerTo(await fetch(`${witness.url}${path}`, { headers }));
}

describe("what is asked about the key", () => {
  test("is answered with no for a wrong one, and holds no secret but in the header", async () => {
    key = NEXT_KEY;
    expect(notes.judgeKey(await ask())).toBe(false);
    const { path, headers } = notes.askKey();
    expect(path).toBe("/api/v1/validate");
    expect(headers).toMatchObject({ "dd-api-key": NEXT_KEY });
  });

  test("is answered with yes for the right one, and with the key of the moment", async () => {
    expect(notes.judgeKey(await ask())).toBe(true);
    witness.apiKey = NEXT_KEY;
    expect(notes.judgeKey(await ask())).toBe(false);
    key = NEXT_KEY;
    expect(notes.judgeKey(await ask())).toBe(true);
  });

  test.each([
    [403, "<html>Forbidden by the proxy</html>"],
    [403, ""],
    [200, "<html>Sign in</html>"],
    [200, '{"valid":false}'],
    [200, '{"status":"ok"}'],
    [302, ""],
    [404, '{"errors":["no such route"]}'],
    [429, '{"errors":["too many"]}'],
    [503, ""],
  ])("means nothing when the answer is %i with %j", (status, body) => {
    expect(notes.judgeKey({ status, headers: {}, body })).toBeUndefined();
  });
});

describe("service checks", () => {
  test("reach the intake as they were said, in its spelling", async () => {
    const up = { ...CHECK, status: SERVICE_STATUS.ok, tags: ["check:fins"], message: "" };
    expect(notes.judge(await post(notes.encodeServiceChecks([CHECK, up])))).toEqual({ kind: "accepted" });
    expect(witness.violations).toEqual([]);
    expect(witness.serviceChecks.latest).toMatchObject([
      {
        check: "modbus.can_connect",
        host: "pi-1",
        tags: ["check:modbus", "instance:press_1", "site:north"],
        status: 2,
        message: "10.0.0.5:502 refused the connection",
        second: NOW_SECOND,
      },
      { check: "modbus.can_connect", tags: ["check:fins", "site:north"], status: 0, message: "" },
    ]);
  });
});

describe("an answer", () => {
  test("shows no key, also not the one that was in use when its request left", () => {
    notes.encodeHost();
    key = NEXT_KEY;
    const body = JSON.stringify({ errors: [`${API_KEY} is not ${NEXT_KEY}`] });
    expect(notes.judge({ status: 400, headers: {}, body })).toEqual({
      kind: "rejected",
      reason: '400: {"errors":["(api_key) is not (api_key)"]}',
    });
  });
});

describe("the host", () => {
  test("counts as told where VictoriaMetrics answers with an empty map, and not where a portal answers", () => {
    expect(notes.judge({ status: 200, headers: {}, body: "{}" })).toEqual({ kind: "accepted" });
    expect(notes.judge({ status: 200, headers: {}, body: "<html>Sign in</html>" })).toMatchObject({ kind: "hold" });
  });

  test("is known to the intake with its host tags, and the key stays out of the body", async () => {
    expect(notes.judge(await post(notes.encodeHost()))).toEqual({ kind: "accepted" });
    expect(witness.violations).toEqual([]);
    expect(witness.hosts.get("pi-1")).toMatchObject({ tags: ["site:north"], agentVersion: "1.2.3", arrivals: 1 });
  });

  test("is described with its host tags even where series do not carry them", async () => {
    const config = { ...INTAKE_CONFIG, hostTagsOnSeries: false };
    notes = createDatadogNotes(config, { ...IDENTITY, tags: ["Site:North", "site:north"] }, () => key);
    await post(notes.encodeHost());
    await post(notes.encodeServiceChecks([{ ...CHECK, tags: ["a:1"] }]));
    expect(witness.violations).toEqual([]);
    expect(witness.hosts.get("pi-1")?.tags).toEqual(["site:north"]);
    expect(witness.serviceChecks.latest[0]?.tags).toEqual(["a:1"]);
  });
});
