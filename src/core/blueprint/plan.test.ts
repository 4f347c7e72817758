// What can be told of a launch before all its parameters are known.

import { describe, expect, test } from "vitest";
import { planBlueprint, userDataOnly } from "./resolve.ts";
import { head, parsed, PROFILES } from "./resolve.testsuite.ts";

describe("a plan", () => {
  const source = `${head}parameters:
  size: { type: string }
  count: { type: integer, default: 2 }
  port: { type: integer, default: 80 }
  path: { type: string, default: / }
  memory: { type: string, default: 1GiB }
  key: { type: string, secret: true }
  letters: { type: string, choices: [ab, cd] }
instances:
  web:
    image: debian-12
    profile: \${{ params.size }}
    count: \${{ params.count }}
    userData: "\${{ params.key }}-\${{ params.letters }}"
    ready: { http: { port: "\${{ params.port }}", path: "\${{ params.path }}" } }
  db:
    image: debian-12
    profile: { cpu: 1, memory: "\${{ params.memory }}" }
    live: { tcp: "\${{ params.port }}" }
`;
  const planned = (parameters: Record<string, unknown>) =>
    planBlueprint(parsed(source), { parameters, profiles: PROFILES });

  test("does without what only user data uses, and tells what a launch would be refused for", () => {
    const outcome = planned({ size: "small", letters: "ef" });
    if ("mistakes" in outcome) throw new Error(JSON.stringify(outcome.mistakes));
    expect(outcome.spared.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      "/parameters/key missing_parameter",
      "/parameters/letters bad_value",
    ]);
    expect(outcome.ok.parameters).toEqual({ size: "small", count: 2, port: 80, path: "/", memory: "1GiB" });
    // Each is a letter at the least.
    expect(outcome.ok.instances.map(({ name, userDataBytesLeast }) => [name, userDataBytesLeast])).toEqual([
      ["web-1", 3],
      ["web-2", 3],
      ["db", 0],
    ]);
    const whole = planned({ size: "small", letters: "ab", key: "keykey" });
    expect(whole).toMatchObject({ spared: [], ok: { parameters: { key: null, letters: "ab" } } });
  });

  test("needs what decides what is asked for", () => {
    expect([...userDataOnly(parsed(source))]).toEqual(["key", "letters"]);
    const outcome = planned({ count: "two" });
    expect("mistakes" in outcome && outcome.mistakes.map(({ pointer }) => pointer)).toEqual([
      "/parameters/size",
      "/parameters/count",
    ]);
    const unknown = planned({ size: "nosuch", other: 1 });
    expect("mistakes" in unknown && unknown.mistakes.map(({ pointer }) => pointer)).toEqual(["/parameters/other"]);
    const profile = planned({ size: "nosuch" });
    expect("mistakes" in profile && profile.mistakes.map(({ pointer }) => pointer)).toEqual(["/parameters/size"]);
  });
});
