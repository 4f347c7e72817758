// Requests that no client library sends, on a bare socket.

import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { Deployment } from "../contract/deployment.ts";
import { Problem, type ProblemCode, PROBLEMS } from "../contract/problem.ts";
import { SAFE_HEADERS } from "./safe-headers.ts";
import { createStand, SHOP, type Stand } from "./stand.testsuite.ts";

/** All that comes back for these bytes, and for more that are sent once something has come, until the server closes. */
async function sendBytes(stand: Stand, bytes: string, more?: { bytes: string; after: string }): Promise<string> {
  const socket = connect(Number(new URL(stand.url).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (piece: Buffer) => {
    answer += piece.toString();
    if (more !== undefined && answer.includes(more.after)) socket.write(more.bytes);
  });
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

function problemIn(answer: string, code: ProblemCode): Problem {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  const [status, ...lines] = head.split("\r\n");
  expect(status).toContain(`HTTP/1.1 ${PROBLEMS[code].status} `);
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(": ", 1)[0] ?? "", line.replace(/^\S+ /, "")]),
  );
  expect(headers.get("content-type")).toBe("application/problem+json");
  for (const [name, value] of SAFE_HEADERS) expect(headers.get(name)).toBe(value);
  const problem = Problem.parse(JSON.parse(body));
  expect(problem.code).toBe(code);
  return problem;
}

const GET = "GET /v1/about HTTP/1.1\r\n";
const CLOSE = "Connection: close\r\n";

describe("what is no request is answered with a problem and safe headers", () => {
  test.each<[string, string, ProblemCode]>([
    ["no HTTP at all", "\x16\x03\x01 hello\r\n\r\n", "bad_http"],
    ["a method that is none", "FETCH /v1/about HTTP/1.1\r\nHost: a\r\n\r\n", "bad_http"],
    ["two lengths", `POST /v1/plan HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, "bad_http"],
    ["a header of 20 KiB", `${GET}Host: a\r\nX: ${"x".repeat(20 * 1024)}\r\n\r\n`, "head_too_large"],
    ["an address of 20 KiB", `GET /${"x".repeat(20 * 1024)} HTTP/1.1\r\nHost: a\r\n\r\n`, "head_too_large"],
    ["no host", `${GET}${CLOSE}\r\n`, "bad_http"],
    ["a host that is none", `${GET}Host: a b\r\n${CLOSE}\r\n`, "bad_http"],
    ["a backslash in the path", `GET /v1\\about HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`, "bad_http"],
    ["an expectation that is unknown", `${GET}Host: a\r\nExpect: miracles\r\n${CLOSE}\r\n`, "not_authenticated"],
  ])("%s", async (_, bytes, code) => {
    problemIn(await sendBytes(await createStand(), bytes), code);
  });
});

test("nothing is written into an answer that has begun", async () => {
  const stand = await createStand();
  const body = { blueprint: { source: SHOP } };
  const { id } = await stand.reply(Deployment, 201, { method: "POST", path: "/v1/deployments", body });
  const head = `GET /v1/deployments/${id}/stream HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer viewer\r\n\r\n`;
  const answer = await sendBytes(stand, head, { bytes: "nonsense\r\n\r\n", after: "id: 1" });
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
});
