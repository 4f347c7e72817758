// The section `instances`: groups of equal machines. What one entry can tell by itself is checked here; what several
// must agree on (names, dependencies, cycles) in check-instances.ts.

import type { Group, OpenLiveCheck, OpenProfile, OpenReadiness } from "./blueprint.ts";
import { type Cursor, entriesOf, fieldsOf, itemsOf, nameOf, readScalar, spotOf } from "./cursor.ts";
import {
  ACCELERATOR_KIND,
  ACCELERATORS,
  ARCHITECTURE,
  COUNT,
  HTTP_PATH,
  IMAGE,
  PORT,
  PROFILE_NAME,
} from "./instance-values.ts";
import { isEnough, type Mistake, mistakeAt } from "./mistake.ts";
import { DEFAULT_UPDATE, UPDATE_ORDERS, type UpdatePolicy } from "./model.ts";
import { readOpen, type Scope } from "./open.ts";
import { LIVE_PERIOD, MEMORY, STORAGE } from "./quantity.ts";
import { readPlacement } from "./placement.ts";
import { readRepair } from "./read-repair.ts";
import { readUserData } from "./read-user-data.ts";
import { CPU, oneOf, text, truth, wholeNumber } from "./reader.ts";

const INSTANCE = {
  required: { image: "image: debian-12", profile: "profile: small" },
  optional: ["count", "dependsOn", "userData", "ready", "live", "repair", "update", "protect", "placement"],
};
const PROFILE = {
  required: { cpu: "cpu: 2", memory: "memory: 4GiB" },
  optional: ["storage", "architecture", "accelerators", "acceleratorKind"],
};
const READY = { required: {}, optional: ["tcp", "http"] };
const LIVE = { required: {}, optional: ["tcp", "http", "period", "failures"] };
const UPDATE = { required: {}, optional: ["order"] };
const HTTP = { required: { port: "port: 80" }, optional: ["path"] };

const NEEDED = text("must be the name of an instance", /^/);
const READY_WORD = {
  ...oneOf(["provider", "callback"], "provider"),
  must: "must be provider, callback, { tcp: PORT } or { http: { port: PORT, path: PATH } }",
};

export function readGroups(section: Cursor | undefined, scope: Scope): readonly Group[] {
  if (section === undefined) return [];
  const entries = entriesOf(section, "must be a map from names to instances", scope.mistakes);
  if (section.node.kind === "map" && entries.size === 0) {
    const says = "has no instance in it: describe at least one, with image and profile";
    scope.mistakes.push(mistakeAt(spotOf(section), { code: "missing_key", says }));
  }
  const groups: Group[] = [];
  for (const cursor of entries.values()) {
    if (isEnough(scope.mistakes)) break;
    groups.push(readGroup(cursor, scope));
  }
  return groups;
}

function readGroup(cursor: Cursor, scope: Scope): Group {
  const fields = fieldsOf(cursor, INSTANCE, scope.mistakes);
  const at = { path: cursor.path, at: cursor.keyAt };
  const placement = fields.get("placement");
  return {
    name: nameOf(cursor),
    images: alternatives(fields.get("image"), scope, "an image").map((cursor) => readOpen(cursor, IMAGE, scope)),
    profiles: alternatives(fields.get("profile"), scope, "a profile").map((cursor) => readProfile(cursor, scope)),
    ...readPlacement(placement, scope),
    placedAt: placement === undefined ? at : spotOf(placement),
    count: fields.has("count") ? readOpen(fields.get("count"), COUNT, scope) : null,
    dependsOn: readDependsOn(fields.get("dependsOn"), scope.mistakes),
    userData: readUserData(fields.get("userData"), scope),
    ready: readReady(fields.get("ready"), scope),
    live: readLive(fields.get("live"), scope),
    repair: readRepair(fields.get("repair"), scope.mistakes),
    update: readUpdate(fields.get("update"), scope.mistakes),
    protect: readScalar(fields.get("protect"), truth(false), scope.mistakes),
    at,
  };
}

/** Beyond so many alternatives nobody knows any more which one to expect. */
const ALTERNATIVES_MOST = 8;

