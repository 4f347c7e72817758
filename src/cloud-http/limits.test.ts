// Clouds, or whoever answers in their place, that send without end: nothing here waits or keeps for ever.

import type { IncomingMessage, ServerResponse } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { send, type Sent } from "./send.ts";
import { calm, cloudThat, faultOf, pour, rawCloud, wayTo } from "./wire.samples.ts";

const CREATE: Sent = { method: "POST", path: "/things", body: "{}" };
const READ: Sent = { method: "GET", path: "/things" };
const KIB = 1024;
const LIMITS = { bodyBytes: 256 * KIB };
const UNREADABLE = { class: "transient", scope: "account", effect: "unknown", code: "unreadable_answer" };

/** A cloud that pours one piece for ever, into each answer; `poured` resolves when its first client has gone. */
async function pouringCloud(piece: Buffer | string, head: (response: ServerResponse) => void) {
  const poured = Promise.withResolvers<number>();
  const cloud = await cloudThat((_: IncomingMessage, response) => {
    head(response);
    void pour(response, piece).then(poured.resolve);
  });
  return { cloud, poured: poured.promise, [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose]() };
}

test.each([CREATE, READ])("a body without an end is read up to the limit: $method", async (request) => {
  await using opened = await pouringCloud(Buffer.alloc(64 * KIB), (response) => response.writeHead(200));
  const fault = await faultOf(send(wayTo(opened.cloud, { limits: LIMITS }), request, calm()));
  expect(fault).toMatchObject(UNREADABLE);
  expect(fault.text).toContain(`larger than ${256 * KIB} bytes`);
  // The line was given up, and what the sockets hold on both sides is bounded.
  expect((await opened.poured) * 64).toBeLessThan(16 * KIB);
});

test("a body at its limit is read whole, and one byte more is too much", async () => {
  for (const [size, isFine] of [
    [256 * KIB, true],
    [256 * KIB + 1, false],
  ] as const) {
    await using cloud = await cloudThat((_, response) => response.end(Buffer.alloc(size)));
    const asked = send(wayTo(cloud, { limits: LIMITS }), READ, calm());
    if (isFine) expect((await asked).body).toHaveLength(size);
    else expect(await faultOf(asked)).toMatchObject(UNREADABLE);
  }
});

const ENCODERS = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};

test.each(Object.entries(ENCODERS))(
  "a body encoded with %s is decoded, and its limit holds for what comes out",
  async (encoding, encode) => {
    await using cloud = await cloudThat((request, response) => {
      const bytes = request.url === "/small" ? encode("small") : encode(Buffer.alloc(8 * KIB * KIB));
      response.writeHead(200, { "content-encoding": encoding }).end(bytes);
    });
    const way = wayTo(cloud, { limits: LIMITS });
    expect((await send(way, { ...READ, path: "/small" }, calm())).body.toString()).toBe("small");
    expect(await faultOf(send(way, READ, calm()))).toMatchObject(UNREADABLE);
  },
);

test("an encoded body that comes to nothing for ever is limited on the wire", async () => {
  const nothing = Buffer.concat(Array.from({ length: 1000 }, () => gzipSync("")));
  await using opened = await pouringCloud(nothing, (response) =>
    response.writeHead(200, { "content-encoding": "gzip" }),
  );
  expect(await faultOf(send(wayTo(opened.cloud, { limits: LIMITS }), READ, calm()))).toMatchObject(UNREADABLE);
  await opened.poured;
});

test.each([
  ["gzip", Buffer.from("no gzip")],
  ["gzip", gzipSync("cut short").subarray(0, 12)],
  ["br", Buffer.from("no brotli")],
  ["zstd", Buffer.from("no zstd")],
  ["rot13", Buffer.from("uryyb")],
  ["gzip, gzip", gzipSync(gzipSync("twice"))],
])("a body that is not what it says cannot be read: %s", async (encoding, bytes) => {
  await using cloud = await cloudThat((_, response) =>
    response.writeHead(200, { "content-encoding": encoding }).end(bytes),
  );
  expect(await faultOf(send(wayTo(cloud), CREATE, calm()))).toMatchObject(UNREADABLE);
});

test("no body is none, however it is encoded", async () => {
  await using cloud = await cloudThat((_, response) => response.writeHead(204, { "content-encoding": "gzip" }).end());
  expect((await send(wayTo(cloud), CREATE, calm())).body).toHaveLength(0);
});

test("a refusal stays one however much is written about it, and of whatever encoding", async () => {
  await using opened = await pouringCloud("no room ".repeat(KIB), (response) =>
    response.writeHead(503, { "retry-after": "7" }),
  );
  const answer = await send(wayTo(opened.cloud), CREATE, calm());
  expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "7" } });
  expect(answer.body.toString()).toBe("no room ".repeat(128 * KIB));
  await opened.poured;
  await using other = await cloudThat((_, response) =>
    response.writeHead(403, { "content-encoding": "gzip" }).end("no gzip"),
  );
  expect(await send(wayTo(other), CREATE, calm())).toMatchObject({ status: 403, body: Buffer.alloc(0) });
});

test("headers without an end are given up", async () => {
  const poured = Promise.withResolvers<number>();
  await using cloud = await rawCloud((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    void pour(socket, `x-more: ${"x".repeat(1000)}\r\n`).then(poured.resolve);
  });
  const fault = await faultOf(send(wayTo(cloud), CREATE, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "unknown", code: "HPE_HEADER_OVERFLOW" });
  expect(fault.text).toContain("headers without end");
  await poured.promise;
});

test("answers before the answer, again and again, are given up", async () => {
  const poured = Promise.withResolvers<number>();
  await using cloud = await rawCloud((socket) => {
    void pour(socket, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n").then(poured.resolve);
  });
  expect(await faultOf(send(wayTo(cloud), CREATE, calm()))).toMatchObject(UNREADABLE);
  await poured.promise;
});

test.each([
  ["within the headers", "HTTP/1.1 200 OK\r\n", "x"],
  ["within the body", "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", "x"],
  ["before the first byte", "", ""],
])("an answer that drips is given up %s when its time is over", async (_where, head, drop) => {
  await using cloud = await rawCloud((socket) => {
    socket.write(head);
    const drip = setInterval(() => socket.write(drop), 5);
    socket.on("close", () => clearInterval(drip));
  });
  for (const request of [CREATE, READ]) {
    const fault = await faultOf(send(wayTo(cloud, { limits: { totalMs: 100 } }), request, calm()));
    expect(fault).toMatchObject({ class: "transient", effect: "unknown", code: "timeout" });
    expect(fault.text).toContain("no answer within 0.1 s");
  }
});

test.each([
  ["SSH-2.0-OpenSSH_9.9\r\n", "HPE_"],
  ["<html>hello</html>", "HPE_"],
])("what does not speak HTTP is told so: %s", async (greeting, code) => {
  await using cloud = await rawCloud((socket) => socket.end(greeting));
  const fault = await faultOf(send(wayTo(cloud), CREATE, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "unknown", code: expect.stringContaining(code) });
  expect(fault.text).toContain("does not speak HTTP");
});
