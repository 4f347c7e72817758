// What all routes are made of: how they name their replies, bodies and parameters, and the problem that each may answer with.

import { z } from "@hono/zod-openapi";
import { Problem } from "../contract/problem.ts";
import { WHOLE_MOST } from "../contract/terms.ts";

export const SECURITY = [{ token: [] }];

/** Any error, whatever its status. */
export const PROBLEM = {
  default: { description: "What went wrong", content: { "application/problem+json": { schema: Problem } } },
} as const;

export function reply<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { "application/json": { schema } } };
}

export function body<S extends z.ZodType>(schema: S) {
  return { body: { required: true, content: { "application/json": { schema } } } };
}

/** Without one nothing is said. */
export function optionalBody<S extends z.ZodType>(schema: S) {
  return { body: { required: false, content: { "application/json": { schema } } } };
}

export const DONE = { 204: { description: "Done" } } as const;

export const NameInPath = z.object({ name: z.string().min(1).max(100) });
export const DeploymentInPath = z.object({
  deployment: z.string().min(1).max(100).openapi({ description: "Id, or name where only one has it" }),
});
export const MachineInPath = z.object({ machine: z.string().min(1).max(100) });

/** A whole number in the query string or in a header, written in digits. */
export function wholeNumber({ least, most }: { readonly least: number; readonly most: number }) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }))
    .openapi({ type: "integer", minimum: least, maximum: most });
}

/** The same where a number counts when none is given. */
export function wholeNumberOr(usual: number, bounds: { readonly least: number; readonly most: number }) {
  return wholeNumber(bounds).default(usual).openapi({ default: usual });
}

/** Number of an event: 0 is before the first. */
export const EVENT_NO = { least: 0, most: WHOLE_MOST };

/** A switch in the query string. */
export const Flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((text) => text === "true")
  .openapi({ type: "boolean", default: false });
