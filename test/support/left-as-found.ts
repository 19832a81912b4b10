/** Set up before each file that shares a process with others: what all of them see must be left as it was found. */

import { afterAll, expect } from "vitest";

const EVENTS = ["uncaughtException", "unhandledRejection", "SIGINT", "SIGTERM", "SIGHUP", "exit"] as const;

function look() {
  const listeners = Object.fromEntries(EVENTS.map((event) => [event, process.listenerCount(event)]));
  return { environment: { ...process.env }, folder: process.cwd(), exitCode: process.exitCode, listeners };
}

const found = look();

afterAll(() => {
  expect(look(), "what this file left behind in its process; undo it, or list the file as ALONE").toEqual(found);
});
