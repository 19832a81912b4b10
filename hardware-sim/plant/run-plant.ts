import { resolve } from "node:path";
import { EXIT, GatewayError } from "../../src/model/errors.ts";
import type { Status } from "../../src/model/status.ts";
import { plantRunPath } from "./config-files.ts";
import { askStatus } from "./control-client.ts";
import { FoodTruckMachine } from "./food-truck-machine.ts";
import { GatewayProcess } from "./gateway-process.ts";
import type { PlantOptions } from "./options.ts";
import { Outage } from "./outage.ts";
import { Plant } from "./plant.ts";
import type { PlantDisplay, PlantView } from "./plant-display.ts";
import { toPlantView } from "./plant-view.ts";
import { createReport, findDifferences, formatReport } from "./report.ts";
import { Scenario } from "./scenario.ts";
import { StopRequest } from "./stop-request.ts";

/** Where the plant keeps its configuration and the gateway its state: a folder of the current one that git ignores. */
const FOLDER = ".plant";

const REDRAW_MS = 1000;
/** Until the gateway answers for the first time. */
const KNOCK_MS = 200;
const PROGRESS_MS = 5000;

/**
 * Runs the plant: machines, intake and gateway, until the time is over or someone ends it; gives the exit code: 0 when
 * every figure agrees.
 *
 * Errors: `GATEWAY_RUNNING` when another plant runs in this folder.
 */
export async function runPlant(options: PlantOptions, display: PlantDisplay): Promise<number> {
  const folder = resolve(FOLDER);
  await refuseSecond(folder);
  await using plant = await Plant.open(folder, options.seed);
  const receiver = plant.others.find((machine) => machine instanceof FoodTruckMachine)?.receiver;
  const stage = { lineFaults: plant.hall.faults, meter: plant.meter, ...(receiver === undefined ? {} : { receiver }) };
  await using _scenario = new Scenario(stage, options.faults);
  using stop = new StopRequest();
  // Awaited here: on leaving this block the machines stop.
  return await (options.isWithoutGateway
    ? runWithoutGateway(plant, options, stop, display)
    : runWithGateway(plant, options, stop, display));
}

async function runWithGateway(
  plant: Plant,
  options: PlantOptions,
  stop: StopRequest,
  display: PlantDisplay,
): Promise<number> {
  const startedAt = performance.now();
  using screen = options.isJson ? undefined : display.openScreen(() => stop.request());
  const showsLog = !options.isJson && screen === undefined;
  using gateway = new GatewayProcess(plant.folder, (line) => {
    if (showsLog) display.err(`${line}\n`);
  });
  stop.onInsist(() => gateway.kill());
  stop.after(options.seconds);
  const outage = new Outage(plant.intake, options);
  const show = screen === undefined ? createLinePrinter(display) : (view: PlantView): void => screen.draw(view);
  const watching = options.isJson
    ? stop.requested
    : watch(stop, async () => {
        const status = await askStatus(plantRunPath(plant.folder));
        show(toView(plant, options, gateway, startedAt, status));
        return status !== undefined;
      });
  const early = await Promise.race([watching, stop.requested, gateway.ended]);
  await outage.end();
  stop.request();
  await watching;
  screen?.[Symbol.dispose]();
  if (early !== undefined) {
    return fail(`the gateway ended by itself with ${early.how}, before the plant did.`, gateway.logLines, display);
  }
  return await finish(plant, options, gateway, display, (performance.now() - startedAt) / 1000);
}

/** Stops the gateway, holds its books against what machines and intake counted, and says what came of it. */
async function finish(
  plant: Plant,
  options: PlantOptions,
  gateway: GatewayProcess,
  display: PlantDisplay,
  seconds: number,
): Promise<number> {
  if (!options.isJson) display.out("The gateway stops and delivers what it holds.\n");
  const end = await gateway.stop();
  if (end.wasKilled) return fail("the gateway did not stop when asked and was killed.", gateway.logLines, display);
  const report = end.status && createReport(plant.witnesses(seconds), end.status);
  if (report === undefined) {
    return fail(`the gateway ended with ${end.how} and without its final status.`, gateway.logLines, display);
  }
  const differences = findDifferences(report);
  if (options.isJson) display.err(differences.map((difference) => `${difference}\n`).join(""));
  for (const { endpoint, status, errors } of plant.intake.violations) {
    display.err(`intake: ${endpoint} ${status}: ${errors.join("; ")}\n`);
  }
  display.out(options.isJson ? `${JSON.stringify(report)}\n` : formatReport(report));
  return differences.length === 0 ? EXIT.ok : EXIT.failed;
}

