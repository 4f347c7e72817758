// Logging in at the engine's single sign-on. It says 400 to whatever it refuses, with words of its own, and takes no list of media types.

import { readRefusal } from "./refusal.ts";
import { unreadableFault } from "../../cloud-http/faults.ts";
import { jsonIn, objectAt, textOr, UnreadableAnswer } from "../../cloud-http/read.ts";
import { type Answer, send } from "../../cloud-http/send.ts";
import type { Way } from "../../cloud-http/way.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { faultOf, refusalFault } from "./faults.ts";
import { readToken } from "./schema.ts";

interface Login {
  readonly user: string;
  readonly password: string;
}

const SCOPE = "ovirt-app-api";
const HEADERS = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" } as const;

/** A token. Ends by the limits of its way. Rejects with a ProviderFault. */
export async function enter(way: Way, { user: username, password }: Login): Promise<string> {
  const form = new URLSearchParams({ grant_type: "password", scope: SCOPE, username, password });
  const request = { method: "POST", path: "/sso/oauth/token", headers: HEADERS, body: form.toString() } as const;
  const answer = await send(way, request, new AbortController().signal);
  if (answer.status >= 400) throw refused(way, answer, username);
  try {
    return readToken(jsonIn(answer.body)).access_token;
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    // With a status of success, the page of some other program.
    throw isJson(answer) ? unreadableFault(error) : nobody(way, answer.status);
  }
}

function refused(way: Way, answer: Answer, user: string): ProviderFault {
  const { status } = answer;
  const word = wordIn(answer);
  if (word === "access_denied" || word === "invalid_grant") {
    const text = `${way.name}: ${user} is not let in: name, profile or password is wrong, or the user is locked or disabled`;
    return faultOf("auth", word, text);
  }
  if (word !== null && word !== "server_error") {
    return faultOf("account", word, `${way.name}: the single sign-on refuses the login: ${word}`);
  }
  // The single sign-on says all that it has to say of a login in its own words.
  if (status < 500 && !BUSY.includes(status)) return nobody(way, status);
  const { message, ...refusal } = readRefusal(answer, false);
  const fault = refusalFault({ ...refusal, message: `${way.name}: ${message}` }, { retryAfterMs: null });
  return new ProviderFault(fault);
}

/** Of what stands before it. */
const BUSY: readonly number[] = [407, 408, 429];

const nobody = (way: Way, status: number): ProviderFault =>
  faultOf("account", "no_engine", `${way.name}: no oVirt engine answers there (status ${status}); correct url`);

/** `error_code` with this scope, `error` with others. */
function wordIn({ body }: Answer): string | null {
  try {
    const fields = objectAt(jsonIn(body), "refusal");
    const word = textOr(fields, "error_code", textOr(fields, "error", null));
    return word !== null && /^\w{1,40}$/.test(word) && word.includes("_") ? word : null;
  } catch (error) {
    if (error instanceof UnreadableAnswer) return null;
    throw error;
  }
}

function isJson({ headers }: Answer): boolean {
  return headers["content-type"]?.startsWith("application/json") ?? false;
}

/** Sessions that nobody ends stay for half an hour. That one could not be ended is nobody's trouble. */
export async function leave(way: Way, token: string): Promise<void> {
  const form = new URLSearchParams({ scope: SCOPE, token });
  const request = { method: "POST", path: "/services/sso-logout", headers: HEADERS, body: form.toString() } as const;
  try {
    await send(way, request, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
  }
}
