// The HTTP face that tenants see: CloudApi, method by method.

import type { CloudApi, CreateRequest, ListQuery, ProbeTarget } from "./cloud-api.ts";
import { type Call, param, type Route } from "./http-route.ts";
import { amount, kindOf, mapOf, type Reader, shape, ShapeError, text } from "./shape.ts";

export const readCreateRequest: Reader<CreateRequest> = shape(
  { name: text, realm: text, size: text, image: text },
  { userData: text, labels: mapOf(text), token: text },
);

const readTarget: Reader<ProbeTarget> = kindOf({
  tcp: shape({ port: amount }),
  http: shape({ port: amount, path: text }),
});

type Run = (api: CloudApi, call: Call, signal: AbortSignal) => Promise<unknown>;

export const TENANT_ROUTES: readonly Route<Run>[] = [
  { route: "GET /v1", run: (api, _, signal) => api.describe(signal) },
  { route: "POST /v1/machines", run: (api, { body }, signal) => api.create(readCreateRequest(body, "body"), signal) },
  { route: "GET /v1/machines", run: (api, { query }, signal) => api.list(readQuery(query), signal) },
  { route: "GET /v1/machines/:id", run: (api, call, signal) => api.get(param(call, "id"), signal) },
  { route: "GET /v1/names/:name", run: (api, call, signal) => api.findByName(param(call, "name"), signal) },
  { route: "POST /v1/machines/:id/start", run: (api, call, signal) => api.start(param(call, "id"), signal) },
  { route: "POST /v1/machines/:id/stop", run: (api, call, signal) => api.stop(param(call, "id"), signal) },
  { route: "DELETE /v1/machines/:id", run: (api, call, signal) => api.remove(param(call, "id"), signal) },
  { route: "GET /v1/machines/:id/console", run: (api, call, signal) => api.console(param(call, "id"), signal) },
  {
    route: "POST /v1/machines/:id/probe",
    run: (api, call, signal) => api.probe(param(call, "id"), readTarget(call.body, "body"), signal),
  },
];

/** `?cursor=…&labels={"key":"value"}` */
function readQuery(query: URLSearchParams): ListQuery {
  const cursor = query.get("cursor");
  const labels = query.get("labels");
  return {
    ...(cursor === null ? {} : { cursor }),
    ...(labels === null ? {} : { labels: mapOf(text)(parseJson(labels, "labels"), "labels") }),
  };
}

export function parseJson(written: string, place: string): unknown {
  try {
    return JSON.parse(written);
  } catch (cause) {
    throw new ShapeError(place, cause instanceof SyntaxError ? cause.message : "is not JSON");
  }
}
