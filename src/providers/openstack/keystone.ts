// Logging in at Keystone v3: https://docs.openstack.org/api-ref/identity/v3/ . It says 401 to a wrong password and to a project that is
// not there alike; which of the two it is, a login without a project shows.

import { readableJson } from "../../cloud-http/answer.ts";
import { retold } from "../../cloud-http/faults.ts";
import { type Answer, send, type Sent } from "../../cloud-http/send.ts";
import type { Way } from "../../cloud-http/way.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Login } from "./account.ts";
import { succeeded } from "./answer.ts";
import { accountFault } from "./faults.ts";
import { readProjects, readToken, type TokenBody } from "./schema.ts";

export interface Entered {
  readonly token: string;
  readonly livesMs: number;
  readonly project: { readonly id: string; readonly name: string };
  readonly catalog: NonNullable<TokenBody["catalog"]>;
}

const never = (): AbortSignal => new AbortController().signal;

/** Ends by the limits of its way. Rejects with a ProviderFault. */
export async function enter(way: Way, login: Login): Promise<Entered> {
  try {
    return await entered(way, login);
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.class !== "auth") throw error;
    throw await explained(way, { login, refused: error });
  }
}

async function entered(way: Way, { identity, scope }: Pick<Login, "identity" | "scope">): Promise<Entered> {
  const auth = scope === null ? { identity } : { identity, scope };
  const { token, body } = await loggedIn(way, auth);
  const { project, catalog = [] } = body;
  if (project === undefined) {
    throw accountFault("no_project", "the login is for no project; give the account's project");
  }
  const livesMs = Date.parse(body.expires_at) - Date.parse(body.issued_at);
  return { token, livesMs, project: { id: project.id, name: project.name }, catalog };
}

async function loggedIn(way: Way, auth: unknown): Promise<{ readonly token: string; readonly body: TokenBody }> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const body = JSON.stringify({ auth });
  const answer = await asked(way, { method: "POST", path: "/auth/tokens", headers, body });
  const token = answer.headers["x-subject-token"];
  if (typeof token !== "string" || token === "") {
    throw accountFault("no_keystone", `${way.name} gives no token: it is no Keystone v3; correct authUrl`);
  }
  return { token, body: readableJson(answer, readToken).token };
}

/** Why nobody was let in, as far as it can be told. */
async function explained(
  way: Way,
  { login, refused }: { readonly login: Login; readonly refused: ProviderFault },
): Promise<ProviderFault> {
  const { identity, project, user } = login;
  const about = (text: string): ProviderFault =>
    new ProviderFault({ ...refused.fault, text: `Keystone at ${way.name}: ${text}` }, { cause: refused });
  if (project === null) return about(`${user} is not let in: its id or secret is wrong, or it has expired`);
  let names: readonly string[];
  try {
    const { token } = await loggedIn(way, { identity, scope: "unscoped" });
    const answer = await asked(way, { method: "GET", path: "/auth/projects", headers: { "x-auth-token": token } });
    names = readableJson(answer, readProjects).projects.map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    if (error.fault.class !== "auth") return retold(error, { effect: "none" });
    return about(`${user} is not let in: user, domain or password is wrong`);
  }
  if (names.length === 0) return about(`${user} has no project ${project.name}, nor any other`);
  if (names.includes(project.name)) {
    return about(
      `${user} has a project ${project.name}, but not in the domain ${project.domain}; correct projectDomain`,
    );
  }
  return about(`${user} has no project ${project.name}; it has ${names.toSorted().join(", ")}`);
}

async function asked(way: Way, request: Sent): Promise<Answer> {
  const answer = await send(way, request, never());
  if (answer.status !== 404) return succeeded(answer);
  throw accountFault("no_keystone", `${way.name} answers 404: no Keystone v3 is there; correct authUrl`);
}
