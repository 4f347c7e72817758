// What a cloud answers besides texts: ids and names by which machines are found again, addresses. They are taken as they are or
// not at all: half an id would be another machine's, and what a database cannot hold would stop the row for ever.

import type { Handle, Observed } from "../machine.ts";

/** The longest ids of clouds that are known, paths of Azure, have some 300 characters. */
const ID_MOST = 1_024;
const NAME_MOST = 512;

function isHeld(text: string, most: number): boolean {
  return text !== "" && text.length <= most && text.isWellFormed() && !text.includes("\0");
}

/** True for a name that a row can hold and a person read. */
export function isName(text: string): boolean {
  return isHeld(text, NAME_MOST);
}

/** An address or a host name: machines are told it in their user data. */
const ADDRESS = /^[\w.:%-]{1,255}$/;

/** A machine as far as it can be relied on; null when nobody could find it again by what the cloud says of it. */
export function plausible(observed: Observed): Observed | null {
  const { externalId, name, realm, privateAddress, publicAddress, handle } = observed;
  if (!isHeld(externalId, ID_MOST) || !isName(name) || !isName(realm)) return null;
  if (handle !== null && !isHandle(handle)) return null;
  return { ...observed, privateAddress: addressIn(privateAddress), publicAddress: addressIn(publicAddress) };
}

/** More ids than parts of a machine that anybody has. */
const TEXTS_MOST = 64;

/** True for a handle that the ledger can hold and give back as it is. */
export function isHandle(handle: Handle): boolean {
  const texts = Object.entries(handle).flatMap(([key, value]) => [
    key,
    ...(typeof value === "string" ? [value] : value),
  ]);
  return texts.length <= TEXTS_MOST && texts.every((text) => isHeld(text, ID_MOST));
}

function addressIn(address: string | null): string | null {
  return address !== null && ADDRESS.test(address) ? address : null;
}
