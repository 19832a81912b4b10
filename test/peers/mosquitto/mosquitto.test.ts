import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { MqttBroker } from "../../../hardware-sim/brokers/mqtt-broker.ts";
import { Child } from "../child-process.ts";
import { Mosquitto } from "./broker.ts";
import { ListeningGateway } from "./listening-gateway.ts";

const TLS = new URL("../../fixtures/tls/", import.meta.url).pathname;

/** The topic of one counter, which becomes one series. */
const COUNTER = [{ topic: "plant/{line}/count", metric: "plant.count" }];
const topic = "plant/3/count";

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}

function instanceAt(broker: Mosquitto, more: Readonly<Record<string, unknown>> = {}) {
  return { broker: `mqtt://127.0.0.1:${broker.port}`, topics: COUNTER, ...more };
}

/** The values of a log in their order, and how many came more than once. */
async function heard(gateway: ListeningGateway): Promise<{ distinct: string[]; repeated: number; all: string[] }> {
  const all = (await gateway.samples()).map(({ value }) => String(value));
  const distinct = [...new Set(all)];
  return { all, distinct, repeated: all.length - distinct.length };
}

const WITH_TLS = ["certfile {folder}/server.pem", "keyfile {folder}/server-key.pem", `cafile ${TLS}ca.pem`];

function readTls(name: string): string {
  return readFileSync(join(TLS, name), "utf8");
}

/** A broker reads them as they are from where it may. */
function takeCertificates(broker: Mosquitto): void {
  for (const name of ["server.pem", "server-key.pem"]) writeFileSync(join(broker.folder, name), readTls(name));
}

/** What a gateway with such an instance says of it; empty when all is well. */
async function faultOf(instance: Readonly<Record<string, unknown>>): Promise<string> {
  await using gateway = new ListeningGateway(instance);
  gateway.start();
  let said = "";
  await gateway.until(({ state, faults }) => {
    said = faults.map(({ code, message }) => `${code} ${message}`).join();
    return state === "OK" || said !== "";
  });
  return said;
}

describe("messages published by another's client through another's broker", () => {
  test.each([
    ["3.1.1", 0],
    ["3.1.1", 1],
    ["3.1.1", 2],
    [5, 0],
    [5, 1],
    [5, 2],
  ] as const)("are in the log, each once and in their order, in version %s with quality %i", async (version, qos) => {
    await using broker = await Mosquitto.open();
    await broker.start();
    await using gateway = new ListeningGateway(instanceAt(broker, { version, qos }));
    gateway.start();
    await gateway.untilReachable();
    const options = version === 5 ? ["-V", "5", "-D", "publish", "user-property", "a", "b"] : [];
    await broker.publish({ topic, payloads: numbers(1, 500), qos, options });
    await gateway.until(({ sampled }) => sampled >= 500);
    await gateway.stop();
    expect((await heard(gateway)).all).toEqual(numbers(1, 500));
  });
});

describe("a gateway that is killed while messages come", () => {
  test.each([
    ["3.1.1", 1],
    ["3.1.1", 2],
    [5, 1],
    [5, 2],
  ] as const)("has every one of them in its log at last, in version %s with quality %i", async (version, qos) => {
    await using broker = await Mosquitto.open();
    await broker.start();
    await using gateway = new ListeningGateway(instanceAt(broker, { version, qos }));
    gateway.start();
    await gateway.untilReachable();
    const count = 6000;
    const published = broker.publish({ topic, payloads: numbers(1, count), qos });
    for (let kill = 0; kill < 4; kill += 1) {
      await delay(150 + 130 * kill);
      await gateway.kill();
      gateway.start();
      await gateway.untilReachable();
    }
    await published;
    await broker.publish({ topic, payloads: [String(count + 1)], qos });
    await gateway.until(({ values }) => values[0]?.value === count + 1);
    await gateway.stop();
    const { distinct, repeated } = await heard(gateway);
    expect(distinct.map(Number).toSorted((one, other) => one - other)).toEqual(numbers(1, count + 1).map(Number));
    // What was not acknowledged comes again: at most what a broker sends ahead, for each kill.
    expect(repeated).toBeLessThanOrEqual(4 * 20);
  });
});

