// Everything that runs in a crash run: the datacentre, the database, the processes of Slipway; and how each episode is played.

import { rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { CloudSettings } from "../../datacentre/src/settings.ts";
import { About } from "../../src/contract/operation.ts";
import { type Child, freePort } from "../stage/child.ts";
import { startDatacentre, type DatacentreStage } from "../stage/datacentre.ts";
import { until } from "../stage/poll.ts";
import { freshHome, type ServerStage, startServer } from "../stage/server.ts";
import { type Client, clientOf, pause } from "./client.ts";
import { CLOUDS, WITH_SHORT_CLOUDS } from "./clouds.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { type Member, memberOf } from "./member.ts";
import type { Database, Episode, MemberName } from "./plan.ts";

export interface Stack {
  readonly database: Database;
  readonly client: Client;
  readonly datacentre: DatacentreStage;
  readonly installation: string;
  readonly crew: ReadonlyMap<MemberName, Member>;
  /** Resolves when the next episode may begin; a long pause goes on meanwhile. */
  play(episode: Episode): Promise<void>;
  /** Waits for what still goes on. */
  calm(): Promise<void>;
  /** By the name of who wrote it. */
  logs(): ReadonlyMap<string, string>;
  oddities(): readonly string[];
  dispose(): Promise<void>;
}

/** A pause up to here is waited for. */
const LONG_MS = 6_000;
const START_MS = 120_000;

export interface StackOptions {
  readonly database: Database;
  /** Of the datacentre. */
  readonly seed: string;
  readonly clouds?: readonly CloudSettings[];
  /** A database on somebody else's server, which is not killed. */
  readonly databaseUrl?: string;
}

export async function startStack({ database, seed, clouds = CLOUDS, databaseUrl }: StackOptions): Promise<Stack> {
  const home = freshHome();
  const cluster = database === "postgres" && databaseUrl === undefined ? await startCluster() : null;
  const url = databaseUrl ?? (await cluster?.freshDatabase("slipway"));
  const datacentre = await startDatacentre(clouds, seed);
  const env = {
    SLIPWAY_LOG: "debug",
    ...WITH_SHORT_CLOUDS,
    ...(url === undefined ? {} : { DATABASE_URL: url, SLIPWAY_KEY: randomBytes(32).toString("base64") }),
  };
  const server = await startServer({ home, env, port: await freePort() });
  const names = clouds.map(({ name }) => name);
  await server.addAccounts(datacentre, names);
  // Equals, so that launches go to all of them.
  const members = names.map((account) => ({ account }));
  await server.call(z.unknown(), "PATCH /v1/pools/default", { members });
  const { installation } = await server.call(About, "GET /v1/about");
  const crew = await startCrew(database, server, env);
  const client = clientOf(server.url, server.token);
  const { play, calm } = playing(crew, cluster);
  const all = [...crew.values()];
  return {
    database,
    client,
    datacentre,
    installation,
    crew,
    play,
    calm,
    logs: () =>
      new Map([
        ...all.map((member) => [member.name, member.output()] as const),
        ...(cluster === null ? [] : [["postgres", cluster.output()] as const]),
      ]),
    oddities: () => all.flatMap((member) => member.oddities()),
    async dispose() {
      await calm();
      await Promise.all(all.map((member) => member.end()));
      await datacentre.stop();
      await cluster?.dispose();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function startCrew(database: Database, server: ServerStage, env: NodeJS.ProcessEnv): Promise<Stack["crew"]> {
  const isReady = async (): Promise<true | null> => {
    const reply = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    return reply?.ok === true ? true : null;
  };
  const serving = (child: Child) =>
    until(isReady, { deadlineMs: START_MS, otherwise: () => `serve is not ready:\n${child.output().slice(-2_000)}` });
  const working = (child: Child) => child.printed(/working on/);
  const crew = new Map<MemberName, Member>([
    ["serve", memberOf({ name: "serve", command: "serve", env: server.env, works: serving, child: server.child })],
  ]);
  if (database === "embedded") return crew;
  for (const name of ["work-1", "work-2"] as const) {
    const worker = memberOf({ name, command: "work", env, works: working });
    crew.set(name, worker);
    await worker.start();
  }
  return crew;
}

function playing(crew: Stack["crew"], cluster: Cluster | null): Pick<Stack, "play" | "calm"> {
  /** Long pauses under way. */
  const asleep = new Map<Member, Promise<void>>();
  const named = async (name: MemberName): Promise<Member> => {
    const member = crew.get(name);
    if (member === undefined) throw new Error(`nobody is called ${name}`);
    await asleep.get(member);
    return member;
  };
  const calm = async (): Promise<void> => void (await Promise.all(asleep.values()));
  const play = async (episode: Episode): Promise<void> => {
    switch (episode.kind) {
      case "kill": {
        const member = await named(episode.member);
        await member.kill();
        await pause(episode.downMs);
        return member.start();
      }
      case "kill_twice": {
        const member = await named(episode.member);
        await member.kill();
        await member.startAndKill(episode.afterMs);
        return member.start();
      }
      case "kill_all": {
        await calm();
        const all = [...crew.values()];
        await Promise.all(all.map((member) => member.kill()));
        await pause(episode.downMs);
        return void (await Promise.all(all.map((member) => member.start())));
      }
      case "pause": {
        const member = await named(episode.member);
        const nap = sleepOf(member, episode.forMs).finally(() => asleep.delete(member));
        asleep.set(member, nap);
        return episode.forMs > LONG_MS && crew.size > 1 ? undefined : nap;
      }
      case "pause_kill": {
        const member = await named(episode.member);
        member.stand();
        await pause(episode.forMs);
        await member.kill();
        return member.start();
      }
      case "end": {
        const member = await named(episode.member);
        await member.end();
        return member.start();
      }
      case "database":
        await cluster?.stop(episode.how);
        await pause(episode.downMs);
        return cluster?.start();
      case "database_pause":
        cluster?.stand();
        await pause(episode.forMs);
        return cluster?.go();
    }
  };
  return { play, calm };
}

async function sleepOf(member: Member, forMs: number): Promise<void> {
  member.stand();
  await pause(forMs);
  member.go();
}
