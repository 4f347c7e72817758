import { expect, test } from "vitest";
import type { Parameter } from "../../../../src/contract/blueprint.ts";
import { EMPTY } from "./draft.ts";
import { type Form, obstacleOf } from "./obstacle.ts";
import { sampleParameter } from "./parameter.samples.ts";

const parameter = (name: string, given: Partial<Parameter> = {}) =>
  sampleParameter(name, { userDataOnly: true, ...given });

const outline = (...parameters: Parameter[]) => ({ name: "shop", parameters, instances: [], outputs: [] });
const OK: Form = {
  draft: { ...EMPTY, stored: "shop" },
  outlined: { outline: outline(), error: null, marks: [] },
  planning: { error: null, mistakes: [], notOffered: [] },
  nameMistake: null,
  isAnyway: false,
};
const none = { outline: null, error: null, marks: [] };
const at = (name: string) => ({ pointer: `/parameters/${name}`, parameter: name, line: 3, detail: `${name} is wrong` });
const typo = { pointer: "/instances/web/image", line: 3, detail: "names the image" };

test.each<[string | null, Partial<Form>]>([
  [null, {}],
  ["Choose a blueprint first.", { draft: EMPTY, outlined: none }],
  ["Choose a file first, or paste its text.", { draft: { ...EMPTY, from: "file", source: " " }, outlined: none }],
  [
    "Correct the blueprint first, in lines 3 and 7.",
    { outlined: { ...none, marks: [3, 7, 7].map((line) => ({ line, text: "" })) } },
  ],
  ["The blueprint is being read.", { outlined: none }],
  ["The blueprint could not be read.", { outlined: { ...none, error: new Error("away") } }],
  ["Correct the deployment's name.", { nameMistake: "is taken" }],
  [
    "Fill in key, size.",
    {
      outlined: {
        ...OK.outlined,
        outline: outline(
          parameter("key", { secret: true }),
          parameter("set", { hasDefault: true }),
          parameter("free", { required: false }),
          parameter("tls", { type: "boolean" }),
          parameter("size"),
        ),
      },
      planning: { ...OK.planning, mistakes: [at("key")] },
    },
  ],
  ["Correct count.", { planning: { ...OK.planning, error: new Error("no"), mistakes: [at("count"), at("count")] } }],
  [
    "It cannot be launched like this: the reason stands where the plan would be.",
    { planning: { ...OK.planning, error: new Error("no") } },
  ],
  [
    "No account offers what it names: correct that, or launch anyway.",
    { planning: { ...OK.planning, notOffered: [typo] } },
  ],
  [null, { planning: { ...OK.planning, notOffered: [typo] }, isAnyway: true }],
])("%s", (told, given) => {
  expect(obstacleOf({ ...OK, ...given })).toBe(told);
});
