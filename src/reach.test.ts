import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { directReach } from "./reach.ts";

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("it listens on TCP");
  return address.port;
}

const http = (answer: RequestListener): Promise<number> => listen(createServer(answer));
const status =
  (code: number): RequestListener =>
  (_request, response) =>
    response.writeHead(code).end("x".repeat(10));
const never = new AbortController().signal;
const LOOPBACK = "127.0.0.1";

test("a port that accepts connections answers; one that refuses does not", async () => {
  const port = await listen(createTcpServer((socket) => socket.on("error", () => {})));
  expect(await directReach.answers(LOOPBACK, { kind: "tcp", port }, never)).toEqual({ passed: true });
  await new Promise((resolve) => servers.pop()?.close(resolve));
  const refused = { passed: false, answer: "connection refused" };
  expect(await directReach.answers(LOOPBACK, { kind: "tcp", port }, never)).toEqual(refused);
  expect(await directReach.answers(LOOPBACK, { kind: "http", port, path: "/" }, never)).toEqual(refused);
});

test.each([
  [200, { passed: true }],
  [302, { passed: true }],
  [399, { passed: true }],
  [401, { passed: false, answer: "401" }],
  [404, { passed: false, answer: "404" }],
  [503, { passed: false, answer: "503" }],
])("an HTTP answer of %i comes to %j", async (code, probed) => {
  const port = await http(status(code));
  expect(await directReach.answers(LOOPBACK, { kind: "http", port, path: "/" }, never)).toEqual(probed);
});

test("the path is asked for as it is written", async () => {
  const asked: (string | undefined)[] = [];
  const port = await http((request, response) => {
    asked.push(request.url);
    response.end();
  });
  await directReach.answers(LOOPBACK, { kind: "http", port, path: "/healthz?full=1" }, never);
  expect(asked).toEqual(["/healthz?full=1"]);
});

test.each([
  ["nonsense\r\n\r\n", "no HTTP answer"],
  ["SSH-2.0-OpenSSH_9\r\n", "no HTTP answer"],
  // A fatal alert, as a TLS server answers a request in the clear.
  [Buffer.from([0x15, 0x03, 0x01, 0, 2, 2, 0x0a]), "no HTTP answer: it speaks TLS, and the check is plain HTTP"],
  ["", "connection closed without an answer"],
])("%j is not ready, and told as: %s", async (text, answer) => {
  const port = await listen(
    createTcpServer((socket) =>
      socket
        .resume()
        .on("error", () => {})
        .end(text),
    ),
  );
  const probed = await directReach.answers(LOOPBACK, { kind: "http", port, path: "/" }, never);
  expect(probed).toEqual({ passed: false, answer });
});

test("a signal ends the wait for a server that accepts and says nothing", async () => {
  const over = new AbortController();
  const port = await listen(
    createTcpServer((socket) => {
      socket.on("error", () => {});
      over.abort(new Error("enough"));
    }),
  );
  const check = { kind: "http", port, path: "/" } as const;
  await expect(directReach.answers(LOOPBACK, check, over.signal)).rejects.toThrow("enough");
  await expect(directReach.answers(LOOPBACK, check, over.signal)).rejects.toThrow("enough");
});
