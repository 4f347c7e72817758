// The datacentre's own API: plain JSON, route by route what TenantApi has. No vendor's; the shortest example of a face.

import { CloudError } from "../../cloud-api.ts";
import { PRESETS } from "../../presets.ts";
import { ShapeError } from "../../shape.ts";
import { connectBy } from "../../wire/connection.ts";
import { findRoute } from "../../wire/http-route.ts";
import { parseJson } from "../../wire/json.ts";
import type { Door, Face, FaceReply, FaceRequest } from "../face.ts";
import { PLAIN_ROUTES } from "./routes.ts";

export const plainFace: Face = {
  name: "plain",
  clouds: PRESETS.plain,
  open: () => answer,
};

async function answer(request: FaceRequest, door: Door): Promise<FaceReply> {
  try {
    return json(200, await carryOut(request, door));
  } catch (error) {
    if (error instanceof CloudError) return refusal(error);
    if (error instanceof ShapeError) return refusal(new CloudError("invalid_request", error.message));
    throw error;
  }
}

async function carryOut({ method, path, query, headers, body }: FaceRequest, door: Door): Promise<unknown> {
  const route = findRoute(PLAIN_ROUTES, { method, path });
  if (route === null) throw new CloudError("not_found", `No route ${method} ${path}`);
  const [, tenant = "", key = ""] = /^Bearer ([^:]*):(.*)$/.exec(headers["authorization"] ?? "") ?? [];
  const correlation = headers["correlation-id"];
  const called = correlation === undefined ? {} : { correlation };
  const api = connectBy((subject, effect) => door.ask({ tenant, key }, { ...subject, ...called }, effect));
  return route.run(api, { params: route.params, query, body: parseJson(body, "body") });
}

function refusal({ code, status, message, retryAfterMs }: CloudError): FaceReply {
  const reply = json(status, { error: { code, message, retryAfterMs } });
  if (retryAfterMs === null) return reply;
  return { ...reply, headers: { ...reply.headers, "retry-after": String(Math.ceil(retryAfterMs / 1000)) } };
}

function json(status: number, body: unknown): FaceReply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
