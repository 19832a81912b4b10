/** `tidegate modbus`: what a configuration asks of its Modbus buses, and what a device says of itself. */

import type { AcceptedDevice } from "../../gateway.ts";
import { EXIT } from "../../model/errors.ts";
import { askControl } from "../../platform/control-socket.ts";
import { readArguments } from "../arguments.ts";
import { chooseAction } from "../choose-action.ts";
import type { Command } from "../commands.ts";
import { loadWithoutKey } from "../load.ts";
import { paint } from "../paint.ts";
import { selectCheck, selectInstance } from "../select-check.ts";
import { createDiscover } from "./discover.ts";
import { complainOfBus, type PlannedPoll, planBuses } from "./plan-buses.ts";
import { formatPlan } from "./plan-layout.ts";
import { createProbe } from "./probe.ts";
import { createRead } from "./read.ts";
import { createScan } from "./scan.ts";

/** Prints the plan, without touching a bus. Exit code 1 when a bus that is shown has no time for its polls. */
const showPlan: Command = (argv, terminal) => {
  const [, name = "-"] = argv;
  const isNamed = !name.startsWith("-");
  const options = readArguments(argv, isNamed ? 2 : 1, { texts: ["instance"] });
  const check = isNamed ? name : "modbus";
  const loaded = loadWithoutKey(options.config, terminal, check);
  const whole = selectCheck(loaded, check);
  const wanted = options.text("instance");
  const { instances } = wanted === undefined ? whole : selectInstance(whole, wanted);
  const shown = new Set(instances.map((instance) => `${instance.check}:${instance.name}`));
  const isShown = (poll: PlannedPoll): boolean => [poll.instance, ...poll.read_with].some((each) => shown.has(each));

  // A bus is as busy as all that is polled on it, whichever part of that is asked for.
  const buses = planBuses(loaded.config.checks).filter(({ polls }) => polls.some(isShown));
  if (options.json) {
    const told = buses.map((bus) => ({
      ...bus,
      polls: bus.polls.filter(isShown),
      complaint: complainOfBus(bus) ?? null,
    }));
    terminal.out(`${JSON.stringify({ schema: 1, buses: told }, null, 2)}\n`);
  } else terminal.out(paint(formatPlan(buses, isShown), terminal));
  const isLate = buses.some((bus) => complainOfBus(bus) !== undefined);
  return Promise.resolve(isLate ? EXIT.failed : EXIT.ok);
};

/** Makes the running gateway take the devices that answer now for the right ones. Errors: `GATEWAY_NOT_RUNNING`. */
const acceptDevice: Command = async (argv, terminal) => {
  const [, name = "-"] = argv;
  const isNamed = !name.startsWith("-");
  const options = readArguments(argv, isNamed ? 2 : 1, { texts: ["instance"] });
  const named = isNamed ? name : "modbus";
  const loaded = loadWithoutKey(options.config, terminal, named);
  const check = selectCheck(loaded, named);
  const wanted = options.text("instance");
  const instance = wanted === undefined ? undefined : selectInstance(check, wanted).instances[0]?.name;
  const request = { command: "accept", name: check.name, ...(instance === undefined ? {} : { instance }) };
  const accepted = (await askControl(loaded.config.runPath, request)) as readonly AcceptedDevice[];
  const lines = accepted.map((each) => `${each.instance}: ${each.device ?? "does not tell what it is"}\n`);
  terminal.out(options.json ? `${JSON.stringify({ schema: 1, accepted })}\n` : lines.join(""));
  return EXIT.ok;
};

const ACTIONS: Readonly<Record<string, Command>> = {
  plan: showPlan,
  accept: acceptDevice,
  read: createRead(),
  scan: createScan(),
  probe: createProbe(),
  discover: createDiscover(),
};

/** Does what its first word says. */
export const modbus: Command = (argv, terminal) => chooseAction(ACTIONS, argv[0])(argv, terminal);
