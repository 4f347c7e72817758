// The engine's single sign-on: a token for a name and a password. Failures are always a 400 with the reason in JSON.

import { CloudError } from "../../cloud-api.ts";
import { login, logout } from "../../desk/sessions.ts";
import type { Door, FaceGround, FaceReply, FaceRequest } from "../face.ts";
import { htmlReply, pageOf } from "./faults.ts";

export const TOKEN_PATH = "/ovirt-engine/sso/oauth/token";
export const LOGOUT_PATH = "/ovirt-engine/services/sso-logout";

/** No expiry: how long the account itself is valid, which is for ever. */
const FOR_EVER = "9223372036854775807";

export async function giveToken(request: FaceRequest, door: Door, ground: FaceGround): Promise<FaceReply> {
  const form = new URLSearchParams(request.method === "POST" ? request.body : "");
  const scope = form.get("scope") ?? "";
  const username = form.get("username") ?? "";
  // A list of types is not understood, nor is nothing.
  if (request.headers["accept"] !== "application/json")
    return failure("invalid_request", "Missing or unsupported Accept header");
  if (form.get("grant_type") !== "password") return failure("unsupported_grant_type", "Unsupported grant type");
  if (!scope.split(" ").includes("ovirt-app-api")) return failure("invalid_scope", "The requested scope is not valid");
  if (username === "") return failure("invalid_request", "Missing parameter: 'username'");
  try {
    const access = { tenant: tenantOf(username, ground), key: form.get("password") ?? "" };
    const { token } = await door.ask(access, { operation: "login" }, login);
    return json(200, { access_token: token, scope, exp: FOR_EVER, token_type: "bearer" });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return refusal(error, username);
  }
}

/** The whole name, profile and all; else the name before the profile. */
export function tenantOf(username: string, { keyOf }: FaceGround): string {
  return keyOf(username) === null ? username.replace(/@[^@]*$/, "") : username;
}

function refusal({ code, message }: CloudError, username: string): FaceReply {
  if (code === "unavailable" || code === "throttled" || code === "realm_down") return htmlReply(pageOf(503));
  if (code === "internal_error") return failure("server_error", message);
  const text = `Cannot authenticate user '${username}': The username or password is incorrect, or the account is locked or disabled.`;
  return failure("access_denied", text);
}

export async function takeToken(request: FaceRequest, door: Door): Promise<FaceReply> {
  const token = new URLSearchParams(request.body).get("token") ?? request.query.get("token") ?? "";
  try {
    await door.ask({ session: token }, { operation: "logout" }, (asked) => logout(asked, token));
    return json(200, {});
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return error.code === "unavailable" ? htmlReply(pageOf(503)) : failure("invalid_grant", "The token is not valid");
  }
}

function failure(code: string, text: string): FaceReply {
  return json(400, { error_code: code, error: text });
}

function json(status: number, body: unknown): FaceReply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
