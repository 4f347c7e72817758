// What requests of several vendors have in common.

import type { FaceRequest } from "./face.ts";

/** Of the query and of a form that was posted. */
export function parametersIn({ method, query, body }: FaceRequest): URLSearchParams {
  return new URLSearchParams([...query, ...new URLSearchParams(method === "POST" ? body : "")]);
}

/** What Basic authentication says; nothing where there is none. */
export function basicIn({ headers }: FaceRequest): { readonly username: string; readonly password: string } {
  const [, encoded = ""] = /^Basic (.+)$/i.exec(headers["authorization"] ?? "") ?? [];
  const written = Buffer.from(encoded, "base64").toString("utf8");
  const [, username = "", password = ""] = /^([^:]*):(.*)$/s.exec(written) ?? [];
  return { username, password };
}
