// AWS Signature Version 4, as in "Authenticating Requests": in the Authorization header, or in the query of a presigned request.

import { createHash, createHmac } from "node:crypto";
import type { FaceRequest } from "../face.ts";
import { AwsError } from "./refusals.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";

export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  /** Of temporary credentials. */
  readonly sessionToken: string | null;
  /** In milliseconds since 1970. */
  readonly signedAt: number;
  /** Of presigned requests. */
  readonly lifeMs: number | null;
  /** Whether it was made with this secret, for this request. */
  isBy(secret: string): boolean;
}

/** Throws MissingAuthenticationToken or IncompleteSignature. */
export function signatureOf(request: FaceRequest): Signature {
  const { authorization } = request.headers;
  if (authorization === undefined && !request.query.has("X-Amz-Signature")) {
    throw new AwsError(403, "MissingAuthenticationToken", "The request must contain valid credentials");
  }
  const written = authorization === undefined ? inQuery(request) : inHeader(authorization, request);
  const [accessKeyId = "", date = "", region = "", service = "", end = "", ...more] = written.credential.split("/");
  const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(written.time);
  if (end !== "aws4_request" || more.length > 0)
    throw incomplete(`Credential must have 5 parts: ${written.credential}`);
  if (time === null)
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header");
  if (!written.time.startsWith(date))
    throw incomplete("Date in Credential scope does not match YYYYMMDD of the request");
  if (!written.signedHeaders.includes("host")) throw incomplete("'Host' must be a 'SignedHeader'");
  const [, year, month, day, hour, minute, second] = time.map(Number);
  const scope = [date, region, service, end].join("/");
  const text = [ALGORITHM, written.time, scope, hash(canonical(request, written.signedHeaders))].join("\n");
  return {
    accessKeyId,
    region,
    service,
    sessionToken: written.sessionToken ?? null,
    signedAt: Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second),
    lifeMs: written.expires === undefined ? null : Number(written.expires) * 1000,
    isBy: (secret) => signed(secret, [date, region, service, end], text) === written.signature,
  };
}

interface Written {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly time: string;
  readonly sessionToken: string | undefined;
  readonly expires: string | undefined;
}

function inHeader(authorization: string, { headers }: FaceRequest): Written {
  const [, algorithm, rest = ""] = /^(\S+)\s+(.*)$/.exec(authorization) ?? [];
  if (algorithm !== ALGORITHM) throw incomplete(`Authorization header must begin with ${ALGORITHM}`);
  const parts = new Map(
    rest.split(/,\s*/).map((part) => [part.split("=", 1)[0] ?? "", part.slice(part.indexOf("=") + 1)]),
  );
  const part = (name: string): string => {
    const value = parts.get(name);
    if (value === undefined) throw incomplete(`Authorization header requires '${name}' parameter.`);
    return value;
  };
  return {
    credential: part("Credential"),
    signedHeaders: part("SignedHeaders").split(";"),
    signature: part("Signature"),
    time: headers["x-amz-date"] ?? headers["date"] ?? "",
    sessionToken: headers["x-amz-security-token"],
    expires: undefined,
  };
}

function inQuery({ query }: FaceRequest): Written {
  const part = (name: string): string => {
    const value = query.get(name);
    if (value === null) throw incomplete(`The query requires the parameter '${name}'.`);
    return value;
  };
  if (part("X-Amz-Algorithm") !== ALGORITHM) throw incomplete(`X-Amz-Algorithm must be ${ALGORITHM}`);
  return {
    credential: part("X-Amz-Credential"),
    signedHeaders: part("X-Amz-SignedHeaders").split(";"),
    signature: part("X-Amz-Signature"),
    time: part("X-Amz-Date"),
    sessionToken: query.get("X-Amz-Security-Token") ?? undefined,
    expires: part("X-Amz-Expires"),
  };
}

function incomplete(message: string): AwsError {
  return new AwsError(400, "IncompleteSignature", message);
}

function canonical({ method, path, query, headers, body }: FaceRequest, signedHeaders: readonly string[]): string {
  const parameters = [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted();
  const lines = signedHeaders.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}\n`);
  const uri = path.split("/").map(encoded).join("/");
  return [method, uri, parameters.join("&"), lines.join(""), signedHeaders.join(";"), hash(body)].join("\n");
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function signed(secret: string, scope: readonly string[], text: string): string {
  let key: string | Buffer = `AWS4${secret}`;
  for (const part of scope) key = hmac(key, part);
  return hmac(key, text).toString("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
