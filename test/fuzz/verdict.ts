// What may be said of a reply: it is one that the document has, with its schema, or a problem; and it is never the server's fault.

import { type ProblemCode, PROBLEMS } from "../../src/contract/problem.ts";
import { SAFE_HEADERS } from "../../src/http/safe-headers.ts";
import type { Document, Operation } from "./document.ts";
import type { Reply } from "./send.ts";

/** What is wrong with a reply; nothing when it is right. `operation` is null when none was asked. */
export function faultsOf(
  { method, status, headers, text }: Reply & { readonly method: string },
  operation: Operation | null,
  document: Pick<Document, "problem">,
): string[] {
  const faults: string[] = [];
  if (status >= 500) faults.push(`status ${status}`);
  for (const [name, value] of SAFE_HEADERS) if (headers.get(name) !== value) faults.push(`no header ${name}`);
  if (method === "HEAD") return text === "" ? faults : [...faults, "a reply to HEAD with a body"];
  const documented = operation?.replies.get(status);
  const complaint =
    documented === undefined
      ? problemComplaint({ status, headers, text }, document)
      : replyComplaint({ status, headers, text }, documented);
  return complaint === null ? faults : [...faults, complaint];
}

type Documented = NonNullable<ReturnType<Operation["replies"]["get"]>>;

function replyComplaint({ headers, text }: Reply, documented: Documented): string | null {
  const given = (headers.get("content-type") ?? "").split(";")[0] ?? "";
  if (documented.size === 0) return given === "" && text === "" ? null : `a body of type ${given} in place of none`;
  const complaint = documented.get(given);
  if (complaint === undefined) return `type ${given} in place of ${[...documented.keys()].join(" or ")}`;
  if (given !== "application/json") return null;
  const body = parsed(text);
  return body === undefined ? "no JSON" : complaint(body);
}

function problemComplaint({ status, headers, text }: Reply, { problem }: Pick<Document, "problem">): string | null {
  if (headers.get("content-type") !== "application/problem+json") {
    return `status ${status} with type ${headers.get("content-type")} is neither documented nor a problem`;
  }
  const body = parsed(text);
  const complaint = problem(body);
  if (complaint !== null) return `the problem ${complaint}`;
  const code = codeOf(body);
  const meant = code === null ? null : PROBLEMS[code].status;
  return meant === status ? null : `the problem ${code} with the status ${status}`;
}

function codeOf(body: unknown): ProblemCode | null {
  const given = typeof body === "object" && body !== null && "code" in body ? body.code : null;
  return Object.keys(PROBLEMS).find((code): code is ProblemCode => code === given) ?? null;
}

/** Null for an empty body, undefined for what is no JSON. */
function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
