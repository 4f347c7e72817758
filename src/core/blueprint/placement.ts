// The key `placement` of an instance: spot, and where its machines are put. Values refer to parameters like those of any other key.

import type { Group, Open, OpenNames, OpenWhere } from "./blueprint.ts";
import { type Cursor, fieldsOf, itemsOf, readScalar, spotOf } from "./cursor.ts";
import { type Complaint, isEnough, type Mistake, mistakeAt, quoted } from "./mistake.ts";
import { HOST_CHOICES, type Where, WHERE_KEYS } from "./model.ts";
import { blame, readOpen, type Scope, settle } from "./open.ts";
import { DOLLARS } from "./quantity.ts";
import { type Given, oneOf, type Reader, truth } from "./reader.ts";
import { KEY_NAME, NAMES_MOST, PLACE_NAME, PUBLIC_KEY, tooLong, VOLUME } from "./where-values.ts";

const PLACEMENT = { required: {}, optional: [...WHERE_KEYS, "spot"] };
const SPOT = { required: {}, optional: ["maxHourly"] };
/** What a list may be of. */
const NAMES = {
  reader: PLACE_NAME,
  must: "must be a list of names, such as [shop]",
  without: "to take the account's own",
};
const VOLUMES = {
  reader: VOLUME,
  must: "must be a list of volumes, such as [data:/var/lib/data]",
  without: "for none",
};
const TRUTH = truth(false);
const HOSTS = oneOf(HOST_CHOICES, "spread");

const NOTHING: OpenWhere = {
  networks: null,
  securityGroups: null,
  key: null,
  publicKey: null,
  publicAddress: null,
  hosts: null,
  volumes: null,
};

export function readPlacement(cursor: Cursor | undefined, scope: Scope): Pick<Group, "spot" | "where"> {
  if (cursor === undefined) return { spot: null, where: NOTHING };
  const fields = fieldsOf(cursor, PLACEMENT, scope.mistakes);
  const read = <T>(key: string, reader: Reader<T>): Open<T> | null => {
    const field = fields.get(key);
    return field === undefined ? null : readOpen(field, reader, scope);
  };
  const second = fields.has("key") ? fields.get("publicKey") : undefined;
  if (second !== undefined) {
    const says = "stands beside key, and a machine gets one of the two: remove one";
    scope.mistakes.push(mistakeAt(spotOf(second), { code: "bad_value", says }));
  }
  const where = {
    networks: readNames(fields.get("networks"), NAMES, scope),
    securityGroups: readNames(fields.get("securityGroups"), NAMES, scope),
    key: read("key", KEY_NAME),
    publicKey: read("publicKey", PUBLIC_KEY),
    publicAddress: read("publicAddress", TRUTH),
    hosts: read("hosts", HOSTS),
    volumes: readNames(fields.get("volumes"), VOLUMES, scope),
  };
  return { spot: readSpot(fields.get("spot"), scope.mistakes), where };
}

function readSpot(spot: Cursor | undefined, mistakes: Mistake[]): Group["spot"] {
  if (spot?.node.kind === "map") {
    const most = fieldsOf(spot, SPOT, mistakes).get("maxHourly");
    return { maxHourlyMicros: most === undefined ? null : readScalar(most, DOLLARS, mistakes) };
  }
  return readScalar(spot, TRUTH, mistakes) ? { maxHourlyMicros: null } : null;
}

function readNames(cursor: Cursor | undefined, of: typeof NAMES, scope: Scope): OpenNames | null {
  if (cursor === undefined) return null;
  const { mistakes } = scope;
  const spot = spotOf(cursor);
  const items = itemsOf(cursor, of.must, mistakes);
  if (cursor.node.kind === "list" && (items.length === 0 || items.length > NAMES_MOST)) {
    const remedy = items.length === 0 ? `; leave the key out ${of.without}` : "";
    const says = `must be a list of 1 to ${NAMES_MOST} names, not of ${items.length}${remedy}`;
    mistakes.push(mistakeAt(spot, { code: "out_of_range", says }));
  }
  const names: Open<string>[] = [];
  for (const item of items.slice(0, NAMES_MOST)) {
    if (isEnough(mistakes)) break;
    names.push(readOpen(item, of.reader, scope));
  }
  const known = names.flatMap((name) => (name.kind === "known" ? [name] : []));
  mistakes.push(...secondTimes(known));
  const complaint = tooLong(known.map(({ value }) => value));
  if (complaint !== null) mistakes.push(mistakeAt(spot, complaint));
  return { names, spot };
}

function secondTimes(names: readonly Extract<Open<string>, { kind: "known" }>[]): readonly Mistake[] {
  return names.flatMap(({ value, spot }, place) => {
    if (value === "" || names.findIndex((one) => one.value === value) === place) return [];
    const complaint: Complaint = { code: "duplicate", says: `names ${quoted(value)} a second time: once is enough` };
    return [mistakeAt(spot, complaint)];
  });
}

export function opensInWhere(where: OpenWhere): readonly Open<unknown>[] {
  const { networks, securityGroups, key, publicKey, publicAddress, hosts, volumes } = where;
  const lists = [networks, securityGroups, volumes].flatMap((list) => list?.names ?? []);
  return [...lists, ...[key, publicKey, publicAddress, hosts].filter((open) => open !== null)];
}

interface Settling {
  readonly values: ReadonlyMap<string, Given>;
  readonly mistakes: Mistake[];
}

export function settleWhere(where: OpenWhere, settling: Settling): Where {
  const { networks, securityGroups, key, publicKey, publicAddress, hosts, volumes } = where;
  return {
    ...(networks === null ? {} : { networks: settleNames(networks, NAMES, settling) }),
    ...(securityGroups === null ? {} : { securityGroups: settleNames(securityGroups, NAMES, settling) }),
    ...(key === null ? {} : { key: settle(key, KEY_NAME, settling) }),
    ...(publicKey === null ? {} : { publicKey: settle(publicKey, PUBLIC_KEY, settling) }),
    ...(publicAddress === null ? {} : { publicAddress: settle(publicAddress, TRUTH, settling) }),
    ...(hosts === null ? {} : { hosts: settle(hosts, HOSTS, settling) }),
    ...(volumes === null ? {} : { volumes: settleNames(volumes, VOLUMES, settling) }),
  };
}

/** Null where parameters decide. */
export function whereAsWritten(where: OpenWhere): Where | null {
  const isKnown = opensInWhere(where).every(({ kind }) => kind === "known");
  return isKnown ? settleWhere(where, { values: new Map(), mistakes: [] }) : null;
}

/** Parameters may make several names the same: once is enough. */
function settleNames({ names, spot }: OpenNames, { reader }: typeof NAMES, settling: Settling): readonly string[] {
  const settled = [...new Set(names.map((name) => settle(name, reader, settling)))];
  const complaint = tooLong(settled);
  if (complaint !== null) {
    const mistake = mistakeAt(spot, complaint);
    settling.mistakes.push(names.reduceRight((told, name) => blame(name, told), mistake));
  }
  return settled;
}
