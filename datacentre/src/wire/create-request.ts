// Requests for machines and parts, as the plain face and the owner's hands read them.

import type { CreateRequest, PartChoice } from "../cloud-api.ts";
import { readMadeAlong, readPartKind } from "../part-settings.ts";
import { amount, either, flag, listOf, mapOf, oneOf, positive, type Reader, shape, text } from "../shape.ts";
import type { PartRequest } from "../tenant-api.ts";

const readPartChoice: Reader<PartChoice> = either(
  shape({ id: text }),
  shape({ kind: readMadeAlong }, { sizeGib: positive, stays: flag, network: text, labels: mapOf(text) }),
);

export const readCreateRequest: Reader<CreateRequest> = shape(
  { name: text, realm: text, size: text, image: text },
  {
    measure: shape({ cpu: amount, memoryMib: amount, storageGib: amount }),
    userData: text,
    labels: mapOf(text),
    parts: listOf(readPartChoice),
    publicAddress: flag,
    network: text,
    securityGroups: listOf(text),
    sshKey: text,
    spot: shape({}, { maxHourlyPrice: amount }),
    group: shape({ name: text, hosts: oneOf(["spread", "compact"]) }),
    token: text,
  },
);

export const readPartRequest: Reader<PartRequest> = shape(
  { kind: readPartKind, name: text, realm: text },
  { labels: mapOf(text), sizeGib: positive, network: text, publicKey: text, machine: text, stays: flag },
);
