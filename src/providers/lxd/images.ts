// Images by alias, else by fingerprint, among those that are on the server: nothing is fetched from elsewhere.

import { ProviderFault, type ImageChoice, type ImagesPage } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { REALM } from "./offers.ts";
import { readAlias, readImage, readImages } from "./schema.ts";

/** LXD takes the beginning of one too. */
const FINGERPRINT = /^[0-9a-f]{12,64}$/;
const WHOLE_FINGERPRINT = /^[0-9a-f]{64}$/;

export async function imageOf(desk: Desk, choice: string, signal: AbortSignal): Promise<ImageChoice> {
  const { session } = desk;
  const path = `/images/aliases/${encodeURIComponent(choice)}`;
  const alias = await thereOrNull(session.ask({ method: "GET", path, read: readAlias }, signal));
  if (alias !== null) return ofKind(desk, alias.type, choice);
  if (!FINGERPRINT.test(choice)) return { image: null, text: null };
  const asked = { method: "GET", path: `/images/${choice}`, read: readImage } as const;
  const image = await thereOrNull(session.ask(asked, signal));
  return image === null ? { image: null, text: null } : ofKind(desk, image.type, image.fingerprint);
}

function ofKind({ settings }: Desk, type: string, image: string): ImageChoice {
  if (type === settings.kind) return { image };
  return {
    image: null,
    text: `it is an image of kind ${type}, and the account's machines are of kind ${settings.kind}`,
  };
}

/** LXD's own word for an image that is not there. */
async function thereOrNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.code === "image_missing") return null;
    throw error;
  }
}

/** As a create names it: what `imageOf` gave. */
export const sourceOf = (image: string): Readonly<Record<string, string>> => ({
  type: "image",
  ...(WHOLE_FINGERPRINT.test(image) ? { fingerprint: image } : { alias: image }),
});

export async function imagesPage({ session, settings }: Desk, signal: AbortSignal): Promise<ImagesPage> {
  const query = { recursion: "1" };
  const all = await session.ask({ method: "GET", path: "/images", query, read: readImages }, signal);
  const images = all
    .filter(({ type }) => type === settings.kind)
    .flatMap(({ fingerprint, aliases }) => [
      ...(aliases ?? []).map(({ name }) => ({ realm: REALM, choice: name, image: name })),
      { realm: REALM, choice: fingerprint, image: fingerprint },
    ]);
  return { images, next: null };
}
