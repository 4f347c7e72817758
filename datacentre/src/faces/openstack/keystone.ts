// Keystone, version 3: a token for a user's password or an application credential, the catalogue, and whose projects there are. A tenant of the
// datacentre is a user and a project of the same name, in the domain Default.

import { CloudError } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import { login, logout } from "../../desk/sessions.ts";
import { either, type Read, shape, type Reader, listOf, text, flag } from "../../shape.ts";
import { parseJson } from "../../wire/json.ts";
import type { Credentials } from "../../wire/call.ts";
import type { Door, FaceReply, FaceRequest } from "../face.ts";
import { addressOf, isoTime, plainId, projectId, SERVICES, uuidOf, userId, userOf } from "./names.ts";
import { Refusal, UNAUTHENTICATED } from "./refusals.ts";
import { reading } from "./resource.ts";

const DOMAIN = { id: "default", name: "Default" };

const anything: Reader<unknown> = (value) => value;
const readNamed = shape({}, { id: text, name: text });
const readOwned = shape({}, { id: text, name: text, domain: readNamed });

const readAuth = shape({
  auth: shape(
    {
      identity: shape(
        { methods: listOf(text) },
        {
          password: shape({ user: shape({ password: text }, { id: text, name: text, domain: readNamed }) }),
          application_credential: shape({ secret: text }, { id: text, name: text, user: readOwned }),
          token: shape({ id: text }),
        },
      ),
    },
    {
      scope: either(text, shape({}, { project: readOwned, domain: readNamed, system: anything })),
      nocatalog: flag,
    },
  ),
});
type Auth = Read<typeof readAuth>["auth"];

/** The id of the one credential that each user has, whose secret is the user's password. */
export const credentialId = userId;

interface Login {
  readonly access: Credentials;
  readonly isCredential: boolean;
}

/** Whom it names; nobody where that cannot be. */
function loginOf({ identity }: Auth): Login {
  const { password, application_credential: credential } = identity;
  if (credential !== undefined) {
    const owner = credential.id === undefined ? (credential.user?.name ?? "") : userOf(credential.id);
    return { access: { tenant: owner, key: credential.secret }, isCredential: true };
  }
  if (password === undefined) throw new Refusal(401, UNAUTHENTICATED);
  const { user } = password;
  const isHere = user.id !== undefined || (user.domain !== undefined && isDomain(user.domain));
  return {
    access: { tenant: isHere ? (user.name ?? userOf(user.id ?? "")) : "", key: user.password },
    isCredential: false,
  };
}

const isDomain = ({ id, name }: { readonly id?: string; readonly name?: string }): boolean =>
  id === DOMAIN.id || name?.toLowerCase() === DOMAIN.name.toLowerCase();

/** POST /auth/tokens. `unscoped`: tokens that are for no project. */
export async function giveToken(request: FaceRequest, door: Door, unscoped: Set<string>): Promise<FaceReply> {
  const { auth } = readAuth(parseJson(request.body, "body") ?? {}, "body");
  const { access, isCredential } = loginOf(auth);
  const isScoped = isCredential || projectIn(auth) !== undefined;
  const address = addressOf(request);
  const { token, view } = await door.ask(access, { operation: "login" }, (asked) => {
    if (!isCredential) checkProject(asked, auth);
    const session = login(asked);
    const own = tokenView(asked, session.expiresAt, auth.identity.methods);
    return { token: session.token, view: isScoped ? { ...own, ...scopeView(asked, address) } : own };
  });
  if (!isScoped) unscoped.add(token);
  const headers = { "content-type": "application/json", "x-subject-token": token, vary: "X-Auth-Token" };
  return { status: 201, headers, body: JSON.stringify({ token: view }) };
}

/** `unscoped` is a word of its own. */
const projectIn = ({ scope }: Auth) => (typeof scope === "object" ? scope.project : undefined);

/** Keystone does not say that it is the project which is wrong. */
function checkProject({ tenant }: Asked, auth: Auth): void {
  const project = projectIn(auth);
  if (project === undefined) return;
  const isHere = project.domain === undefined || isDomain(project.domain);
  const isOwn = project.id === projectId(tenant.name) || (project.name === tenant.name && isHere);
  if (!isOwn) throw new CloudError("wrong_key", "No such project");
}

function tokenView({ cloud, tenant }: Asked, expiresAt: number, methods: readonly string[]) {
  return {
    methods,
    user: { id: userId(tenant.name), name: tenant.name, domain: DOMAIN, password_expires_at: null },
    audit_ids: [plainId("audit", `${tenant.name}/${tenant.logins}`).slice(0, 22)],
    expires_at: new Date(expiresAt).toISOString().replace("Z", "000Z"),
    issued_at: `${isoTime(cloud.agenda.now()).slice(0, -1)}.000000Z`,
  };
}

const TYPES = [
  ["identity", "keystone", SERVICES.identity],
  ["compute", "nova", SERVICES.compute],
  ["image", "glance", "/image"],
  ["network", "neutron", "/network"],
] as const;

function scopeView({ cloud, tenant }: Asked, address: string) {
  const region = cloud.settings.name;
  return {
    project: projectView(tenant.name),
    is_domain: false,
    roles: [{ id: plainId("role", "member"), name: "member" }],
    catalog: TYPES.map(([type, name, path]) => ({
      id: plainId("service", type),
      type,
      name,
      endpoints: ["public", "internal", "admin"].map((face) => ({
        id: plainId("endpoint", `${region}/${type}/${face}`),
        interface: face,
        region,
        region_id: region,
        url: `${address}${path}`,
      })),
    })),
  };
}

function projectView(name: string) {
  return { id: projectId(name), name, domain: DOMAIN };
}

/** The same of a token that is there, by itself. */
export const showToken = reading("describe", "token", ({ tenant }) => ({
  token: { user: { id: userId(tenant.name), name: tenant.name, domain: DOMAIN }, project: projectView(tenant.name) },
}));

export const listProjects = reading("describe", "project", ({ tenant }) => ({
  projects: [
    { ...projectView(tenant.name), domain_id: DOMAIN.id, enabled: true, is_domain: false, parent_id: DOMAIN.id },
  ],
  links: { next: null, previous: null },
}));

/** DELETE /auth/tokens, of the token that the header names. */
export async function takeToken(request: FaceRequest, door: Door): Promise<FaceReply> {
  const { "x-auth-token": session = "", "x-subject-token": subject = session } = request.headers;
  await door.ask({ session }, { operation: "logout" }, (asked) => logout(asked, subject));
  return { status: 204, body: "" };
}

/** For whoever asks what is there. */
export function versionsOf(request: FaceRequest): FaceReply {
  const href = `${addressOf(request)}${SERVICES.identity}/`;
  const version = { id: "v3.14", status: "stable", updated: "2020-04-07T00:00:00Z", links: [{ rel: "self", href }] };
  const isOne = request.path.startsWith(SERVICES.identity);
  const body = JSON.stringify(isOne ? { version } : { versions: { values: [version] } });
  return { status: isOne ? 200 : 300, headers: { "content-type": "application/json" }, body };
}

export const requestIdOf = (count: number): string => `req-${uuidOf("request", String(count))}`;
