// Whether a server has what it needs, and whether something waits for a person.

import { z } from "zod";
import { Time } from "./terms.ts";

const CHECKS = [
  "database",
  "schema",
  "disk",
  "key",
  "clock",
  "work",
  "callbacks",
  "accounts",
  "debt",
  "parked",
  "hold",
] as const;

export const Check = z
  .object({
    name: z.enum(CHECKS),
    state: z.enum(["fine", "note", "wrong"]).meta({
      description: "fine: as it should be; note: to be known, and it may well be meant so; wrong: a person is needed",
    }),
    text: z.string().meta({ description: "What was found, in one sentence" }),
    remedy: z.string().nullable().meta({ description: "What to do; null: nothing" }),
  })
  .meta({ id: "Check" });
export type Check = z.infer<typeof Check>;

export const Checkup = z
  .object({
    version: z.string(),
    at: Time,
    checks: z.array(Check).meta({ description: "One of each, or several of one name" }),
  })
  .meta({ id: "Checkup" });
export type Checkup = z.infer<typeof Checkup>;
