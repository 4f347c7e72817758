// Limits as written in settings and requests.

import { amount, mapOf, nullable, type Reader, ShapeError } from "./shape.ts";
import type { Amounts, Limits } from "./tenant-api.ts";

const DIMENSION =
  /^(?:instances|cpu|memoryMib|storageGib|accelerators|spotInstances|spotCpu|ports|volumes|volumeGib|addresses|keys|(?:instances|cpu|accelerators)\/[\w.-]+)$/;

function ofDimensions<T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, place) => {
    const amounts = mapOf(read)(value, place);
    const unknown = Object.keys(amounts).find((dimension) => !DIMENSION.test(dimension));
    if (unknown !== undefined) throw new ShapeError(`${place}.${unknown}`, "is no dimension of a quota");
    return amounts;
  };
}

export const readLimits: Reader<Limits> = ofDimensions(nullable(amount));
export const readAmounts: Reader<Amounts> = ofDimensions(amount);
