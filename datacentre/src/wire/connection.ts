// TenantApi, method by method: which call it is, and what happens at the desk.

import type { Operation } from "../cloud-api.ts";
import type { Effect } from "../desk/asked.ts";
import { changes } from "../desk/changes.ts";
import { create } from "../desk/create.ts";
import { findByNames, list } from "../desk/lists.ts";
import { describe, get, getMany, probe, readConsole, reboot, remove, start, stop } from "../desk/machines.ts";
import { images, realms, sizes, traits } from "../desk/offers.ts";
import { login, logout } from "../desk/sessions.ts";
import { importKey, removeKey, things } from "../desk/things.ts";
import { usage } from "../desk/usage.ts";
import { getOperation, listOperations } from "../desk/operations.ts";
import { attachPart, createPart, detachPart, getPart, listParts, removePart } from "../desk/parts.ts";
import type { PartRequest, TenantApi } from "../tenant-api.ts";
import type { CallSubject } from "./call.ts";

/** Sends one call and waits for its answer. */
export type Ask = <T>(subject: CallSubject, effect: Effect<T>, signal: AbortSignal | undefined) => Promise<T>;

/** Opens a stream of changes. */
type Watch = TenantApi["watch"];

export function connectBy(ask: Ask, watch: Watch): TenantApi {
  return {
    login: (signal) => ask({ operation: "login" }, login, signal),
    logout: (token, signal) => ask({ operation: "logout" }, (asked) => logout(asked, token), signal),
    describe: (signal) => ask({ operation: "describe" }, describe, signal),
    create: (request, signal) => ask({ ...request, operation: "create" }, (asked) => create(asked, request), signal),
    get: (id, signal) => ask({ operation: "get", id }, (asked) => get(asked, id), signal),
    findByName: (name, signal) => ask({ operation: "findByName", name }, (asked) => findByNames(asked, [name]), signal),
    findByNames: (names, signal) => ask({ operation: "findByName" }, (asked) => findByNames(asked, names), signal),
    list: (query, signal) => ask({ operation: "list" }, (asked) => list(asked, query), signal),
    start: (id, signal) => ask({ operation: "start", id }, (asked) => start(asked, id), signal),
    stop: (id, signal) => ask({ operation: "stop", id }, (asked) => stop(asked, id), signal),
    reboot: (id, signal) => ask({ operation: "reboot", id }, (asked) => reboot(asked, id), signal),
    remove: (id, signal) => ask({ operation: "remove", id }, (asked) => remove(asked, id), signal),
    console: (id, signal) => ask({ operation: "console", id }, (asked) => readConsole(asked, id), signal),
    probe: (id, target, signal) => ask({ operation: "probe", id }, (asked) => probe(asked, id, target), signal),
    traits: (signal) => ask({ operation: "traits" }, traits, signal),
    realms: (signal) => ask({ operation: "realms" }, realms, signal),
    sizes: (query, signal) => ask(realmIn("sizes", query), (asked) => sizes(asked, query), signal),
    createPart: (request, signal) => ask(subjectOf(request), (asked) => createPart(asked, request), signal),
    getPart: (id, signal) => ask({ operation: "getPart", id }, (asked) => getPart(asked, id), signal),
    listParts: (query, signal) => ask({ operation: "listParts" }, (asked) => listParts(asked, query), signal),
    attachPart: (id, machine, signal) =>
      ask({ operation: "attachPart", id }, (asked) => attachPart(asked, id, machine), signal),
    detachPart: (id, signal) => ask({ operation: "detachPart", id }, (asked) => detachPart(asked, id), signal),
    removePart: (id, signal) => ask({ operation: "removePart", id }, (asked) => removePart(asked, id), signal),
    things: (signal) => ask({ operation: "things" }, things, signal),
    importKey: (request, signal) =>
      ask({ operation: "importKey", name: request.name }, (asked) => importKey(asked, request), signal),
    removeKey: (name, signal) => ask({ operation: "removeKey", name }, (asked) => removeKey(asked, name), signal),
    getMany: (ids, signal) => ask({ operation: "getMany" }, (asked) => getMany(asked, ids), signal),
    changes: (query, signal) => ask({ operation: "changes" }, (asked) => changes(asked, query), signal),
    watch,
    getOperation: (id, signal) => ask({ operation: "getOperation" }, (asked) => getOperation(asked, id), signal),
    listOperations: (query, signal) =>
      ask({ operation: "listOperations" }, (asked) => listOperations(asked, query), signal),
    usage: (signal) => ask({ operation: "usage" }, usage, signal),
    images: (query, signal) => ask(realmIn("images", query), (asked) => images(asked, query), signal),
  };
}

function realmIn(operation: Operation, { realm }: { readonly realm?: string }): CallSubject {
  return realm === undefined ? { operation } : { operation, realm };
}

function subjectOf({ kind, name, realm, labels = {} }: PartRequest): CallSubject {
  return { operation: "createPart", part: kind, name, realm, labels };
}
