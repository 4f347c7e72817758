// Images of one realm: by id, by name, or by alias.

import { CloudError } from "../cloud-api.ts";
import type { ImageSettings } from "../offer-settings.ts";

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** Null: boots on any. */
  readonly architecture: string | null;
}

export function imageOf(settings: ImageSettings): Image {
  if (typeof settings === "string") return imageOf({ name: settings });
  const { name, id = name, aliases = [], tags = {}, architecture = null } = settings;
  return { id, name, aliases, tags, architecture };
}

interface Realm {
  readonly name: string;
  readonly images: readonly Image[];
}

/** Ids first, then names, then aliases. Throws `image_not_found`; `invalid_request` when a name or alias means several. */
export function findImage({ name: realm, images }: Realm, choice: string, by: "any" | "id"): Image {
  const byId = images.filter(({ id }) => id === choice);
  const byName = by === "id" ? [] : images.filter(({ name }) => name === choice);
  const byAlias = by === "id" ? [] : images.filter(({ aliases }) => aliases.includes(choice));
  const found = [byId, byName, byAlias].find(({ length }) => length > 0) ?? [];
  const [image] = found;
  if (image === undefined) throw new CloudError("image_not_found", `No image ${choice} in ${realm}`);
  if (found.length === 1) return image;
  throw new CloudError(
    "invalid_request",
    `${found.length} images of ${realm} are called ${choice}: choose one by its id`,
  );
}
