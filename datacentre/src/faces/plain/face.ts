// The datacentre's own API: plain JSON, route by route what TenantApi has. No vendor's; the shortest example of a face.

import { CloudError } from "../../cloud-api.ts";
import { PRESETS } from "../../presets.ts";
import { ShapeError } from "../../shape.ts";
import type { Change, TenantApi } from "../../tenant-api.ts";
import type { Credentials } from "../../wire/call.ts";
import { connectBy } from "../../wire/connection.ts";
import { type Call, findRoute } from "../../wire/http-route.ts";
import { parseJson } from "../../wire/json.ts";
import type { Door, Face, FaceReply, FaceRequest } from "../face.ts";
import { PLAIN_ROUTES, PLAIN_STREAMS } from "./routes.ts";

export const plainFace: Face = {
  name: "plain",
  clouds: PRESETS.plain,
  open: () => answer,
};

async function answer(request: FaceRequest, door: Door): Promise<FaceReply> {
  try {
    return await carryOut(request, door);
  } catch (error) {
    if (error instanceof CloudError) return refusal(error);
    if (error instanceof ShapeError) return refusal(new CloudError("invalid_request", error.message));
    throw error;
  }
}

async function carryOut(request: FaceRequest, door: Door): Promise<FaceReply> {
  const { method, path, query, body } = request;
  const call = (params: Call["params"]): Call => ({ params, query, body: parseJson(body, "body") });
  const stream = findRoute(PLAIN_STREAMS, request);
  if (stream !== null) return events(await stream.run(apiFor(request, door), call(stream.params)));
  const route = findRoute(PLAIN_ROUTES, request);
  if (route === null) throw new CloudError("no_route", `No route ${method} ${path}`);
  return json(200, await route.run(apiFor(request, door), call(route.params)));
}

function apiFor({ headers }: FaceRequest, door: Door): TenantApi {
  const access = credentialsIn(headers["authorization"] ?? "");
  const correlation = headers["correlation-id"];
  const called = correlation === undefined ? {} : { correlation };
  return connectBy(
    (subject, effect) => door.ask(access, { ...subject, ...called }, effect),
    (wanted) => door.watch(access, wanted),
  );
}

/** `Bearer TENANT:KEY` or `Session TOKEN`. */
function credentialsIn(authorization: string): Credentials {
  const [, session] = /^Session (.*)$/.exec(authorization) ?? [];
  if (session !== undefined) return { session };
  const [, tenant = "", key = ""] = /^Bearer ([^:]*):(.*)$/.exec(authorization) ?? [];
  return { tenant, key };
}

/** Server-sent events, one for each change, with its number as id. */
function events(changes: AsyncIterable<Change>): FaceReply {
  return { status: 200, headers: { "content-type": "text/event-stream" }, body: eventsOf(changes) };
}

async function* eventsOf(changes: AsyncIterable<Change>): AsyncGenerator<string> {
  for await (const change of changes) yield `id: ${change.number}\ndata: ${JSON.stringify(change)}\n\n`;
}

function refusal({ code, status, message, retryAfterMs }: CloudError): FaceReply {
  const reply = json(status, { error: { code, message, retryAfterMs } });
  if (retryAfterMs === null) return reply;
  return { ...reply, headers: { ...reply.headers, "retry-after": String(Math.ceil(retryAfterMs / 1000)) } };
}

function json(status: number, body: unknown): FaceReply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
