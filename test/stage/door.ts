// A door before a server on loopback: shut, nobody gets through and who was through is cut off, as when the server goes away.

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface Door {
  readonly port: number;
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

export async function openDoorTo(target: { readonly host: string; readonly port: number }): Promise<Door> {
  const through = new Set<Socket>();
  let isOpen = true;
  const server = createServer((client) => {
    client.on("error", () => undefined);
    if (!isOpen) return void client.destroy();
    const behind = connect(target);
    for (const [socket, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      through.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        through.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the door has no port");
  const shut = (): void => {
    isOpen = false;
    for (const socket of through) socket.destroy();
  };
  return {
    port: address.port,
    shut,
    open() {
      isOpen = true;
    },
    async close() {
      shut();
      server.close();
      await once(server, "close");
    },
  };
}
