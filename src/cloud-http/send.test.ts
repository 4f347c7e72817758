import { once } from "node:events";
import type { Socket } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { flow, send, type Sent } from "./send.ts";
import { openWay } from "./way.ts";
import { calm, type Cloud, closedPort, cloudThat, faultOf, rawCloud, wayTo } from "./wire.samples.ts";

const READ: Sent = { method: "GET", path: "/things?a=1" };
const CREATE: Sent = { method: "POST", path: "/things", body: '{"name":"one"}' };

test("an answer comes with status, headers and body", async () => {
  await using cloud = await cloudThat((_, response) => response.writeHead(201, { "x-id": "7" }).end("made"));
  const answer = await send(wayTo(cloud), CREATE, calm());
  expect(answer).toMatchObject({ status: 201, statusText: "Created", headers: { "x-id": "7" } });
  expect(answer.body.toString()).toBe("made");
  expect(cloud.asked).toEqual(['POST /things {"name":"one"}']);
});

test("the address may have a path, and a refusal is an answer", async () => {
  await using cloud = await cloudThat((_, response) => response.writeHead(404).end("nothing"));
  const way = openWay({ to: new URL(`http://127.0.0.1:${cloud.port}/api/v2/`), trust: { ca: null, proxy: null } });
  expect(await send(way, READ, calm())).toMatchObject({ status: 404 });
  expect(cloud.asked).toEqual(["GET /api/v2/things?a=1"]);
});

test("a Unix socket is as good as an address", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-way-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const server = createServer((_, response) => response.end("here"));
  server.listen(join(folder, "cloud.sock"));
  await once(server, "listening");
  const way = openWay({ to: join(folder, "cloud.sock"), trust: { ca: null, proxy: null } });
  expect((await send(way, READ, calm())).body.toString()).toBe("here");
  server.close();
});

test("reads share a connection, and everything else has one of its own", async () => {
  await using cloud = await cloudThat((_, response) => response.end("fine"));
  const way = wayTo(cloud);
  await send(way, READ, calm());
  await send(way, READ, calm());
  expect(cloud.connections()).toBe(1);
  await send(way, CREATE, calm());
  await send(way, { method: "DELETE", path: "/things/1" }, calm());
  expect(cloud.connections()).toBe(3);
});

