// TLS, proxies and lines that never come to be: before the line is there, nothing of a request has left.

import { connect as dial, type Socket } from "node:net";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { AUTHORITY, ELSEWHERE, EXPIRED, LOCAL, OWN } from "./certificates.samples.ts";
import { send, type Sent } from "./send.ts";
import { openWay } from "./way.ts";
import { calm, closedPort, cloudThat, faultOf, rawCloud, wayTo } from "./wire.samples.ts";

const CREATE: Sent = { method: "POST", path: "/things", body: '{"password":"pa55"}' };
const TRUSTED = { protocol: "https", trust: { ca: AUTHORITY, proxy: null } } as const;

afterEach(() => {
  delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
});

const secureCloud = (tls: object) => cloudThat((_, response) => response.end("secure"), tls);

test("a certificate of the account's own authority is accepted, by name and by address", async () => {
  await using cloud = await secureCloud(LOCAL);
  expect((await send(wayTo(cloud, TRUSTED), CREATE, calm())).body.toString()).toBe("secure");
  const named = openWay({ to: new URL(`https://localhost:${cloud.port}`), trust: TRUSTED.trust });
  expect((await send(named, { method: "GET", path: "/" }, calm())).body.toString()).toBe("secure");
  expect(cloud.asked).toHaveLength(2);
});

test.each([
  ["of an authority that nobody knows", LOCAL, null, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "as the setting `ca`"],
  ["of another host", ELSEWHERE, AUTHORITY, "ERR_TLS_CERT_ALTNAME_INVALID", "it is for elsewhere.example; correct"],
  ["that has expired", EXPIRED, AUTHORITY, "CERT_HAS_EXPIRED", "it has expired"],
])("a certificate %s is refused, whatever the environment says, and nothing is sent", async (...given) => {
  const [, tls, ca, code, said] = given;
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  await using cloud = await secureCloud(tls);
  const way = wayTo(cloud, { protocol: "https", trust: { ca, proxy: null } });
  for (const request of [CREATE, { method: "GET", path: "/" } as const]) {
    const fault = await faultOf(send(way, request, calm()));
    expect(fault).toMatchObject({ class: "account", scope: "account", effect: "none", code });
    expect(fault.text).toContain("certificate is not accepted: ");
    expect(fault.text).toContain(said);
  }
  expect(cloud.asked).toEqual([]);
});

test("a server that shows the very certificate that is trusted is the right one by any name, where that is asked for", async () => {
  await using cloud = await secureCloud(OWN);
  await using another = await secureCloud(ELSEWHERE);
  const pinned = { protocol: "https", trust: { ca: OWN.cert, proxy: null }, pinsCertificate: true } as const;
  expect((await send(wayTo(cloud, pinned), CREATE, calm())).status).toBe(200);
  expect(await faultOf(send(wayTo(cloud, { ...pinned, pinsCertificate: false }), CREATE, calm()))).toMatchObject({
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
  // Another server's certificate is looked at as always.
  expect(await faultOf(send(wayTo(another, pinned), CREATE, calm()))).toMatchObject({ class: "account" });
  const signed = { ...pinned, trust: TRUSTED.trust };
  expect(await faultOf(send(wayTo(another, signed), CREATE, calm()))).toMatchObject({
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
  expect(another.asked).toEqual([]);
});

test("a cloud that asks for a certificate gets the account's", async () => {
  await using cloud = await secureCloud({ ...LOCAL, ca: AUTHORITY, requestCert: true, rejectUnauthorized: true });
  expect((await send(wayTo(cloud, { ...TRUSTED, client: ELSEWHERE }), CREATE, calm())).status).toBe(200);
  const fault = await faultOf(send(wayTo(cloud, TRUSTED), CREATE, calm()));
  expect(fault).toMatchObject({ class: "auth", scope: "account", effect: "none", code: "certificate_refused" });
  expect(cloud.asked).toHaveLength(1);
});

test("TLS with what speaks none, and none with what speaks TLS, are told", async () => {
  await using plain = await cloudThat((_, response) => response.end());
  const fault = await faultOf(send(wayTo(plain, TRUSTED), CREATE, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "none" });
  expect(fault.text).toContain("does not speak TLS");
  await using secure = await secureCloud(LOCAL);
  expect(await faultOf(send(wayTo(secure), CREATE, calm()))).toMatchObject({ class: "transient", effect: "unknown" });
});

test("a handshake that never ends is given up, and nothing was sent", async () => {
  await using cloud = await rawCloud(() => undefined);
  const way = wayTo(cloud, { ...TRUSTED, limits: { connectMs: 50 } });
  const fault = await faultOf(send(way, CREATE, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "none", code: "ETIMEDOUT" });
  expect(fault.text).toContain("nobody answers within 0.05 s");
});

test("an abort within the handshake ends it with the signal's reason, and the line is closed", async () => {
  const abort = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using cloud = await rawCloud((socket) => {
    socket.on("close", () => closed.resolve());
    socket.once("data", () => abort.abort(new Error("enough")));
  });
  await expect(send(wayTo(cloud, TRUSTED), CREATE, abort.signal)).rejects.toThrow("enough");
  await closed.promise;
});

/** A proxy that lets through what it is asked for; what it heard itself is in `heard`. */
async function openProxy() {
  const heard: string[] = [];
  const server: Server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`);
    response.end("by proxy");
  });
  server.on("connect", (request: { readonly url?: string }, client: Socket) => {
    heard.push(`CONNECT ${request.url}`);
    const [host = "", port = ""] = (request.url ?? "").split(":");
    if (host === "forbidden.example") return client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const cloud = dial({ host, port: Number(port) }, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.on("data", (bytes: Buffer) => heard.push(bytes.toString("latin1")));
      client.pipe(cloud).pipe(client);
    });
    return cloud.on("error", () => client.destroy());
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    heard,
    proxy: new URL(`http://127.0.0.1:${address.port}`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

test("a proxy carries a secure line and hears nothing of what goes through it", async () => {
  await using opened = await openProxy();
  await using cloud = await secureCloud(LOCAL);
  const way = wayTo(cloud, { ...TRUSTED, trust: { ca: AUTHORITY, proxy: opened.proxy } });
  expect((await send(way, CREATE, calm())).body.toString()).toBe("secure");
  expect(opened.heard[0]).toBe(`CONNECT 127.0.0.1:${cloud.port}`);
  expect(opened.heard.join("")).not.toContain("pa55");
});

test("without TLS the proxy is asked itself", async () => {
  await using opened = await openProxy();
  const way = openWay({ to: new URL("http://cloud.example:81/api"), trust: { ca: null, proxy: opened.proxy } });
  expect((await send(way, CREATE, calm())).body.toString()).toBe("by proxy");
  expect(opened.heard).toEqual(["POST http://cloud.example:81/api/things"]);
});

test("a proxy that refuses, or is not there, means that nothing was sent", async () => {
  await using opened = await openProxy();
  const forbidden = { to: new URL("https://forbidden.example:8443"), trust: { ca: null, proxy: opened.proxy } };
  const refused = await faultOf(send(openWay(forbidden), CREATE, calm()));
  expect(refused).toMatchObject({ class: "transient", effect: "none", code: "proxy_refused" });
  expect(refused.text).toContain("the proxy answers with status 403");
  const nobody = new URL(`http://127.0.0.1:${await closedPort()}`);
  const way = openWay({ to: forbidden.to, trust: { ca: null, proxy: nobody } });
  expect(await faultOf(send(way, CREATE, calm()))).toMatchObject({ effect: "none", code: "ECONNREFUSED" });
});
