// Signing in with a provider of identities. Not in the API's document: programs send a token.

import { z } from "zod";
import { Time } from "./terms.ts";

/** Where a browser begins; `to` is the page that it comes back to. */
export const OIDC_START = "/v1/oidc/start";
export const OIDC_CALLBACK = "/v1/oidc/callback";

/** Why one who was at the provider is not signed in. The page has a sentence for each. */
export type SignInRefusal = "away" | "refused" | "expired" | "no_role" | "locked_out";

/** Whether there is one. */
export const IdentityAbout = z.object({
  provider: z.string().nullable().meta({ description: "Its host; null: there is none" }),
});
export type IdentityAbout = z.infer<typeof IdentityAbout>;

export const DeviceBegun = z.object({
  /** To poll with. */
  handle: z.string(),
  userCode: z.string(),
  verificationUri: z.string(),
  verificationUriComplete: z.string().nullable(),
  intervalS: z.number(),
  expiresInS: z.number(),
});
export type DeviceBegun = z.infer<typeof DeviceBegun>;

export const DevicePoll = z.strictObject({ handle: z.string().min(1).max(4_000) });

/** The token is there once somebody has signed in. `slower`: wait five seconds more between two polls. */
export const DevicePolled = z.object({
  state: z.enum(["pending", "slower", "done"]),
  token: z.string().nullable(),
  name: z.string().nullable(),
  expiresAt: Time.nullable(),
});
export type DevicePolled = z.infer<typeof DevicePolled>;