/** Looks again and again until the plant is told to stop; `look` says whether the gateway answered. */
async function watch(stop: StopRequest, look: () => Promise<boolean>): Promise<void> {
  while (!stop.isRequested) {
    await stop.orAfter((await look()) ? REDRAW_MS : KNOCK_MS);
  }
}

/** Prints a line now and then. */
function createLinePrinter(display: PlantDisplay): (view: PlantView) => void {
  let printedAt = performance.now();
  return (view) => {
    if (performance.now() - printedAt < PROGRESS_MS) return;
    printedAt += PROGRESS_MS;
    display.out(`${display.formatLine(view)}\n`);
  };
}

function toView(
  plant: Plant,
  options: PlantOptions,
  gateway: GatewayProcess,
  startedAt: number,
  status: Status | undefined,
): PlantView {
  const { isAway, ledger, violationCount } = plant.intake;
  return toPlantView({
    elapsedSeconds: (performance.now() - startedAt) / 1000,
    seconds: options.seconds,
    seed: options.seed,
    lineLack: plant.hall.lack,
    machineNotes: plant.others.map(({ note }) => note).filter((note) => note !== ""),
    status,
    intake: { isAway, points: ledger.points, distinct: ledger.distinct, violations: violationCount },
    logLines: gateway.logLines,
  });
}

/** Leaves the gateway to the user, and says how to start it. */
async function runWithoutGateway(
  plant: Plant,
  options: PlantOptions,
  stop: StopRequest,
  display: PlantDisplay,
): Promise<number> {
  if (!options.isJson) {
    display.out(`Machines and intake are running; the intake is ${plant.intake.url}.
Start the gateway in another terminal:  ${withoutOverrides()}npx tidegate run --config ${FOLDER}
Ctrl-C ends the plant.
`);
  }
  const startedAt = performance.now();
  stop.after(options.seconds);
  const outage = new Outage(plant.intake, options);
  await stop.requested;
  await outage.end();
  const witnesses = plant.witnesses((performance.now() - startedAt) / 1000);
  const { seconds, seed, served, intakePoints, intakeDistinct, intakeViolations } = witnesses;
  display.out(
    options.isJson
      ? `${JSON.stringify({
          schema: 1,
          seconds: Math.round(seconds * 10) / 10,
          seed,
          served,
          intake_points: intakePoints,
          intake_distinct: intakeDistinct,
          intake_violations: intakeViolations,
        })}\n`
      : `\nThe machines served ${served} points; the intake holds ${intakeDistinct} and found ${intakeViolations} violations.\n`,
  );
  return intakeViolations === 0 ? EXIT.ok : EXIT.failed;
}

/** Variables that count more than the plant's files would send its gateway elsewhere. */
function withoutOverrides(): string {
  const names = Object.keys(process.env).filter((name) => /^(DD|TIDEGATE)_/u.test(name));
  return names.length === 0 ? "" : `env ${names.map((name) => `-u ${name} `).join("")}`;
}

async function refuseSecond(folder: string): Promise<void> {
  const first = await askStatus(plantRunPath(folder));
  if (first === undefined) return;
  throw new GatewayError(
    "GATEWAY_RUNNING",
    `a plant runs in ${folder} already. End it by q or Ctrl-C where it runs; if its terminal is gone, end what is ` +
      `left of it, its gateway, by \`kill ${first.pid}\`.`,
  );
}

function fail(what: string, logLines: readonly string[], display: PlantDisplay): number {
  display.err(`${logLines.map((line) => `${line}\n`).join("")}tidegate sim: ${what}\n`);
  return EXIT.failed;
}
