// Which image is meant: Deltacloud's images have an id, and a name that several may have.

import type { ImageChoice, ImagesPage } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { realmsOf } from "./offers.ts";
import { type Named, readImages } from "./schema.ts";

const imagesOf = ({ session }: Desk, signal: AbortSignal): Promise<readonly Named[]> =>
  session.ask({ path: "/images", read: readImages }, signal);

/** By id, else by name, where one alone has it. Images are the same in all realms. */
export async function imageOf(desk: Desk, choice: string, signal: AbortSignal): Promise<ImageChoice> {
  const images = await imagesOf(desk, signal);
  if (images.some(({ id }) => id === choice)) return { image: choice };
  const [first, second] = images.filter(({ name }) => name === choice);
  if (first === undefined) return { image: null, text: null };
  if (second === undefined) return { image: first.id };
  return { image: null, text: `several images are called ${choice} there; use an id` };
}

/** All of them: Deltacloud has no pages. */
export async function imagesPage(desk: Desk, signal: AbortSignal): Promise<ImagesPage> {
  const realms = await realmsOf(desk, signal);
  const images = await imagesOf(desk, signal);
  const byName = Map.groupBy(images, ({ name }) => name);
  const choices = images.flatMap(({ id, name }) => {
    const isAlone = name !== "" && name !== id && byName.get(name)?.length === 1;
    return (isAlone ? [name, id] : [id]).map((choice) => ({ choice, image: id }));
  });
  return { images: realms.flatMap(({ id: realm }) => choices.map((one) => ({ realm, ...one }))), next: null };
}
