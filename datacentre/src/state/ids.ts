// What a cloud calls its machines and parts.

import type { Random } from "../random.ts";
import type { CompleteCloud } from "../settings.ts";
import type { PartKind } from "../tenant-api.ts";

interface Naming {
  readonly settings: Pick<CompleteCloud, "name" | "ids">;
  /** Stands in all ids, so that no other run of this cloud gives the same ones. */
  readonly run: string;
  readonly randomFor: (purpose: string) => Random;
}

const PREFIXES: Readonly<Record<"machine" | PartKind, string>> = {
  machine: "i",
  port: "eni",
  volume: "vol",
  address: "eipalloc",
  key: "key",
};

/** Of the how-manieth of its kind. Ids that are not counted follow from the seed, and no two clouds share one. */
export function idOf({ settings, run, randomFor }: Naming, kind: "machine" | PartKind, ordinal: number): string {
  const { name, ids } = settings;
  if (ids === "counted") return countedId({ name, run }, kind === "machine" ? "" : `${kind}-`, ordinal);
  const random = randomFor(`id/${run}${kind}/${ordinal}`);
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("");
  if (ids === "hex") return `${PREFIXES[kind]}-0${digits.slice(0, 16)}`;
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5").slice(0, 36);
}

/** `kind` with its hyphen. */
export function countedId(
  { name, run }: { readonly name: string; readonly run: string },
  kind: string,
  ordinal: number,
): string {
  return `${name}-${run === "" ? "" : `${run}-`}${kind}${String(ordinal).padStart(4, "0")}`;
}
