// A failed attempt that stays for a while, for people to look at, before it is undone.

import { z } from "zod";
import { STUDY_MS } from "../core/blueprint/model.ts";
import { Time } from "./terms.ts";

export const HoldMs = z
  .number()
  .int()
  .min(STUDY_MS.least, { error: "must be 1 s at least" })
  .max(STUDY_MS.most, { error: "must be 7 days at most" });

export const Study = z.object({ since: Time, until: Time.meta({ description: "Then it is rolled back" }) }).meta({
  id: "Study",
  description: "Its attempt has failed, for the reason in `failure`, and stays as it is; null: none does",
});
export type Study = z.infer<typeof Study>;
