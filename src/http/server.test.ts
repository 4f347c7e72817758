// A server that closes answers what it was asked, and waits for nobody who asks nothing.

import { once } from "node:events";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecure } from "node:https";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { LOCAL } from "../cloud-http/certificates.samples.ts";
import { listen } from "./server.ts";

test.each([
  ["http", null],
  ["https", LOCAL],
] as const)("over %s", async (scheme, certificate) => {
  const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const fetch = async (): Promise<Response> => {
    asked.resolve();
    await released.promise;
    return new Response("all of it");
  };
  const server = await listen({ fetch }, { host: "127.0.0.1", port: 0 }, certificate);
  const idle = connect(server.port, "127.0.0.1");
  await once(idle, "connect");
  const options = { host: "127.0.0.1", port: server.port, rejectUnauthorized: false };
  const request = scheme === "http" ? getPlain(options) : getSecure(options);
  const replied = once(request, "response");
  await asked.promise;
  const closed = server.close();
  await once(idle, "close");
  released.resolve();
  const [reply]: IncomingMessage[] = await replied;
  expect(reply === undefined ? null : await text(reply)).toBe("all of it");
  await closed;
});

test("says that it keeps idle connections for longer than proxies do: those close them first", async () => {
  const server = await listen({ fetch: () => new Response("yes") }, { host: "127.0.0.1", port: 0 });
  const { headers } = await fetch(`http://127.0.0.1:${server.port}/`);
  expect(headers.get("keep-alive")).toBe("timeout=620");
  await server.close();
});
