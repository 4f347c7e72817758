// TenantApi over HTTP, method by method.

import type { ProbeTarget } from "../../cloud-api.ts";
import { amount, flag, kindOf, listOf, mapOf, oneOf, type Reader, shape, text } from "../../shape.ts";
import { readPartKind } from "../../part-settings.ts";
import type {
  Change,
  ChangeQuery,
  DetailQuery,
  ImageQuery,
  OfferQuery,
  OperationQuery,
  PartQuery,
  TenantApi,
} from "../../tenant-api.ts";
import { readSshKey } from "../../thing-settings.ts";
import { readCreateRequest, readPartRequest } from "../../wire/create-request.ts";
import { type Call, param, type Route } from "../../wire/http-route.ts";
import { parseJson } from "../../wire/json.ts";

const readTarget: Reader<ProbeTarget> = kindOf({
  tcp: shape({ port: amount }),
  http: shape({ port: amount, path: text }),
});

const readListQuery: Reader<DetailQuery> = shape(
  {},
  { cursor: text, labels: json(mapOf(text)), name: text, realm: text, changedSince: json(amount) },
);
const readLook = shape({ ids: listOf(text) });
const readSearch = shape({ names: listOf(text) });
const readChangeQuery: Reader<ChangeQuery> = shape({}, { after: json(amount), labels: json(mapOf(text)) });
const readOfferQuery: Reader<OfferQuery> = shape({}, { realm: text, cursor: text });
const readImageQuery: Reader<ImageQuery> = shape(
  {},
  { realm: text, id: text, name: text, alias: text, tags: json(mapOf(text)), cursor: text },
);

const readAttaching = shape({ machine: text });
const readPartQuery: Reader<PartQuery> = shape(
  {},
  { kind: readPartKind, name: text, machine: text, isLone: json(flag), labels: json(mapOf(text)), cursor: text },
);

const readOperationQuery: Reader<OperationQuery> = shape(
  {},
  { target: text, name: text, state: oneOf(["running", "done", "failed"]), correlation: text, cursor: text },
);

/** A parameter of the query that is written as JSON. */
function json<T>(read: Reader<T>): Reader<T> {
  return (value, place) => read(parseJson(text(value, place), place), place);
}

function queryOf<T>(read: Reader<T>, { query }: Call): T {
  return read(Object.fromEntries(query), "query");
}

type Run = (api: TenantApi, call: Call) => Promise<unknown>;

export const PLAIN_ROUTES: readonly Route<Run>[] = [
  { route: "POST /v1/sessions", run: (api) => api.login() },
  { route: "DELETE /v1/sessions/:token", run: (api, call) => api.logout(param(call, "token")) },
  { route: "GET /v1", run: (api) => api.describe() },
  { route: "POST /v1/machines", run: (api, { body }) => api.create(readCreateRequest(body, "body")) },
  { route: "GET /v1/machines", run: (api, call) => api.list(queryOf(readListQuery, call)) },
  { route: "GET /v1/machines/:id", run: (api, call) => api.get(param(call, "id")) },
  { route: "GET /v1/names/:name", run: (api, call) => api.findByName(param(call, "name")) },
  { route: "POST /v1/machines/:id/start", run: (api, call) => api.start(param(call, "id")) },
  { route: "POST /v1/machines/:id/stop", run: (api, call) => api.stop(param(call, "id")) },
  { route: "POST /v1/machines/:id/reboot", run: (api, call) => api.reboot(param(call, "id")) },
  { route: "DELETE /v1/machines/:id", run: (api, call) => api.remove(param(call, "id")) },
  { route: "GET /v1/machines/:id/console", run: (api, call) => api.console(param(call, "id")) },
  {
    route: "POST /v1/machines/:id/probe",
    run: (api, call) => api.probe(param(call, "id"), readTarget(call.body, "body")),
  },
  { route: "GET /v1/traits", run: (api) => api.traits() },
  { route: "GET /v1/realms", run: (api) => api.realms() },
  { route: "POST /v1/parts", run: (api, { body }) => api.createPart(readPartRequest(body, "body")) },
  { route: "GET /v1/parts", run: (api, call) => api.listParts(queryOf(readPartQuery, call)) },
  { route: "GET /v1/parts/:id", run: (api, call) => api.getPart(param(call, "id")) },
  { route: "DELETE /v1/parts/:id", run: (api, call) => api.removePart(param(call, "id")) },
  {
    route: "POST /v1/parts/:id/attach",
    run: (api, call) => api.attachPart(param(call, "id"), readAttaching(call.body, "body").machine),
  },
  { route: "POST /v1/parts/:id/detach", run: (api, call) => api.detachPart(param(call, "id")) },
  { route: "GET /v1/things", run: (api) => api.things() },
  { route: "POST /v1/ssh-keys", run: (api, { body }) => api.importKey(readSshKey(body, "body")) },
  { route: "DELETE /v1/ssh-keys/:name", run: (api, call) => api.removeKey(param(call, "name")) },
  { route: "POST /v1/looks", run: (api, { body }) => api.getMany(readLook(body, "body").ids) },
  { route: "POST /v1/searches", run: (api, { body }) => api.findByNames(readSearch(body, "body").names) },
  { route: "GET /v1/changes", run: (api, call) => api.changes(queryOf(readChangeQuery, call)) },
  { route: "GET /v1/operations", run: (api, call) => api.listOperations(queryOf(readOperationQuery, call)) },
  { route: "GET /v1/operations/:id", run: (api, call) => api.getOperation(param(call, "id")) },
  { route: "GET /v1/usage", run: (api) => api.usage() },
  { route: "GET /v1/sizes", run: (api, call) => api.sizes(queryOf(readOfferQuery, call)) },
  { route: "GET /v1/images", run: (api, call) => api.images(queryOf(readImageQuery, call)) },
];

type RunStream = (api: TenantApi, call: Call) => Promise<AsyncIterable<Change>>;

/** Answered piece by piece. */
export const PLAIN_STREAMS: readonly Route<RunStream>[] = [
  { route: "GET /v1/watch", run: (api, call) => api.watch(queryOf(readChangeQuery, call)) },
];
