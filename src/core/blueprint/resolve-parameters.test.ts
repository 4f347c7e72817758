import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ok, resolved, told, withParameter } from "./resolve.testsuite.ts";

const example = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../../examples", `${name}.yaml`), "utf8");

describe("parameters", () => {
  const { parameters } = ok(example("shop"), { appCount: 3 }).ok;
  test("given values win over defaults", () => expect(parameters).toEqual({ dbPassword: null, appCount: 3 }));

  test.each([
    ["type: string", "x", "x"],
    ["type: string, required: false", undefined, ""],
    ["type: string, required: false", " ", ""],
    ["type: string, required: false, default: y", "", ""],
    ["type: string, required: false, default: ''", undefined, ""],
    ["type: string, default: y", null, "y"],
    ["type: integer", "12", 12],
    ["type: integer", -3, -3],
    ["type: integer, required: false, default: 3", "", 3],
    ["type: number", "1.5", 1.5],
    ["type: number", "12345678901234567890", "12345678901234567890"],
    ["type: number", "0.0000001", "0.0000001"],
    ["type: number", "1e-7", 1e-7],
    ["type: number", 1e-7, "0.0000001"],
    ["type: number", " 1.10 ", "1.10"],
    ["type: number", ".5", ".5"],
    ["type: integer", "9007199254740993", "9007199254740993"],
    ["type: integer", "007", "007"],
    ["type: integer, max: 9007199254740993", "9007199254740993", "9007199254740993"],
    ["type: number, choices: [1.10, 2]", "1.1", 1.1],
    ["type: number, default: 12345678901234567890", undefined, "12345678901234567890"],
    ["type: number, default: 1.10", undefined, "1.10"],
    ["type: integer, default: 0x1F", undefined, 31],
    ["type: boolean", "true", true],
    ["type: boolean", "false", false],
    ["type: boolean", true, true],
    ["type: integer, choices: [1, 2]", "2", 2],
    ["type: number, min: 1, max: 2", 1, 1],
  ])("%s, given %j, is %j", (declaration, given, value) => {
    const source = withParameter(declaration);
    expect(ok(source, given === undefined ? {} : { a: given }).ok.parameters).toEqual({ a: value });
  });

  const TEXT = "4:3 wrong_type /parameters/a | parameters.a must be text of at most 16384 characters, not";
  test.each([
    [
      "type: string",
      undefined,
      "4:3 missing_parameter /parameters/a | parameters.a has no value: give one for the launch; it must be text of at most 16384 characters.",
    ],
    [
      "type: string",
      "",
      "4:3 blank /parameters/a | parameters.a is empty: it must be text of at most 16384 characters.",
    ],
    ["type: string", 5, `${TEXT} 5. | Put it in quotes to make it text.`],
    ["type: string", [], `${TEXT} a list.`],
    ["type: string", {}, `${TEXT} an object.`],
    [
      "type: string, secret: true",
      true,
      "4:3 wrong_type /parameters/a | parameters.a must be text of 6 to 16384 characters. | Put it in quotes to make it text.",
    ],
    [
      "type: string, secret: true",
      "x".repeat(16_385),
      "4:3 out_of_range /parameters/a | parameters.a must be text of 6 to 16384 characters.",
    ],
    [
      "type: string",
      "\0",
      '4:3 bad_value /parameters/a | parameters.a must be text of at most 16384 characters, not "\\u0000". | It holds a NUL character or half of a character.',
    ],
    [
      "type: string",
      "\ud800",
      '4:3 bad_value /parameters/a | parameters.a must be text of at most 16384 characters, not "\\ud800". | It holds a NUL character or half of a character.',
    ],
    [
      "type: integer, max: 9007199254740992",
      "9007199254740993",
      "4:3 out_of_range /parameters/a | parameters.a must be a whole number of at most 9007199254740992, not 9007199254740993.",
    ],
    [
      "type: number, min: 0.10, max: 1e2",
      "1e-7",
      "4:3 out_of_range /parameters/a | parameters.a must be a number from 0.10 to 1e2, not 1e-7.",
    ],
    [
      "type: integer",
      "1e3",
      "4:3 wrong_type /parameters/a | parameters.a must be a whole number, not 1e3. | Write it in digits alone.",
    ],
    [
      "type: number",
      "1e1000",
      "4:3 out_of_range /parameters/a | parameters.a must be a number, not 1e1000. | Numbers have at most 60 digits, and an exponent from -999 to 999.",
    ],
    [
      "type: number",
      "9".repeat(61),
      `4:3 out_of_range /parameters/a | parameters.a must be a number, not ${"9".repeat(60)}…. | Numbers have at most 60 digits, and an exponent from -999 to 999.`,
    ],
    ["type: integer", "1.5", "4:3 wrong_type /parameters/a | parameters.a must be a whole number, not 1.5."],
    [
      "type: integer, min: 1, max: 3",
      4,
      "4:3 out_of_range /parameters/a | parameters.a must be a whole number from 1 to 3, not 4.",
    ],
    [
      "type: integer, max: 3",
      "many",
      '4:3 wrong_type /parameters/a | parameters.a must be a whole number of at most 3, not "many".',
    ],
    ["type: boolean", "yes", '4:3 wrong_type /parameters/a | parameters.a must be true or false, not "yes".'],
    [
      "type: integer, choices: [1,2,3,4,5,6,7,8,9,10,11]",
      12,
      "4:3 bad_value /parameters/a | parameters.a must be 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 or …, not 12.",
    ],
  ])("%s, given %j, is a mistake", (declaration, given, mistake) => {
    expect(told(resolved(withParameter(declaration), given === undefined ? {} : { a: given }))).toEqual([mistake]);
  });

  test("all at once, with those that the blueprint does not know", () => {
    expect(told(resolved(example("shop"), { appCount: 11, dbpasswort: "x", constructor: "y" }))).toEqual([
      '7:1 unknown_parameter /parameters/dbpasswort | parameters.dbpasswort is no parameter of this blueprint: did you mean "dbPassword"? | Parameters: dbPassword, appCount.',
      "7:1 unknown_parameter /parameters/constructor | parameters.constructor is no parameter of this blueprint: leave it out, or declare it in the blueprint. | Parameters: dbPassword, appCount.",
      "13:3 out_of_range /parameters/appCount | parameters.appCount must be a whole number from 1 to 10, not 11.",
    ]);
    expect(told(resolved(example("hello"), { a: 1 }))).toEqual([
      "1:1 unknown_parameter /parameters/a | parameters.a is no parameter of this blueprint: leave it out, or declare it in the blueprint. | The blueprint declares no parameters.",
    ]);
  });
});