/** Answers the first request of each connection and cuts the connection at the second. */
function tiring(asked: string[]): (socket: Socket) => void {
  return (socket) => {
    let requests = 0;
    socket.on("data", (bytes: Buffer) => {
      requests += 1;
      asked.push(bytes.toString().split("\r\n")[0] ?? "");
      if (requests > 1) return socket.destroy();
      return socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
  };
}

test("a read on a kept connection that the cloud had closed is sent once more", async () => {
  const asked: string[] = [];
  await using cloud = await rawCloud(tiring(asked));
  const way = wayTo(cloud);
  for (let no = 0; no < 2; no += 1) expect((await send(way, READ, calm())).body.toString()).toBe("ok");
  expect(asked).toHaveLength(3);
  expect(cloud.connections()).toBe(2);
});

test("a read that is cut on a fresh connection is not repeated", async () => {
  await using cloud = await cloudThat((_, response) => response.destroy());
  expect(await faultOf(send(wayTo(cloud), READ, calm()))).toMatchObject({ class: "transient", code: "ECONNRESET" });
  expect(cloud.asked).toHaveLength(1);
});

test("a create is sent once, whatever becomes of it, and may have been carried out", async () => {
  await using cloud = await cloudThat((_, response) => response.destroy());
  const fault = await faultOf(send(wayTo(cloud), CREATE, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "unknown", code: "ECONNRESET" });
  expect(fault.text).toContain(`http://127.0.0.1:${cloud.port}`);
  expect(cloud.asked).toHaveLength(1);
});

test("where nobody listens nothing was sent", async () => {
  const port = await closedPort();
  for (const request of [CREATE, READ]) {
    const fault = await faultOf(send(wayTo({ port }), request, calm()));
    expect(fault).toMatchObject({ class: "transient", scope: "account", effect: "none", code: "ECONNREFUSED" });
    expect(fault.text).toMatch(/^http:\/\/127\.0\.0\.1:\d+: nobody listens; .+ \(ECONNREFUSED\)$/);
  }
});

test("a name that nobody knows is told as such", async () => {
  const way = openWay({ to: new URL("http://nowhere.invalid"), trust: { ca: null, proxy: null } });
  const fault = await faultOf(send(way, CREATE, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "none" });
  expect(fault.text).toMatch(/host name is unknown|name service does not answer/);
});

test.each([301, 302, 303, 307, 308])(
  "status %i is not followed, and the other host is told without its secrets",
  async (status) => {
    await using other = await cloudThat((_, response) => response.end());
    const location = `http://user:pa55@127.0.0.1:${other.port}/things?token=pa55`;
    await using cloud = await cloudThat((_, response) => response.writeHead(status, { location }).end());
    const fault = await faultOf(send(wayTo(cloud), CREATE, calm()));
    const effect = status >= 307 ? "none" : "unknown";
    expect(fault).toMatchObject({ class: "config", scope: "account", effect, code: "redirected" });
    expect(fault.text).toContain(`leads to http://127.0.0.1:${other.port} (status ${status})`);
    expect(fault.text).not.toContain("pa55");
    expect({ connections: other.connections(), asked: other.asked }).toEqual({ connections: 0, asked: [] });
  },
);

test("a redirect that is taken is an answer, which is not followed; what it says besides is not read", async () => {
  await using cloud = await cloudThat((_, response) => {
    response.writeHead(303, { location: "/instances/1" }).write("more to come");
  });
  const { status, headers, body } = await send(wayTo(cloud), { ...CREATE, takesRedirects: true }, calm());
  expect({ status, location: headers.location, size: body.length }).toEqual({
    status: 303,
    location: "/instances/1",
    size: 0,
  });
  expect(cloud.asked).toHaveLength(1);
});

test.each([undefined, "http://[", "/elsewhere"])("a redirect to %s is one as well", async (location) => {
  await using cloud = await cloudThat((_, response) =>
    response.writeHead(302, location === undefined ? {} : { location }).end(),
  );
  expect((await faultOf(send(wayTo(cloud), READ, calm()))).code).toBe("redirected");
  expect(cloud.asked).toHaveLength(1);
});

test("304 is an answer", async () => {
  await using cloud = await cloudThat((_, response) => response.writeHead(304).end());
  expect(await send(wayTo(cloud), { method: "POST", path: "/start" }, calm())).toMatchObject({ status: 304 });
});

test("what cannot be sent is the account's mistake, and nothing is sent", async () => {
  await using cloud = await cloudThat((_, response) => response.end());
  const request = { ...CREATE, headers: { authorization: "Bearer pa55\r\nx: y" } };
  const fault = await faultOf(send(wayTo(cloud), request, calm()));
  expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none" });
  expect(fault.text).not.toContain("pa55");
  expect(cloud.asked).toEqual([]);
});

test("the signal's reason is what an aborted call ends with, at whatever stage", async () => {
  await using cloud = await cloudThat((_, response) => response.writeHead(200).write("begun"));
  const way = wayTo(cloud);
  const reason = new Error("enough");
  for (const call of [send, flow]) {
    await expect(call(way, CREATE, AbortSignal.abort(reason))).rejects.toBe(reason);
  }
  expect(cloud.connections()).toBe(0);
  for (const request of [CREATE, READ]) {
    const abort = new AbortController();
    const answer = send(way, request, abort.signal);
    await arrived(cloud);
    abort.abort(reason);
    await expect(answer).rejects.toBe(reason);
  }
});

/** Resolves when a request has come that was not there before. */
async function arrived(cloud: Cloud): Promise<void> {
  const before = cloud.asked.length;
  while (cloud.asked.length === before) await new Promise((resolve) => setImmediate(resolve));
}

test("what is no error of the line stays what it is", async () => {
  await using cloud = await cloudThat((_, response) => response.end());
  const bug = Object.freeze({ ...CREATE, method: 7 });
  await expect(Reflect.apply(send, undefined, [wayTo(cloud), bug, calm()])).rejects.toThrow(TypeError);
});

test("a flow is read as it comes, and ends with the caller's signal", async () => {
  await using cloud = await cloudThat((_, response) => response.writeHead(200).write("first"));
  const abort = new AbortController();
  const answer = await flow(wayTo(cloud, { limits: { totalMs: 5_000 } }), READ, abort.signal);
  if (!("chunks" in answer)) throw new Error("no flow");
  const reason = new Error("enough");
  const reading = async (): Promise<void> => {
    for await (const chunk of answer.chunks) {
      expect(Buffer.from(chunk).toString()).toBe("first");
      abort.abort(reason);
    }
  };
  await expect(reading()).rejects.toBe(reason);
});

test("a flow that breaks off is a fault, and one that is refused is an answer", async () => {
  await using cloud = await cloudThat((request, response) => {
    if (request.url === "/refused") return void response.writeHead(500).end("going down");
    response.writeHead(200).write("first", () => response.destroy());
  });
  const answer = await flow(wayTo(cloud), READ, calm());
  if (!("chunks" in answer)) throw new Error("no flow");
  const reading = async (): Promise<void> => {
    for await (const _ of answer.chunks);
  };
  expect(await faultOf(reading())).toMatchObject({ class: "transient", code: "ECONNRESET" });
  const refused = await flow(wayTo(cloud), { ...READ, path: "/refused" }, calm());
  expect("body" in refused ? refused.body.toString() : null).toBe("going down");
});
