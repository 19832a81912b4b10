import { expect, test } from "vitest";
import { GatewayError } from "../../src/model/errors.ts";
import { faultOf, stoppedError } from "../../src/model/faults.ts";

test("the fault of an error has its code and its sentence, and concerns the whole device unless it is of points", () => {
  const error = new GatewayError("INPUT_TIMEOUT", "10.0.0.5:502 did not answer.");
  expect(faultOf(error)).toEqual({ code: "INPUT_TIMEOUT", message: "10.0.0.5:502 did not answer.", points: [] });
  expect(faultOf(error, [{ name: "power" }]).points).toEqual(["power"]);
});

test("who asks an input that was stopped is told which", () => {
  const { code, message } = stoppedError("/dev/ttyAMA0");
  expect(code).toBe("INPUT_LINK_CLOSED");
  expect(message).toBe("/dev/ttyAMA0 is not used any more: its instance was stopped.");
});
