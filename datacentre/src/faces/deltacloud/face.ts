// Apache Deltacloud core's REST API, version 1.1.3, in XML: one server in front of several clouds, each by its driver.

import { CloudError } from "../../cloud-api.ts";
import { ShapeError } from "../../shape.ts";
import type { Credentials } from "../../wire/call.ts";
import { findRoute, listAndEach, type Route } from "../../wire/http-route.ts";
import type { Door, Face, FaceGround, FaceReply, FaceRequest } from "../face.ts";
import { basicIn, parametersIn } from "../request.ts";
import { DELTACLOUD_CLOUDS } from "./clouds.ts";
import {
  createKey,
  destroyKey,
  destroyVolume,
  drivers,
  entry,
  entryElement,
  hardwareProfiles,
  images,
  instanceStates,
  keys,
  realms,
  storageVolumes,
  VERSION,
} from "./collections.ts";
import { htmlPage, xmlDocument } from "./document.ts";
import {
  createInstance,
  destroyInstance,
  getInstance,
  listInstances,
  rebootInstance,
  startInstance,
  stopInstance,
} from "./instances.ts";
import { type Form, formFor } from "./negotiation.ts";
import { DeltacloudError, refusalReply, saidByDeltacloud } from "./refusals.ts";
import type { Ask, Collection, Told } from "./route.ts";

const ROUTES: readonly Route<Collection>[] = [
  { route: "GET /api", run: entry },
  ...listAndEach("/api/realms", realms),
  ...listAndEach("/api/hardware_profiles", hardwareProfiles),
  ...listAndEach("/api/images", images),
  ...listAndEach("/api/keys", keys),
  ...listAndEach("/api/storage_volumes", storageVolumes),
  ...listAndEach("/api/drivers", drivers),
  { route: "GET /api/instance_states", run: instanceStates },
  { route: "GET /api/instances", run: listInstances },
  { route: "GET /api/instances/:id", run: getInstance },
  { route: "POST /api/instances", run: createInstance },
  { route: "POST /api/instances/:id/start", run: startInstance },
  { route: "POST /api/instances/:id/stop", run: stopInstance },
  { route: "POST /api/instances/:id/reboot", run: rebootInstance },
  { route: "DELETE /api/instances/:id", run: destroyInstance },
  { route: "POST /api/keys", run: createKey },
  { route: "DELETE /api/keys/:id", run: destroyKey },
  { route: "DELETE /api/storage_volumes/:id", run: destroyVolume },
];

export const deltacloudFace: Face = {
  name: "deltacloud",
  clouds: DELTACLOUD_CLOUDS,
  open: (ground) => async (request, door) => {
    const reply = await answer(request, { door, ground });
    return { ...reply, headers: { server: `Apache-Deltacloud/${VERSION}`, ...reply.headers } };
  },
};

interface Exchange {
  readonly door: Door;
  readonly ground: FaceGround;
}

async function answer(request: FaceRequest, exchange: Exchange): Promise<FaceReply> {
  const { driver, href, path } = addressed(request);
  try {
    const form = formFor(request);
    if (form === null) return { status: 406, body: "" };
    if (driver !== null && !exchange.ground.cloudNames.includes(driver)) {
      throw new DeltacloudError(500, `The driver '${driver}' is unknown or not supported`);
    }
    return await carryOut(request, { ...exchange, driver, href, path, form });
  } catch (error) {
    // A path that is not well encoded leads nowhere.
    if (error instanceof ShapeError) return { status: 404, headers: HTML, body: htmlPage("Not Found") };
    const said = error instanceof CloudError ? saidByDeltacloud(error, request) : error;
    if (!(said instanceof DeltacloudError)) throw said;
    return refusalReply(said, { request, driver: driver ?? "mock", url: href(...path.split("/").slice(2)) });
  }
}

interface Addressed {
  /** Null: whose the account is. */
  readonly driver: string | null;
  readonly href: Ask["href"];
  /** Without parameters in it. */
  readonly path: string;
}

function addressed({ headers, path }: FaceRequest): Addressed {
  const base = `http://${headers["host"] ?? "localhost"}/api`;
  const plain = path.replace(/;[^/]*/g, "").replace(/\/$/, "");
  const driver = headers["x-deltacloud-driver"]?.toLowerCase() ?? null;
  return { driver, path: plain, href: (...parts) => [base, ...parts].join("/") };
}

interface Addressing extends Exchange, Addressed {
  readonly form: Form;
}

async function carryOut(request: FaceRequest, { door, driver, href, path, form }: Addressing): Promise<FaceReply> {
  const given = parametersIn(request);
  const method = request.method === "POST" && given.get("_method") === "delete" ? "DELETE" : request.method;
  const route = findRoute(ROUTES, { method, path });
  if (route === null) return { status: 404, headers: HTML, body: htmlPage("Not Found") };
  const { run, params } = route;
  const told = await ask(run, { params, given, href }, { request, door, driver });
  if (told === null) return reply({ root: entryElement(null, { href }) }, form);
  return reply(told, form);
}

interface Asking {
  readonly request: FaceRequest;
  readonly door: Door;
  readonly driver: string | null;
}

/** Null: the entry point, by somebody whom it does not know, which it does not mind unless it is told to. */
async function ask(run: Collection, asking: Ask, { request, door, driver }: Asking): Promise<Told | null> {
  const access = accessOf(request);
  const isOpen = run === entry && asking.given.get("force_auth") !== "1";
  try {
    const reading = readOrRefuse(run, asking);
    return await door.ask(access, { operation: run.operation, ...reading.subject }, (asked) => {
      if (driver !== null && driver !== asked.cloud.settings.name.toLowerCase()) {
        throw new CloudError("wrong_key", `No account of ${driver}`);
      }
      return reading.answer(asked);
    });
  } catch (error) {
    if (!isOpen || !(error instanceof CloudError) || error.code !== "wrong_key") throw error;
    return null;
  }
}

/** What makes no sense is refused when access has been checked. */
function readOrRefuse(run: Collection, asking: Ask): ReturnType<Collection["read"]> {
  try {
    return run.read(asking);
  } catch (error) {
    const refuse = (): never => {
      throw error;
    };
    return { answer: refuse };
  }
}

function accessOf(request: FaceRequest): Credentials {
  const { username, password } = basicIn(request);
  return { tenant: username, key: password };
}

const HTML = { "content-type": "text/html;charset=utf-8" };

function reply({ status = 200, location, root }: Told, form: Form): FaceReply {
  const place = location === undefined ? {} : { location };
  if (root === null) return { status, headers: place, body: "" };
  if (form === "html") return { status, headers: { ...HTML, ...place }, body: htmlPage("Deltacloud") };
  return { status, headers: { "content-type": "application/xml;charset=utf-8", ...place }, body: xmlDocument(root) };
}
