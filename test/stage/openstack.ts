// Launches on the OpenStack control plane of the tests (src/providers/openstack/lab.testsuite.ts).

import { z } from "zod";
import { BlockList } from "../../src/contract/block.ts";
import {
  allParts,
  allServers,
  CREDENTIALS,
  freshLab,
  LAB,
  PUBLIC,
  SETTINGS,
} from "../../src/providers/openstack/lab.testsuite.ts";
import { type ServerStage, startServer } from "./server.ts";
import { shopOf } from "./shop.ts";

/** Of servers whose guests never answer: Nova's fake has none. */
export const SHOP = shopOf("{ cpu: 1, memory: 128MiB }");

export const TINY = `
slipway: 1
name: tiny
instances:
  one: { image: debian-12, profile: { cpu: 1, memory: 128MiB } }
launch: { refusals: { sizes: 1 } }
`;

interface Given {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly realms?: Readonly<Record<string, string>>;
}

export async function addOpenstack(server: ServerStage, name: string, { settings, realms }: Given = {}): Promise<void> {
  await server.call(z.unknown(), "POST /v1/accounts", {
    name,
    provider: "openstack",
    settings: { ...SETTINGS, ...settings },
    credentials: CREDENTIALS,
    images: { "debian-12": LAB.imageName },
    ...(realms === undefined ? {} : { realms }),
  });
  await server.call(z.unknown(), `POST /v1/accounts/${name}/check`);
}

/** A server with three accounts in the tests' project, at a cloud in which nothing is. */
export async function openStories(): Promise<ServerStage> {
  await freshLab();
  const server = await startServer();
  await addOpenstack(server, "lab");
  await addOpenstack(server, "lab-az1", { realms: { az1: "az1" } });
  await addOpenstack(server, "lab-public", { settings: PUBLIC });
  return server;
}

/** What the story has left at the cloud. What is remembered of it, and would be in the way of the next one, is forgotten. */
export async function endStory(server: ServerStage) {
  const left = { servers: await namesOf(null), parts: await allParts() };
  await freshLab();
  for (const account of ["lab", "lab-az1", "lab-public"]) {
    await server.call(z.unknown(), `POST /v1/accounts/${account}/check`);
  }
  await forgetBlocks(server);
  return left;
}

export async function forgetBlocks(server: ServerStage): Promise<void> {
  const { blocks } = await server.call(BlockList, "GET /v1/blocks");
  for (const { account, realm, size, reason } of blocks) {
    await server.ask(`DELETE /v1/blocks?${new URLSearchParams({ account, realm, size, reason }).toString()}`);
  }
}

export const NOTHING = { servers: [], parts: [] };

/** Instances whose servers Nova shows; null: of whatever deployment. */
export async function namesOf(deployment: string | null): Promise<readonly string[]> {
  const servers = await allServers();
  const of = servers.filter(
    ({ metadata = {} }) => deployment === null || metadata["slipway-deployment"] === deployment,
  );
  return of.map(({ name, metadata = {} }) => metadata["slipway-instance"] ?? name ?? "").toSorted();
}
