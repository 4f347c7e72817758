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
/** Of what comes whole. */
const WholeMost = z.number().int().nonnegative().max(LIMIT_MOST).nullable().default(null);

/** Of a launch, in dollars per hour. */
export const MaxHourly = z.number().min(0.000_001).max(LIMIT_MOST);

/** How a family of what is limited is named. */
export const FAMILY = /^[A-Za-z0-9][\w.-]{0,62}(\/[\w.-]{1,63})?$/;

/** What may be used at most. In requests, what is left out is not limited. */
export const Limit = z
  .strictObject({
    instances: WholeMost.meta({ description: "Null: not limited" }),
    cpu: Most.meta({ description: "Null: not limited" }),
    memoryMib: Most.meta({ description: "Null: not limited" }),
    storageGib: Most.meta({ description: "Null: not limited" }),
    accelerators: WholeMost.meta({ description: "Of any kind; null: not limited" }),
    deployments: WholeMost.meta({ description: "That hold something; null: not limited" }),
    hourlyCost: Most.meta({ description: "Dollars per hour; null: not limited" }),
    families: z
      .record(z.string().regex(FAMILY), z.number().nonnegative().max(LIMIT_MOST))
      .default({})
      .meta({
        description: "By family: accelerators/KIND of any cloud, and what clouds count themselves, as cpu/standard",
        propertyNames: { pattern: FAMILY.source },
      }),
  })
  .meta({ id: "Limit" });
export type Limit = z.infer<typeof Limit>;

export const Quota = z
  .object({
    instances: z.number().nullable(),
    cpu: z.number().nullable(),
    memoryMib: z.number().nullable(),
    storageGib: z.number().nullable(),
    accelerators: z.number().nullable(),
    deployments: z.number().nullable(),
    hourlyCost: orNull(Dollars).meta({ description: "Per hour" }),
    families: z.record(z.string(), z.number()),
  })
  .meta({ id: "Quota", description: "Null: not limited" });

/** What a pool or a user holds; what is not named in `families` is none. */
export const Usage = z
  .object({
    instances: z.number(),
    cpu: z.number(),
    memoryMib: z.number(),
    storageGib: z.number(),
    accelerators: z.number(),
    deployments: z.number(),
    hourlyCost: Dollars.meta({ description: "Per hour, of what has a known price" }),
    families: z.record(z.string(), z.number()).meta({ description: "Of those that the limit names" }),
  })
  .meta({ id: "Usage", description: "What is held, machines that are owed among it" });
export type Usage = z.infer<typeof Usage>;

export const quotaFields = {
  quota: z.string().meta({ description: "As the limit names it: instances, hourlyCost, accelerators/h100, …" }),
  used: z.number(),
  most: z.number(),
};

const NearQuota = z.object(quotaFields).meta({ id: "NearQuota" });
export type NearQuota = z.infer<typeof NearQuota>;

export const Near = z.array(NearQuota).meta({ description: "Limits of which 70 % or more are held" });

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
