// Glance, version 2: images, the same in all zones.

import type { Asked } from "../../desk/asked.ts";
import type { Image } from "../../state/images.ts";
import { param } from "../../wire/http-route.ts";
import { isoTime, projectId, SERVICES } from "./names.ts";
import { hrefAfter, pageOf } from "./pages.ts";
import { Refusal } from "./refusals.ts";
import { reading } from "./resource.ts";

function imagesOf({ cloud }: Asked): readonly Image[] {
  const all = [...cloud.realms.values()].flatMap(({ images }) => images);
  return [...new Map(all.map((image) => [image.id, image])).values()];
}

/** Later ones in a zone's list are newer. Tags are properties. */
function viewOf({ cloud, tenant }: Asked, { id, name, tags, architecture }: Image, place: number) {
  const at = isoTime(cloud.agenda.now() - 24 * 3_600_000 * (1_000 - place));
  return {
    ...tags,
    ...(architecture === null ? {} : { architecture }),
    id,
    name,
    status: "active",
    visibility: "public",
    os_hidden: false,
    protected: false,
    owner: projectId(tenant.name),
    min_disk: 0,
    min_ram: 0,
    size: 2_147_483_648,
    virtual_size: null,
    disk_format: "qcow2",
    container_format: "bare",
    checksum: null,
    tags: [],
    created_at: at,
    updated_at: at,
    self: `${SERVICES.image}/images/${id}`,
    file: `${SERVICES.image}/images/${id}/file`,
    schema: "/v2/schemas/image",
  };
}

const PAGE_MOST = 1000;

/** Not about what an image is. */
const ABOUT_LISTS: ReadonlySet<string> = new Set(["limit", "marker", "sort", "sort_key", "sort_dir", "member_status"]);

/** Newest first; by anything that an image has, of which `in:a,b` is one of several. */
export const listImages = reading("images", "image", (asked, { query }) => {
  const views = imagesOf(asked)
    .map((image, place) => viewOf(asked, image, place))
    .toReversed();
  const wanted = [...query].filter(([name]) => !ABOUT_LISTS.has(name));
  const fitting = views.filter((view) => {
    const known = new Map(Object.entries(view).map(([name, value]) => [name, String(value)]));
    return wanted.every(([name, value]) => fits(known.get(name), value));
  });
  const { rows, next } = pageOf(fitting, { query, most: PAGE_MOST });
  const links = next === null ? {} : { next: hrefAfter("/v2/images", query, next) };
  return { images: rows, first: "/v2/images", schema: "/v2/schemas/images", ...links };
});

function fits(value: string | undefined, wanted: string): boolean {
  if (!wanted.startsWith("in:")) return value === wanted;
  const any = wanted
    .slice(3)
    .split(",")
    .map((one) => one.replace(/^"(.*)"$/, "$1"));
  return value !== undefined && any.includes(value);
}

export const getImage = reading("images", "image", (asked, ask) => {
  const id = param(ask, "id");
  const all = imagesOf(asked);
  const place = all.findIndex((image) => image.id === id);
  const image = all[place];
  if (image === undefined) throw new Refusal(404, `No image found with ID ${id}`);
  return viewOf(asked, image, place);
});
