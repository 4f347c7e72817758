import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { messages } from "./messages.ts";
import { calm, closedPort, cloudThat, faultOf, wayTo } from "./wire.samples.ts";

interface Speaker extends AsyncDisposable {
  readonly port: number;
  /** Sockets that are open. */
  readonly heard: () => number;
}

async function speaker(speak: (listener: WebSocket, path: string) => void): Promise<Speaker> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (listener, { url = "" }) => speak(listener, url));
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    heard: () => server.clients.size,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function all(of: AsyncIterable<string>): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const text of of) texts.push(text);
  return texts;
}

test("messages come in their order until the cloud ends the stream", async () => {
  await using cloud = await speaker((listener, path) => {
    listener.send(path);
    listener.send("日");
    listener.close();
  });
  expect(await all(await messages(wayTo(cloud), "/1.0/events?type=a", calm()))).toEqual(["/1.0/events?type=a", "日"]);
});

test("the signal ends the reading with its own reason, and the connection", async () => {
  const closed = Promise.withResolvers<void>();
  await using cloud = await speaker((listener) => {
    listener.on("close", () => closed.resolve());
    listener.send("one");
  });
  const reason = new Error("no longer wanted");
  const abort = new AbortController();
  const coming = await messages(wayTo(cloud), "/", abort.signal);
  const read = all(coming);
  abort.abort(reason);
  await expect(read).rejects.toBe(reason);
  await closed.promise;
});

test("whoever reads no more ends the connection", async () => {
  const closed = Promise.withResolvers<void>();
  await using cloud = await speaker((listener) => {
    listener.on("close", () => closed.resolve());
    listener.send("one");
  });
  for await (const text of await messages(wayTo(cloud), "/", calm())) {
    expect(text).toBe("one");
    break;
  }
  await closed.promise;
});

test("nobody there, and something else that answers, are faults", async () => {
  expect(await faultOf(messages(wayTo({ port: await closedPort() }), "/", calm()))).toMatchObject({
    class: "transient",
    effect: "none",
    code: "ECONNREFUSED",
  });
  await using page = await cloudThat((_, response) => response.writeHead(403).end("not authorized"));
  expect(await faultOf(messages(wayTo(page), "/", calm()))).toMatchObject({ class: "transient", effect: "none" });
});

test("a connection that is cut ends the reading", async () => {
  const sockets: Socket[] = [];
  await using cloud = await speaker((listener) => listener.send("one"));
  const relay = createServer((socket) => {
    sockets.push(socket);
    const there = socket.pipe(connect(cloud.port, "127.0.0.1"));
    there.pipe(socket);
    socket.on("error", () => there.destroy()).on("close", () => there.destroy());
    there.on("error", () => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  const address = relay.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const texts: string[] = [];
  for await (const text of await messages(wayTo({ port }), "/", calm())) {
    texts.push(text);
    for (const socket of sockets) socket.resetAndDestroy();
  }
  expect(texts).toEqual(["one"]);
  relay.close();
});
