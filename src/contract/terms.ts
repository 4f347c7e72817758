// What several replies share: times, money, names, quotas, faults.

import { z } from "zod";
import { FAULT_CLASSES, FAULT_EFFECTS, FAULT_SCOPES } from "../core/fault.ts";
import { LEASE_MS } from "../core/blueprint/model.ts";
import { NAME_PATTERN, NAME_RULE } from "./name.ts";

export const Time = z.iso.datetime().meta({ description: "In UTC, as 2026-11-22T10:00:00.000Z" });

/**
 * Header of every reply to who has a token: the server's time, as `Time`. It is not the time of its machine: see `ServerClock`. (Proxies
 * put a Date of their own into replies.)
 */
export const TIME_HEADER = "Slipway-Time";

export const Dollars = z.number().meta({ description: "In dollars" });

/** A reference that may be null. `.nullable()` on a named schema makes an OpenAPI form that nothing satisfies. */
export const orNull = <S extends z.ZodType>(schema: S) => z.union([schema, z.null()]);

/** What people may call accounts, pools, profiles, blueprints, deployments and tokens: names become parts of host names. */
export const Name = z
  .string({ error: ({ input }) => (input === undefined ? `is missing: it ${NAME_RULE}` : NAME_RULE) })
  .regex(NAME_PATTERN, { error: NAME_RULE })
  .meta({ description: "At most 63 lower-case letters, digits and hyphens, a letter first and no hyphen last" });

/** What a whole number in the database holds. */
export const WHOLE_MOST = 2 ** 31 - 1;

/** How long a deployment may run. */
export const LeaseMs = z.number().int().min(LEASE_MS.least).max(LEASE_MS.most);

/** More than any cloud has; much larger numbers would be rounded on their way. */
export const LIMIT_MOST = 1_000_000_000;
const Most = z.number().nonnegative().max(LIMIT_MOST).nullable().default(null);

/** What may be used at most. In requests, what is left out is not limited. */
export const Limit = z
  .strictObject({
    instances: Most.meta({ description: "Null: not limited" }),
    cpu: Most.meta({ description: "Null: not limited" }),
    memoryMib: Most.meta({ description: "Null: not limited" }),
    hourlyCost: Most.meta({ description: "Dollars per hour; null: not limited" }),
  })
  .meta({ id: "Limit" });
export type Limit = z.infer<typeof Limit>;

export const Fault = z
  .object({
    class: z.enum(FAULT_CLASSES),
    scope: z.enum(FAULT_SCOPES).meta({ description: "How far the refusal reaches" }),
    effect: z.enum(FAULT_EFFECTS).meta({ description: "Whether something was made: none, made, unknown" }),
    retryAfterMs: z.number().nullable(),
    code: z.string().meta({ description: "The cloud's own code" }),
    text: z.string(),
    requestId: z.string().nullable(),
  })
  .meta({ id: "Fault", description: "What a cloud refused or failed at" });
export type Fault = z.infer<typeof Fault>;
