import type { Parameter } from "../../../../src/contract/blueprint.ts";

/** A text that must be given. */
export const sampleParameter = (name: string, given: Partial<Parameter> = {}): Parameter => ({
  name,
  type: "string",
  description: null,
  secret: false,
  required: true,
  hasDefault: false,
  default: null,
  choices: null,
  min: null,
  max: null,
  userDataOnly: false,
  ...given,
});
