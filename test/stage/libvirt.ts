// Launches on the two clouds of scripts/ci/with-libvirt.sh (src/providers/libvirt/lab.testsuite.ts).

import { z } from "zod";
import { BlockList } from "../../src/contract/block.ts";
import {
  freshCloud,
  LAB,
  LAB_CLOUDS,
  leftAt,
  overSsh,
  overTls,
  settingsOf,
} from "../../src/providers/libvirt/lab.testsuite.ts";
import { type ServerStage, startServer } from "./server.ts";

/** A web server behind another, with guests that boot. */
export const LAYERS = `
slipway: 1
name: layers
instances:
  db:
    image: small
    profile: { cpu: 1, memory: 96MiB }
    ready: { tcp: 8080 }
    userData: |
      #!/bin/sh
      echo "hello from db" > /www/index.html
      exec httpd -f -p 8080 -h /www
  web:
    image: small
    profile: { cpu: 1, memory: 96MiB }
    ready: { http: { port: 80, path: /index.html } }
    userData: |
      #!/bin/sh
      wget -q -O /www/index.html http://\${{ db.privateAddress }}:8080/index.html
      exec httpd -f -p 80 -h /www
launch:
  deadlines: { create: 2m, boot: 1m, start: 3m, ready: 4m, launch: 10m }
`;

/** Two machines that are there when they run. */
export const PAIR = `
slipway: 1
name: pair
instances:
  one: { image: small, profile: &each { cpu: 1, memory: 96MiB } }
  two: { image: small, profile: *each }
launch:
  deadlines: { create: 2m, boot: 1m, start: 3m, ready: 4m, launch: 10m }
`;

/** One more, which stays when two are taken away. */
export const TRIO = PAIR.replace("name: pair", "name: trio").replace(
  "launch:",
  "  zed: { image: small, profile: *each }\nlaunch:",
);

/** A server with clouds in which nothing is: the pool `east` reaches one by its socket, the pool `far` the same over ssh and then the other over TLS. */
export async function openStories(home: string): Promise<ServerStage> {
  for (const cloud of LAB_CLOUDS) await freshCloud(cloud);
  const server = await startServer({ home });
  const accounts = { east: { settings: settingsOf("east") }, "east-ssh": overSsh("east"), "west-tls": overTls("west") };
  for (const [name, account] of Object.entries(accounts)) {
    const images = { small: LAB.image };
    await server.call(z.unknown(), "POST /v1/accounts", { name, provider: "libvirt", images, ...account });
    await server.call(z.unknown(), `POST /v1/accounts/${name}/check`);
  }
  await server.call(z.unknown(), "POST /v1/pools", { name: "east", members: [{ account: "east" }] });
  const members = ["east-ssh", "west-tls"].map((account, group) => ({ account, group }));
  await server.call(z.unknown(), "POST /v1/pools", { name: "far", members });
  return server;
}

/** What is there of machines at both clouds, by name. */
export async function leftOver(): Promise<readonly string[]> {
  return (await Promise.all(LAB_CLOUDS.map(leftAt))).flat();
}

/** What is remembered of a story and would be in the way of the next one. */
export async function forgetBlocks(server: ServerStage): Promise<void> {
  const { blocks } = await server.call(BlockList, "GET /v1/blocks");
  for (const { account, realm, size, reason } of blocks) {
    await server.ask(`DELETE /v1/blocks?${new URLSearchParams({ account, realm, size, reason }).toString()}`);
  }
}

export async function stopWhole(server: ServerStage, id: string): Promise<void> {
  await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await server.reaches(id, ["stopped"], 200_000);
}
