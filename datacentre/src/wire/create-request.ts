// A request for a machine, as the plain face and the owner's hands read it.

import type { CreateRequest } from "../cloud-api.ts";
import { amount, mapOf, type Reader, shape, text } from "../shape.ts";

export const readCreateRequest: Reader<CreateRequest> = shape(
  { name: text, realm: text, size: text, image: text },
  {
    measure: shape({ cpu: amount, memoryMib: amount, storageGib: amount }),
    userData: text,
    labels: mapOf(text),
    token: text,
  },
);
