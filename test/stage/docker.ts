// The Docker Engine of the tests (the one that DOCKER_HOST names), and a door before it that counts what is asked and can keep an
// answer back, so that a server can be killed between asking and hearing.

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { run } from "./command.ts";

export const ENGINE = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";

/** Standard output of one `docker` command; throws when it fails. */
export async function docker(...argv: readonly string[]): Promise<string> {
  const { code, out, err } = await run("docker", argv, { DOCKER_HOST: ENGINE });
  if (code !== 0) throw new Error(`docker ${argv.join(" ")}: ${err}`);
  return out.trim();
}

/** Containers of one deployment, in whatever state, as [instance, id]. */
export async function containersOf(deployment: string): Promise<readonly (readonly [instance: string, id: string])[]> {
  const format = `{{.Label "slipway-instance"}} {{.ID}}`;
  const filter = `label=slipway-deployment=${deployment}`;
  const lines = await docker("ps", "--all", "--no-trunc", "--filter", filter, "--format", format);
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""] as const)
    .toSorted(([a, one], [b, other]) => (a + one < b + other ? -1 : 1));
}

export interface Door {
  /** Setting of the account. */
  readonly endpoint: string;
  /** What was asked so far, as "GET /containers/json?all=1": without the version. */
  readonly asked: readonly string[];
  /** Keeps back every answer to what matches; resolves once the engine has given the first one. */
  holdAnswers(pattern: RegExp): Promise<void>;
  /** Drops what is kept back, with its connections, and lets everything through again. */
  release(): void;
  close(): Promise<void>;
}

/** One poll of the tracker asks for this list once. */
export const LIST = /^GET \/containers\/json\?all=1&filters=%7B%22label/;

const REQUEST = /^([A-Z]+ \S+) HTTP\//;

export async function openDoor(): Promise<Door> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  let held: { readonly pattern: RegExp; readonly first: PromiseWithResolvers<void> } | null = null;
  const server = createServer((client) => {
    const engine = connect(ENGINE.replace(/^unix:\/\//, ""));
    let keeps: PromiseWithResolvers<void> | null = null;
    for (const [socket, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (chunk: Buffer) => {
      // Reads come one after the other on one connection; what follows within a request begins with its body.
      const [, line] = REQUEST.exec(chunk.toString("latin1")) ?? [];
      if (line !== undefined) {
        const plain = line.replace(/ \/v\d\.\d+/, " ");
        asked.push(plain);
        keeps = held?.pattern.test(plain) === true ? held.first : null;
      }
      engine.write(chunk);
    });
    engine.on("data", (chunk: Buffer) => {
      if (keeps === null) client.write(chunk);
      else keeps.resolve();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the door has no port");
  const drop = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    asked,
    holdAnswers(pattern) {
      held = { pattern, first: Promise.withResolvers() };
      return held.first.promise;
    },
    release() {
      held = null;
      drop();
    },
    async close() {
      server.close();
      drop();
      await once(server, "close");
    },
  };
}
