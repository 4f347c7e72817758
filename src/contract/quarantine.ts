// The machine that an attempt failed for, kept alone for a while, so that people can look at it.

import { z } from "zod";
import { QUARANTINE_MS } from "../core/blueprint/model.ts";

export const QuarantineMs = z
  .number()
  .int()
  .min(QUARANTINE_MS.least, { error: "must be 1 s at least" })
  .max(QUARANTINE_MS.most, { error: "must be 7 days at most" });