/** One, or a list of them, the first preferred. What is left out is reported as a missing key. */
function alternatives(cursor: Cursor | undefined, { mistakes }: Scope, one: string): readonly (Cursor | undefined)[] {
  if (cursor?.node.kind !== "list") return [cursor];
  const items = itemsOf(cursor, "must be a list", mistakes);
  if (items.length === 0 || items.length > ALTERNATIVES_MOST) {
    const says = `must be ${one} or a list of 1 to ${ALTERNATIVES_MOST}, the first preferred, not a list of ${items.length}`;
    mistakes.push(mistakeAt(spotOf(cursor), { code: "out_of_range", says }));
    return items.slice(0, ALTERNATIVES_MOST);
  }
  return items;
}

function readProfile(cursor: Cursor | undefined, scope: Scope): OpenProfile {
  if (cursor?.node.kind !== "map") return { kind: "named", name: readOpen(cursor, PROFILE_NAME, scope) };
  const fields = fieldsOf(cursor, PROFILE, scope.mistakes);
  return {
    kind: "custom",
    cpu: readOpen(fields.get("cpu"), CPU, scope),
    memoryMib: readOpen(fields.get("memory"), MEMORY, scope),
    storageGib: readOpen(fields.get("storage"), STORAGE, scope),
    architecture: readOpen(fields.get("architecture"), ARCHITECTURE, scope),
    accelerators: readOpen(fields.get("accelerators"), ACCELERATORS, scope),
    acceleratorKind: readOpen(fields.get("acceleratorKind"), ACCELERATOR_KIND, scope),
    spot: spotOf(cursor),
  };
}

function readDependsOn(cursor: Cursor | undefined, mistakes: Mistake[]): Group["dependsOn"] {
  const named = new Map<string, Group["dependsOn"][number]>();
  for (const item of itemsOf(cursor, "must be a list of instances, such as [db]", mistakes)) {
    if (isEnough(mistakes)) break;
    const group = readScalar(item, NEEDED, mistakes);
    const spot = spotOf(item);
    if (named.has(group)) {
      mistakes.push(mistakeAt(spot, { code: "duplicate", says: `names "${group}" a second time: once is enough` }));
    }
    if (group !== "") named.set(group, { group, spot });
  }
  return [...named.values()];
}

function readReady(cursor: Cursor | undefined, scope: Scope): OpenReadiness {
  if (cursor?.node.kind !== "map") return { kind: readScalar(cursor, READY_WORD, scope.mistakes) };
  return readCheck(cursor, fieldsOf(cursor, READY, scope.mistakes), scope);
}

/** None is needed: clouds tell of machines that are gone or stand still. */
function readLive(cursor: Cursor | undefined, scope: Scope): OpenLiveCheck | null {
  if (cursor === undefined) return null;
  const fields = fieldsOf(cursor, LIVE, scope.mistakes);
  if (cursor.node.kind !== "map") return null;
  const check = readCheck(cursor, fields, scope);
  return {
    check,
    periodMs: readScalar(fields.get("period"), LIVE_PERIOD, scope.mistakes),
    failures: readScalar(fields.get("failures"), { ...wholeNumber(1, 100), fallback: 3 }, scope.mistakes),
  };
}

function readUpdate(section: Cursor | undefined, mistakes: Mistake[]): UpdatePolicy {
  if (section === undefined) return DEFAULT_UPDATE;
  const fields = fieldsOf(section, UPDATE, mistakes);
  return { order: readScalar(fields.get("order"), oneOf(UPDATE_ORDERS, DEFAULT_UPDATE.order), mistakes) };
}

function readCheck(
  cursor: Cursor,
  fields: ReturnType<typeof fieldsOf>,
  scope: Scope,
): Extract<OpenReadiness, { port: unknown }> {
  const tcp = fields.get("tcp");
  const http = fields.get("http");
  if ((tcp === undefined) === (http === undefined)) {
    const says = "must have one of tcp and http: write { tcp: PORT } or { http: { port: PORT, path: PATH } }";
    scope.mistakes.push(mistakeAt(spotOf(cursor), { code: "bad_value", says }));
  }
  if (http === undefined) return { kind: "tcp", port: readOpen(tcp, PORT, scope) };
  const parts = fieldsOf(http, HTTP, scope.mistakes);
  return {
    kind: "http",
    port: readOpen(parts.get("port"), PORT, scope),
    path: readOpen(parts.get("path"), HTTP_PATH, scope),
  };
}
