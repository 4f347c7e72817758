// Mistakes of a blueprint as the problem that a request is refused with.

import type { ProblemCode, ProblemError } from "../../contract/problem.ts";
import type { Mistake } from "../../core/blueprint/mistake.ts";
import { Refused } from "../problem.ts";

/** The parameter that a mistake is about, where another value of it would mend it. */
type AboutParameter = (mistake: Mistake) => string | undefined;

/** Of a mistake in resolving; see resolveBlueprint. */
export function parameterOf({ pointer }: Mistake): string | undefined {
  const [, name] = /^\/parameters\/([^/]+)$/.exec(pointer) ?? [];
  return name?.replaceAll("~1", "/").replaceAll("~0", "~");
}

export function refusedFor(
  code: ProblemCode,
  mistakes: readonly Mistake[],
  about: AboutParameter = () => undefined,
): Refused {
  const [first] = mistakes;
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more)` : "";
  const place = first === undefined || about(first) !== undefined ? "" : `Line ${first.line}: `;
  const detail = first === undefined ? "It cannot be read." : `${place}${first.text}${more}`;
  // Nobody who has given a wrong value should look for the mistake in the blueprint.
  const isValue = code === "bad_blueprint" && first !== undefined && mistakes.every((one) => about(one) !== undefined);
  return new Refused(isValue ? "bad_parameter" : code, detail, {
    errors: mistakes.map((mistake) => errorOf(mistake, about)),
  });
}

export function errorOf(mistake: Mistake, about: AboutParameter = () => undefined): ProblemError {
  const { pointer, line, column, text, hint } = mistake;
  const error = { pointer, line, column, detail: hint === undefined ? text : `${text} ${hint}` };
  const parameter = about(mistake);
  return parameter === undefined ? error : { ...error, parameter };
}
