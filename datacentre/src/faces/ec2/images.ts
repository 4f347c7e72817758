// Images. They are the region's: what one zone has, all have.

import type { Asked } from "../../desk/asked.ts";
import type { Image } from "../../state/images.ts";
import type { Action } from "./action.ts";
import { type Facets, filtered, readFilters } from "./filters.ts";
import { accountId, isoTime, tagSet } from "./names.ts";
import { pageInOrder, readPaging } from "./pages.ts";
import { notFound } from "./refusals.ts";
import type { XmlFields } from "./xml.ts";

const PUBLIC_OWNER = "137112412989";

/** Images with tags are the account's own, since only owners see tags; all others are Amazon's. */
export interface Ami extends Image {
  readonly ownerId: string;
  readonly isOwn: boolean;
  readonly createdAt: number;
}

const OLDEST_IMAGE = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

/** Those further down in a zone's list are newer. */
export function amisOf(asked: Asked): readonly Ami[] {
  const all = new Map<string, Ami>();
  for (const { images } of asked.cloud.realms.values()) {
    for (const [index, image] of images.entries()) {
      const isOwn = Object.keys(image.tags).length > 0;
      const ownerId = isOwn ? accountId(asked) : PUBLIC_OWNER;
      if (!all.has(image.id)) all.set(image.id, { ...image, ownerId, isOwn, createdAt: OLDEST_IMAGE + index * DAY_MS });
    }
  }
  return [...all.values()];
}

const IMAGE_FACETS: Facets<Ami> = {
  "image-id": ({ id }) => id,
  name: ({ name }) => name,
  description: ({ name }) => name,
  architecture: ({ architecture }) => architecture ?? "x86_64",
  "owner-id": ({ ownerId }) => ownerId,
  "owner-alias": ({ isOwn }) => (isOwn ? null : "amazon"),
  "is-public": ({ isOwn }) => !isOwn,
  state: () => "available",
  "image-type": () => "machine",
  "root-device-type": () => "ebs",
  "virtualization-type": () => "hvm",
  hypervisor: () => "xen",
  "creation-date": ({ createdAt }) => isoTime(createdAt),
  "ena-support": () => true,
};

const IMAGE_SIEVE = { facets: IMAGE_FACETS, tagsOf: ({ tags }: Ami) => tags };

export const describeImages: Action = {
  operation: "images",
  read(given) {
    const ids = given.list("ImageId");
    const owners = given.list("Owner");
    const executors = given.list("ExecutableBy");
    const filters = readFilters(given);
    given.ignore("IncludeDeprecated", "IncludeDisabled");
    const paging = readPaging(given, { action: "DescribeImages", least: 1, most: 1000 });
    return {
      answer(asked) {
        const all = amisOf(asked);
        const unknown = ids.filter((id) => all.every((image) => image.id !== id));
        if (unknown.length > 0) throw notFound("image", [`[${unknown.join(", ")}]`]);
        const isOwned = ({ isOwn, ownerId }: Ami): boolean =>
          owners.length === 0 || owners.includes(ownerId) || owners.includes(isOwn ? "self" : "amazon");
        const isExecutable = ({ isOwn }: Ami): boolean =>
          executors.length === 0 || executors.includes(isOwn ? "self" : "all");
        const wanted = all.filter(
          (image) => (ids.length === 0 || ids.includes(image.id)) && isOwned(image) && isExecutable(image),
        );
        const { rows, nextToken } = pageInOrder(filtered(wanted, filters, IMAGE_SIEVE), paging);
        return { imagesSet: rows.map(imageView), nextToken };
      },
    };
  },
};

function imageView({ id, name, ownerId, isOwn, architecture, tags, createdAt }: Ami): XmlFields {
  return {
    imageId: id,
    imageLocation: `${ownerId}/${name}`,
    imageState: "available",
    imageOwnerId: ownerId,
    imageOwnerAlias: isOwn ? null : "amazon",
    isPublic: !isOwn,
    productCodes: [],
    architecture: architecture ?? "x86_64",
    imageType: "machine",
    name,
    description: name,
    rootDeviceType: "ebs",
    rootDeviceName: "/dev/xvda",
    blockDeviceMapping: [],
    virtualizationType: "hvm",
    tagSet: tagSet(tags),
    hypervisor: "xen",
    enaSupport: true,
    creationDate: isoTime(createdAt),
    platformDetails: "Linux/UNIX",
    usageOperation: "RunInstances",
  };
}
