// What travels sealed: requests of creates, secret parameters, credentials. Each is JSON inside.

import type { CreateRequest } from "../core/machine.ts";
import type { Changes } from "../core/snapshot.ts";
import type { Secrets } from "./secrets.ts";
import type { SealedChanges } from "./store.ts";

export function sealChanges(secrets: Secrets, changes: Changes): SealedChanges {
  const newMachines = changes.newMachines.map(({ machine, request }) => ({
    machine,
    request: secrets.seal(JSON.stringify(request)),
  }));
  return { ...changes, newMachines };
}

/** What `sealChanges` sealed. */
export function openRequest(secrets: Secrets, sealed: string): CreateRequest {
  const request: CreateRequest = JSON.parse(secrets.open(sealed));
  return request;
}

/** Secret parameters or credentials by name. */
export function sealTexts(secrets: Secrets, texts: Readonly<Record<string, string>>): string {
  return secrets.seal(JSON.stringify(texts));
}

/** The values of all of them, to be taken out of texts. */
export function openValues(secrets: Secrets, sets: readonly string[] | undefined): readonly string[] {
  return (sets ?? []).flatMap((sealed) => Object.values(openTexts(secrets, sealed)));
}

/** What `sealTexts` sealed; none when nothing was. */
export function openTexts(secrets: Secrets, sealed: string | null | undefined): Readonly<Record<string, string>> {
  if (sealed === null || sealed === undefined) return {};
  const texts: Record<string, string> = JSON.parse(secrets.open(sealed));
  return texts;
}
