// Reading what an account offers. No number of it gets further that could not be true, whichever provider has read it.

import { type SoundOffer, soundOffer } from "../core/catalogue.ts";
import { type Cloud, ProviderFault } from "./provider.ts";

/** Throws a ProviderFault when the account's quotas cannot be read; sizes that cannot be are left out. */
export async function readOffer(cloud: Pick<Cloud, "catalogue">, signal: AbortSignal): Promise<SoundOffer> {
  const sound = soundOffer(await cloud.catalogue(signal));
  if (!("wrong" in sound)) return sound;
  const nothing = { scope: "account", effect: "none", retryAfterMs: null, requestId: null } as const;
  const text = `the cloud's answer cannot be read: ${sound.wrong}`;
  throw new ProviderFault({ ...nothing, class: "transient", code: "unreadable_answer", text });
}
