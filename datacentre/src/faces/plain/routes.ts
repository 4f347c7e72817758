// CloudApi over HTTP, method by method.

import type { CloudApi, ListQuery, ProbeTarget } from "../../cloud-api.ts";
import { amount, kindOf, mapOf, type Reader, shape, text } from "../../shape.ts";
import { readCreateRequest } from "../../wire/create-request.ts";
import { type Call, param, type Route } from "../../wire/http-route.ts";
import { parseJson } from "../../wire/json.ts";

const readTarget: Reader<ProbeTarget> = kindOf({
  tcp: shape({ port: amount }),
  http: shape({ port: amount, path: text }),
});

type Run = (api: CloudApi, call: Call) => Promise<unknown>;

export const PLAIN_ROUTES: readonly Route<Run>[] = [
  { route: "GET /v1", run: (api) => api.describe() },
  { route: "POST /v1/machines", run: (api, { body }) => api.create(readCreateRequest(body, "body")) },
  { route: "GET /v1/machines", run: (api, { query }) => api.list(readQuery(query)) },
  { route: "GET /v1/machines/:id", run: (api, call) => api.get(param(call, "id")) },
  { route: "GET /v1/names/:name", run: (api, call) => api.findByName(param(call, "name")) },
  { route: "POST /v1/machines/:id/start", run: (api, call) => api.start(param(call, "id")) },
  { route: "POST /v1/machines/:id/stop", run: (api, call) => api.stop(param(call, "id")) },
  { route: "DELETE /v1/machines/:id", run: (api, call) => api.remove(param(call, "id")) },
  { route: "GET /v1/machines/:id/console", run: (api, call) => api.console(param(call, "id")) },
  {
    route: "POST /v1/machines/:id/probe",
    run: (api, call) => api.probe(param(call, "id"), readTarget(call.body, "body")),
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
