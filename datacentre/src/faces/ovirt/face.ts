// The engine of oVirt (Red Hat Virtualization): its REST API, version 4, in JSON and in XML, and its single sign-on.

import { CloudError } from "../../cloud-api.ts";
import { ShapeError } from "../../shape.ts";
import type { Credentials } from "../../wire/call.ts";
import { findRoute } from "../../wire/http-route.ts";
import type { Door, Face, FaceGround, FaceReply, FaceRequest } from "../face.ts";
import { basicIn } from "../request.ts";
import { readBody } from "./body.ts";
import { OVIRT_CLOUDS } from "./clouds.ts";
import { write } from "./document.ts";
import { EngineFault, htmlReply, NothingThere, PageAnswer, pageOf, saidByEngine } from "./faults.ts";
import { giveToken, LOGOUT_PATH, takeToken, tenantOf, TOKEN_PATH } from "./login.ts";
import { BASE, clusterId, uuidOf } from "./names.ts";
import type { Ask, Memory, Resource } from "./resource.ts";
import { OVIRT_ROUTES } from "./routes.ts";

export const ovirtFace: Face = {
  name: "ovirt",
  clouds: OVIRT_CLOUDS,
  open(ground) {
    const clusters = new Map(ground.realmNames.map((realm) => [clusterId(realm), realm]));
    const memory: Memory = { clusters, tags: new Map(), tagged: new Map() };
    let answered = 0;
    return async (request, door) => {
      if (request.path === TOKEN_PATH) return giveToken(request, door, ground);
      if (request.path === LOGOUT_PATH) return takeToken(request, door);
      if (request.path === HEALTH_PATH) return health(door);
      const correlation = correlationOf(request, ++answered);
      return answer(request, { door, ground, memory, correlation });
    };
  },
};

const HEALTH_PATH = "/ovirt-engine/services/health";

/** Needs no login. */
async function health(door: Door): Promise<FaceReply> {
  try {
    await door.pass({ operation: "describe" });
    return { status: 200, headers: { "content-type": "text/plain" }, body: "DB Up!Welcome to Health Status!" };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return htmlReply(pageOf(503));
  }
}

interface Exchange {
  readonly door: Door;
  readonly ground: FaceGround;
  readonly memory: Memory;
  readonly correlation: string;
}

/** As the engine keeps it: without what it does not take, and cut. */
function correlationOf({ headers, query }: FaceRequest, count: number): string {
  const given = headers["correlation-id"] ?? query.get("correlation_id") ?? "";
  const kept = given.replace(/[^\w-]/g, "").slice(0, 36);
  return kept === "" ? uuidOf("correlation", String(count)) : kept;
}

async function answer(request: FaceRequest, exchange: Exchange): Promise<FaceReply> {
  const { door, ground, memory, correlation } = exchange;
  const accept = request.headers["accept"] ?? "";
  let resource: Resource | null = null;
  try {
    const access = accessOf(request, ground);
    const { run, params } = routeOf(request);
    resource = run;
    const reading = read(run, { request, params, memory });
    const subject = { operation: run.operation, correlation, ...reading.subject };
    const told = await door.ask(access, subject, (asked) => reading.answer(asked));
    return write({ ...told, headers: { ...told.headers, "correlation-id": correlation } }, accept);
  } catch (error) {
    return refusal(error, { resource, accept, correlation });
  }
}

interface Reading {
  readonly request: FaceRequest;
  readonly params: Ask["params"];
  readonly memory: Memory;
}

/** What makes no sense is refused when access has been checked. */
function read(resource: Resource, { request, params, memory }: Reading): ReturnType<Resource["read"]> {
  try {
    const { query, body, method, headers } = request;
    const tree = method === "POST" || method === "PUT" ? readBody(body, headers["content-type"] ?? "") : {};
    return resource.read({ params, query, body: tree }, memory);
  } catch (error) {
    const fault = error instanceof ShapeError ? malformed(error) : error;
    const refuse = (): never => {
      throw fault;
    };
    return { answer: refuse };
  }
}

function malformed({ message }: ShapeError): EngineFault {
  return new EngineFault(400, message, "Request syntactically incorrect.");
}

/** By a token, or by name and password with every request. */
function accessOf(request: FaceRequest, ground: FaceGround): Credentials {
  const [, session] = /^Bearer (.+)$/i.exec(request.headers["authorization"] ?? "") ?? [];
  if (session !== undefined) return { session };
  const { username, password } = basicIn(request);
  return { tenant: tenantOf(username, ground), key: password };
}

const NOWHERE: Resource = {
  operation: "describe",
  deed: "other",
  read: () => ({
    answer: () => {
      throw new NothingThere();
    },
  }),
};

function routeOf(request: FaceRequest): { readonly run: Resource; readonly params: Ask["params"] } {
  const { method, path, headers } = request;
  const [, version = headers["version"] ?? "4", rest = ""] = /^\/ovirt-engine\/api(?:\/v(\d+))?(.*)$/.exec(path) ?? [];
  if (!path.startsWith(BASE)) throw pageOf(404);
  if (version !== "4") throw pageOf(400);
  // Parameters may stand in the path, too, as they did in version 3.
  const [place = ""] = rest.replace(/\/$/, "").split(";");
  const route = findRoute(OVIRT_ROUTES, { method, path: place });
  return route ?? { run: NOWHERE, params: {} };
}

function saidFor(error: unknown, resource: Resource | null): unknown {
  if (error instanceof CloudError) return saidByEngine(error, resource?.deed ?? "other");
  return error instanceof ShapeError ? malformed(error) : error;
}

interface Refused {
  readonly resource: Resource | null;
  readonly accept: string;
  readonly correlation: string;
}

function refusal(error: unknown, { resource, accept, correlation }: Refused): FaceReply {
  const said = saidFor(error, resource);
  if (said instanceof PageAnswer) return htmlReply(said);
  const headers = { "correlation-id": correlation };
  if (said instanceof NothingThere) return { status: 404, headers, body: "" };
  if (!(said instanceof EngineFault)) throw said;
  const { status, reason, detail } = said;
  const fault = { detail, reason };
  if (resource?.isAction !== true) return write({ status, root: "fault", content: fault, headers }, accept);
  return write({ status, root: "action", content: { fault, status: "failed" }, headers }, accept);
}