describe("the broker of the plant", () => {
  test.each(["311", "5"])("is one to another's client too, in version %s", async (version) => {
    const subscribed = Promise.withResolvers<void>();
    const onSubscribed = (): void => subscribed.resolve();
    await using broker = new MqttBroker({ onSubscribed, onSent: () => undefined, onPublished: () => undefined });
    await broker.open();
    const words = ["-p", String(broker.port), "-V", version, "-q", "1", "-t", "floor/+/x", "-C", "50", "-W", "10"];
    await using client = new Child("mosquitto_sub", words);
    await subscribed.promise;
    for (const payload of numbers(1, 50)) {
      broker.publish({ topic: "floor/a/x", payload: Buffer.from(payload), qos: 1 });
      broker.publish({ topic: "floor/a/y", payload: Buffer.from("0"), qos: 0 });
    }
    const { output, code, errors } = await client.ended();
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output.trim().split("\n")).toEqual(numbers(1, 50));
  });
});

describe("a broker", () => {
  test("that ends and starts again on its store costs no message, before and after", async () => {
    await using broker = await Mosquitto.open();
    await broker.start();
    await using gateway = new ListeningGateway(instanceAt(broker, { qos: 2 }));
    gateway.start();
    await gateway.untilReachable();
    for (let round = 0; round < 3; round += 1) {
      await broker.publish({ topic, payloads: numbers(100 * round + 1, 100 * round + 100), qos: 2 });
      await broker.stop();
      await gateway.until(({ state }) => state === "CRITICAL");
      await broker.start();
      await gateway.untilReachable();
    }
    await gateway.until(({ values }) => values[0]?.value === 300);
    await gateway.stop();
    expect((await heard(gateway)).distinct.map(Number).toSorted((one, other) => one - other)).toEqual(
      numbers(1, 300).map(Number),
    );
    expect(gateway.log.join("\n")).toMatch(new RegExp(`mqtt://127\\.0\\.0\\.1:${broker.port}`, "u"));
  });

  test("that keeps messages while the gateway is away hands over thousands a second, each kept before the next window", async () => {
    await using broker = await Mosquitto.open();
    await broker.start();
    await using gateway = new ListeningGateway(instanceAt(broker));
    gateway.start();
    await gateway.untilReachable();
    await gateway.stop();
    const count = 10_000;
    await broker.publish({ topic, payloads: numbers(1, count), qos: 1 });
    gateway.start();
    await gateway.until(({ sampled }) => sampled >= count, 60);
    await gateway.stop();
    const samples = await gateway.samples();
    expect(samples.map(({ value }) => String(value))).toEqual(numbers(1, count));
    const seconds = ((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)) / 1000;
    const rate = Math.round(count / seconds);
    process.stdout.write(`${rate} messages a second of quality 1, with 20 sent ahead\n`);
    expect(rate).toBeGreaterThan(1000);
  });

  test("that hands over ten thousand a second of quality 0 costs no reading, and no memory that grows", async () => {
    await using broker = await Mosquitto.open();
    await broker.start();
    await using gateway = new ListeningGateway(instanceAt(broker, { qos: 0, min_collection_interval: 15 }));
    gateway.start();
    await gateway.untilReachable();
    const [count, perSecond] = [60_000, 10_000];
    await broker.publish({ topic, payloads: numbers(1, 20_000), qos: 0, perSecond });
    const before = gateway.cost();
    await broker.publish({ topic, payloads: numbers(20_001, count), qos: 0, perSecond });
    await gateway.until(({ sampled }) => sampled === count);
    const after = gateway.cost();
    const [grownMb, cpuUs] = [after.residentMb - before.residentMb, (1000 * (after.cpuMs - before.cpuMs)) / 40_000];
    process.stdout.write(`${Math.round(grownMb)} MB more after 40,000 more messages, ${cpuUs.toFixed(0)} us each\n`);
    expect(grownMb).toBeLessThan(60);
  });

  test("that is halted is noticed, and what came before and after it is in the log", async () => {
    await using broker = await Mosquitto.open();
    await broker.start();
    await using gateway = new ListeningGateway(instanceAt(broker, { keep_alive: 5, timeout: 2 }));
    gateway.start();
    await gateway.untilReachable();
    await broker.publish({ topic, payloads: ["1"], qos: 1 });
    await gateway.until(({ sampled }) => sampled >= 1);
    broker.pause();
    await gateway.until(({ faults }) => faults.some(({ code }) => code === "INPUT_TIMEOUT"), 30);
    broker.resume();
    await gateway.untilReachable();
    await broker.publish({ topic, payloads: ["2"], qos: 1 });
    await gateway.until(({ values }) => values[0]?.value === 2);
  });

  test("that wants a certificate of the gateway lets in who has one, and the fault of who has none says so", async () => {
    const [ca = "", ...keys] = ["cafile {folder}/client.pem", ...WITH_TLS.slice(0, 2)];
    await using broker = await Mosquitto.open(ca, ...keys, "require_certificate true", "allow_anonymous true");
    takeCertificates(broker);
    const files = ["-keyout", "client-key.pem", "-out", "client.pem"];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const words = ["req", "-x509", ...curve, ...files, "-subj", "/CN=gateway", "-days", "2"];
    execFileSync("openssl", words, { cwd: broker.folder, stdio: "ignore" });
    await broker.start();
    const readOwn = (name: string): string => readFileSync(join(broker.folder, name), "utf8");
    const without = { broker: `mqtts://localhost:${broker.port}`, topics: COUNTER, tls_ca: readTls("ca.pem") };
    const having = { ...without, tls_cert: readOwn("client.pem"), tls_key: readOwn("client-key.pem") };
    expect(await faultOf(having)).toBe("");
    expect(await faultOf(without)).toMatch(/wants a certificate of the gateway: name one as tls_cert/u);
  });

  test.each(["3.1.1", 5] as const)(
    "that refuses one topic of two is told of by its filter, and the other is heard, in version %s",
    async (version) => {
      const plugin = execFileSync("find", ["/usr/lib", "-name", "mosquitto_dynamic_security.so"], { encoding: "utf8" });
      const rules = ["plugin_opt_config_file {folder}/rules.json", "allow_anonymous true"];
      await using broker = await Mosquitto.open(`plugin ${plugin.trim()}`, ...rules);
      const acls = [{ acltype: "subscribePattern", topic: "plant/+/count", priority: 0, allow: true }];
      const access = { publishClientSend: true, publishClientReceive: true, subscribe: false, unsubscribe: true };
      const groups = [{ groupname: "anyone", roles: [{ rolename: "counts" }], clients: [] }];
      const file = { defaultACLAccess: access, anonymousGroup: "anyone", clients: [], groups };
      writeFileSync(
        join(broker.folder, "rules.json"),
        JSON.stringify({ ...file, roles: [{ rolename: "counts", acls }] }),
      );
      await broker.start();
      const topics = [...COUNTER, { topic: "office/{room}/temperature", metric: "temperature" }];
      await using gateway = new ListeningGateway(instanceAt(broker, { topics, version }));
      gateway.start();
      await gateway.until(({ faults }) =>
        faults.some(({ code, points }) => code === "INPUT_NOT_ALLOWED" && points[0] === "office/+/temperature"),
      );
      await broker.publish({ topic, payloads: numbers(1, 3), qos: 1 });
      await gateway.until(({ sampled }) => sampled === 3);
    },
  );

  test("with a password and TLS lets in who has both, and each fault says what to do", async () => {
    const asks = ["allow_anonymous false", "password_file {folder}/passwords"];
    await using broker = await Mosquitto.open(...WITH_TLS, ...asks);
    takeCertificates(broker);
    execFileSync("mosquitto_passwd", ["-b", "-c", join(broker.folder, "passwords"), "gateway", "sesame"]);
    await broker.start();
    const right = {
      ...{ broker: `mqtts://localhost:${broker.port}`, topics: COUNTER, timeout: 5 },
      ...{ username: "gateway", password: "sesame", tls_ca: readTls("ca.pem") },
    };
    expect(await faultOf(right)).toBe("");
    expect(await faultOf({ ...right, password: "open" })).toMatch(
      /^INPUT_NOT_ALLOWED .*check `username` and `password`/u,
    );
    expect(await faultOf({ ...right, tls_ca: undefined })).toMatch(/^INPUT_NOT_ALLOWED .*not trusted: .*tls_ca/u);
    expect(await faultOf({ ...right, tls_server_name: "other.plant" })).toMatch(/^INPUT_NOT_ALLOWED .*another name/u);
    const plain = { ...right, broker: `mqtt://localhost:${broker.port}`, tls_ca: undefined };
    expect(await faultOf(plain)).toMatch(/^INPUT_(LINK_CLOSED|BAD_REPLY|TIMEOUT) /u);
  });
});
