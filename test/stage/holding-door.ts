// A door before a server of tests that counts what is asked and can keep an answer back, so that a server of ours can be killed between asking
// and hearing.

import { once } from "node:events";
import { connect, createServer, type ListenOptions, type Socket } from "node:net";

export interface HoldingDoor {
  /** Zero where it listens on a socket of a path. */
  readonly port: number;
  /** What was asked so far, as "GET /containers/json?all=1". */
  readonly asked: readonly string[];
  /** What of it was asked from one time to another (Unix, ms). */
  between(from: number, to: number): readonly string[];
  /** Keeps back every answer to what matches, from this time on that it is asked; resolves once the engine has given the first one of them. */
  holdAnswers(pattern: RegExp, fromTime?: number): Promise<void>;
  /** Drops what is kept back, with its connections, and lets everything through again. */
  release(): void;
  close(): Promise<void>;
}

interface DoorForm {
  /** Path of the server's socket. */
  readonly to: string;
  readonly listen: ListenOptions;
  /** What of a request's line is its version goes. */
  readonly version: RegExp;
}

const REQUEST = /^([A-Z]+ \S+) HTTP\//;

export async function openHoldingDoor({ to, listen, version }: DoorForm): Promise<HoldingDoor> {
  const asked: string[] = [];
  const askedAt: number[] = [];
  const open = new Set<Socket>();
  let held: { readonly pattern: RegExp; readonly first: PromiseWithResolvers<void>; passing: number } | null = null;
  /** What keeps this answer back. */
  const keeperOf = (line: string): PromiseWithResolvers<void> | null => {
    if (held?.pattern.test(line) !== true) return null;
    if (held.passing === 0) return held.first;
    held.passing -= 1;
    return null;
  };
  const server = createServer((client) => {
    const engine = connect(to);
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
        const plain = line.replace(version, " ");
        asked.push(plain);
        askedAt.push(Date.now());
        keeps = keeperOf(plain);
      }
      engine.write(chunk);
    });
    engine.on("data", (chunk: Buffer) => {
      if (keeps === null) client.write(chunk);
      else keeps.resolve();
    });
  });
  server.listen(listen);
  await once(server, "listening");
  const address = server.address();
  const drop = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    asked,
    between: (from, to) =>
      asked.filter((_, place) => {
        const at = askedAt[place] ?? 0;
        return at >= from && at <= to;
      }),
    holdAnswers(pattern, fromTime = 1) {
      held = { pattern, first: Promise.withResolvers(), passing: fromTime - 1 };
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
