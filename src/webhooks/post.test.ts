import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { LookupAddress } from "node:dns";
import { createServer as createTcp } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createNames, UnresolvedName } from "./names.ts";
import { post, urlRefusal } from "./post.ts";

async function served(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const to = (port: number) => ({
  url: `http://127.0.0.1:${port}/in?x=1`,
  headers: { "webhook-id": "evt_1" },
  body: "{}",
});
const ANY = { toAny: true, resolve: createNames({ toAny: true }) };

test("the body arrives with its headers, and an answer of 2xx means that it was taken", async () => {
  const seen: unknown[] = [];
  const port = await served((request, response) => {
    void text(request).then((body) => {
      seen.push([request.method, request.url, request.headers["webhook-id"], body]);
      response.writeHead(202).end("much text");
    });
  });
  expect(await post(to(port), ANY)).toEqual({ isTaken: true, isFinal: true, text: "answered 202", retryAfterMs: null });
  expect(seen).toEqual([["POST", "/in?x=1", "evt_1", "{}"]]);
});

test.each([
  [500, {}, { isFinal: false, text: "answered 500", retryAfterMs: null }],
  [503, { "retry-after": "120" }, { isFinal: false, text: "answered 503", retryAfterMs: 120_000 }],
  [410, {}, { isFinal: true, text: "answered 410: it wants no more of this" }],
  [404, {}, { isFinal: false, text: "answered 404" }],
])("an answer of %i with %j", async (status, headers, answer) => {
  const port = await served((_, response) => void response.writeHead(status, headers).end("secret words"));
  expect(await post(to(port), ANY)).toMatchObject({ isTaken: false, ...answer });
});

test("a redirect is not followed", async () => {
  const followed = vi.fn();
  const other = await served(followed);
  const port = await served((_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${other}/` }).end();
  });
  const answer = await post(to(port), ANY);
  expect(answer).toMatchObject({ isTaken: false, text: "answered 307: redirects are not followed" });
  expect(followed).not.toHaveBeenCalled();
});

test("nobody waits longer than it may take, neither for a connection's answer nor for a head without an end", async () => {
  const silent = await served(() => undefined);
  const within = { ...ANY, withinMs: 200 };
  expect(await post(to(silent), within)).toMatchObject({ isTaken: false, text: "no answer within 0.2 s" });
  const name = { ...to(silent), url: "http://hooks.example/" };
  const never = () => new Promise<LookupAddress[]>(() => undefined);
  expect(await post(name, { ...within, resolve: never })).toMatchObject({ text: "no answer within 0.2 s" });
});

test("of an answer no more than its head is read, and that is bounded", async () => {
  const endless = await served((_, response) => {
    response.writeHead(200);
    const more = () => {
      while (response.write("x".repeat(10_000)));
    };
    response.on("drain", more);
    more();
  });
  expect(await post(to(endless), ANY)).toMatchObject({ isTaken: true });
  const large = await served((_, response) => void response.writeHead(200, { large: "x".repeat(20_000) }).end());
  expect(await post(to(large), ANY)).toMatchObject({ text: "an answer with a head that is too large" });
});

test("what does not speak HTTP, and what is not there, is told in words of ours", async () => {
  const odd = createTcp((socket) => void socket.resume().end("220 mail.example ESMTP secret\r\n"));
  odd.listen(0, "127.0.0.1");
  await once(odd, "listening");
  const address = odd.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  expect(await post(to(address.port), ANY)).toMatchObject({ isTaken: false, text: "no HTTP answer" });
  odd.close();
  await once(odd, "close");
  expect(await post(to(address.port), ANY)).toMatchObject({ isTaken: false, text: "connection refused" });
  const unknown = async () => Promise.reject(new UnresolvedName("its name is not known"));
  const named = { ...to(1), url: "http://hooks.example/" };
  expect(await post(named, { ...ANY, resolve: unknown })).toMatchObject({ text: "its name is not known" });
});

describe("private addresses", () => {
  const resolving = (...addresses: readonly string[]) => {
    const resolve = vi.fn(async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));
    return { toAny: false, withinMs: 2_000, resolve };
  };
  const named = { url: "https://hooks.example/", headers: {}, body: "{}" };

  test.each([["127.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:10.0.0.1"], ["10.0.0.1", "fd00::1"]])(
    "a name that leads to %s is not followed",
    async (...addresses) => {
      const way = resolving(...addresses);
      const answer = await post(named, way);
      expect(answer).toMatchObject({ isTaken: false, text: "not sent: its name leads to private addresses alone" });
      expect(way.resolve).toHaveBeenCalledTimes(1);
    },
  );

  test("a name is looked up once, and the connection goes to an address that was found then", async () => {
    const port = await served((_, response) => void response.writeHead(204).end());
    const resolve = vi.fn(async () => [{ address: "127.0.0.1", family: 4 }]);
    const url = `http://hooks.example:${port}/`;
    expect(await post({ ...named, url }, { toAny: true, resolve })).toMatchObject({ isTaken: true });
    expect(resolve).toHaveBeenCalledTimes(1);
    expect(resolve).toHaveBeenCalledWith("hooks.example", expect.any(AbortSignal));
  });

  test.each([
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fd00:ec2::254]/latest/meta-data",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/",
    "https://hooks.localhost./",
  ])("%s is refused, and nothing is sent there", async (url) => {
    expect(urlRefusal(url, { toAny: false })).toMatch(/^may not be a private address/);
    expect((await post({ ...named, url }, resolving())).text).toMatch(/^not sent: its address may not be/);
    expect(urlRefusal(url, { toAny: true })).toBeNull();
  });

  test.each([
    ["ftp://example.org/", "must look like"],
    ["example.org", "must look like"],
    ["https://user:pass@example.org/", "may not hold a user name"],
    ["https://example.org/#x", "may not hold #"],
    ["http://example.org/", "must begin with https://"],
  ])("%s %s", (url, words) => {
    expect(urlRefusal(url, { toAny: false })).toContain(words);
  });
});
