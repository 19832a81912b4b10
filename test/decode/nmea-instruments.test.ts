import { describe, expect, test } from "vitest";
import { decodeInstrumentSentence } from "../../src/decode/nmea-instruments.ts";
import { parseSentence } from "../../src/decode/nmea-sentence.ts";

function decode(body: string) {
  const sentence = parseSentence(`$${body}`, "optional");
  if (typeof sentence === "string") throw new Error(sentence);
  const report = decodeInstrumentSentence(sentence);
  if (report === undefined) return undefined;
  const readings = Object.fromEntries(Object.entries(report.readings).filter(([, value]) => value !== undefined));
  return { readings, transducers: report.transducers };
}

describe("sentences of instruments", () => {
  test.each([
    ["HEROT,1.0,V", {}],
    ["WIMWV,045.1,R,010.0,N,V", {}],
    ["WIMWV,045.1,X,010.0,N,A", {}],
    ["SDDPT,,0.5,", {}],
    ["SDDBT,,f,,M,,F", {}],
    ["HETHS,12.0,V", {}],
    ["HEHDT,361.0,T", {}],
    ["IIMTW,17.9,F", {}],
  ])("tell nothing where they have nothing to tell: %s", (body, readings) => {
    expect(decode(body)).toEqual({ readings, transducers: [] });
  });

  test.each([
    ["HEHDT,274.07,T", { "heading-true": 274.07 }],
    ["HETHS,360.0,A", { "heading-true": 0 }],
    ["APHDM,218.634,M", { "heading-magnetic": 218.634 }],
    ["HCHDG,98.3,0.0,E,12.6,W", { "heading-magnetic": 98.3 }],
    ["APROT,-0.013,A", { "turn-rate": -0.013 }],
    ["INDPT,2.2,0.0", { "depth-transducer": 2.2 }],
    ["SDDPT,2.4,0.5,100", { "depth-transducer": 2.4, "depth-surface": 2.9 }],
    ["SDDPT,2.4,-0.6", { "depth-transducer": 2.4, "depth-keel": 1.8 }],
    ["SDDBT,7.9,f,2.4,M,1.3,F", { "depth-transducer": 2.4 }],
    ["SDDBS,10.0,f,,M,,F", { "depth-surface": 3.048 }],
    ["INMTW,17.9,C", { "water-temperature": 17.9 }],
    ["VWVHW,115.0,T,,M,6.0,N,11.1,K", { "heading-true": 115, "water-speed": 3.08666666666667 }],
    ["VWVLW,2.5,N,1.0,N", { "water-distance": 4630 }],
    ["WIMWV,045.1,R,36.0,K,A", { "wind-angle-relative": 45.1, "wind-speed-relative": 10 }],
    ["WIMWV,214.8,T,2.5,M,A", { "wind-angle-true": 214.8, "wind-speed-true": 2.5 }],
    ["WIVWR,045.0,L,12.6,N,6.5,M,23.3,K", { "wind-angle-relative": 315, "wind-speed-relative": 6.5 }],
    ["WIMWD,,T,,M,,N,3.2,M", { "wind-speed-true": 3.2 }],
    [
      "WIMDA,29.9870,I,1.0154,B,26.8,C,,,64.2,,19.4,C,354.8,T,,M,1.5,N,0.8,M",
      {
        ...{ "air-pressure": 101_540, "air-temperature": 26.8, "air-humidity": 64.2, "dew-point": 19.4 },
        ...{ "wind-direction": 354.8, "wind-speed-true": 0.8 },
      },
    ],
    ["AGRSA,-10.5,A,,V", { "rudder-angle": -10.5 }],
  ])("tell what is measured, in our units: %s", (body, readings) => {
    expect(decode(body)).toEqual({ readings, transducers: [] });
  });

  test("name transducers by themselves, and leave out what has no quantity, number or name", () => {
    expect(decode("HCXDR,A,171,D,PITCH,A,-37,D,ROLL,G,367,,MAGX,C,x,C,AIR,P,1.02481,B,Barometer #1,C,20,C,")).toEqual({
      readings: {},
      transducers: [
        { name: "pitch", quantity: "angle", value: 171 },
        { name: "roll", quantity: "angle", value: -37 },
        { name: "barometer__1", quantity: "pressure", value: 102_481 },
      ],
    });
  });

  test("of other kinds are none of these", () => {
    expect(decode("GPRMB,A,,,,,,,,,,,,V")).toBeUndefined();
  });
});
