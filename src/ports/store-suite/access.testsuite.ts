import { UNLIMITED } from "../../core/market/amount.ts";
import { expect, test } from "vitest";
import type { Group, User } from "../../core/people/grants.ts";
import { SAMPLE_TIME, samplePool, sampleToken } from "../store.samples.ts";
import type { Stage } from "./stage.testsuite.ts";

const ADA: User = {
  name: "ada",
  enabled: true,
  groups: [],
  subject: null,
  claims: [],
  grants: [],
  limit: UNLIMITED,
  createdAt: SAMPLE_TIME,
};
const CREW: Group = {
  name: "crew",
  claim: null,
  grants: [{ role: "operator", pool: "web" }],
  createdAt: SAMPLE_TIME,
};
const MINUTE_MS = 60_000;

export function accessSuite(stage: Stage): void {
  test("tokens are put, replaced and deleted by name, with whose they are and when they end", async () => {
    const { store } = stage;
    await store.write(async (tx) => {
      await tx.putPool(samplePool({ name: "web", members: [] }));
      await tx.putUser(ADA);
    });
    const end = { expiresAt: SAMPLE_TIME + 7, lastUsedAt: SAMPLE_TIME + 6 };
    const ada = sampleToken({ ...end, owner: "ada", pool: "web", createdBy: "root" });
    const bob = sampleToken({ name: "bob", hash: "cd".repeat(32), role: "viewer" });
    await store.write((tx) => tx.putToken(ada));
    await store.write((tx) => tx.putToken(bob));
    const changed = { ...ada, role: "launcher", pool: null, createdAt: SAMPLE_TIME + 1 } as const;
    expect(await store.read((tx) => tx.tokens())).toEqual([ada, bob]);
    await store.write((tx) => tx.putToken(changed));
    expect(await store.read((tx) => tx.tokens())).toEqual([changed, bob]);
    const access = await store.read(async (tx) => ({ ...(await tx.access()), at: await tx.now() }));
    expect(access.tokens).toEqual([changed, bob]);
    expect(access.now).toBeLessThanOrEqual(access.at);
    await store.write((tx) => tx.deleteToken("ada"));
    expect(await store.read((tx) => tx.tokens())).toEqual([bob]);
    expect((await store.read((tx) => tx.access())).tokens).toEqual([bob]);
  });

  test("the use of a token is noted once a minute", async () => {
    const { store } = stage;
    const now = await store.read((tx) => tx.now());
    const [fresh, late, never] = [
      sampleToken({ name: "fresh", hash: "1", lastUsedAt: now - 1_000 }),
      sampleToken({ name: "late", hash: "2", lastUsedAt: now - 2 * MINUTE_MS }),
      sampleToken({ name: "never", hash: "3" }),
    ];
    await store.write(async (tx) => {
      for (const token of [fresh, late, never]) await tx.putToken(token);
    });
    for (const { hash } of [fresh, late, never, { hash: "nobody's" }]) await store.write((tx) => tx.useToken(hash));
    const used = new Map(
      (await store.read((tx) => tx.tokens())).map(({ name, lastUsedAt }) => [name, lastUsedAt ?? 0]),
    );
    expect(used.get("fresh")).toBe(now - 1_000);
    expect(used.get("late")).toBeGreaterThanOrEqual(now);
    expect(used.get("never")).toBeGreaterThanOrEqual(now);
  });

  test("users and groups are put, replaced and deleted with what they hold", async () => {
    const { store } = stage;
    const grants = [
      { role: "viewer", pool: null },
      { role: "admin", pool: "default" },
    ] as const;
    await store.write(async (tx) => {
      await tx.putPool(samplePool({ name: "web", members: [] }));
      await tx.putGroup(CREW);
      await tx.putGroup({ ...CREW, name: "none", grants: [] });
      await tx.putUser({ ...ADA, groups: ["crew", "none"], grants });
      await tx.putUser({ ...ADA, name: "bob", groups: ["crew"] });
    });
    const first = await store.read((tx) => tx.access());
    expect(first.users).toEqual([
      { ...ADA, groups: ["crew", "none"], grants },
      { ...ADA, name: "bob", groups: ["crew"] },
    ]);
    expect(first.groups).toEqual([CREW, { ...CREW, name: "none", grants: [] }]);
    await store.write(async (tx) => {
      await tx.putUser({ ...ADA, enabled: false, groups: ["crew"], subject: "https://id a", claims: ["ops", "dev"] });
      await tx.putGroup({ ...CREW, claim: "ops", grants: [...CREW.grants, { role: "viewer", pool: "web" }] });
    });
    const second = await store.read((tx) => tx.access());
    expect(second.users[0]).toEqual({
      ...ADA,
      enabled: false,
      groups: ["crew"],
      subject: "https://id a",
      claims: ["ops", "dev"],
    });
    expect(second.groups[0]).toMatchObject({ claim: "ops", grants: [{}, {}] });
    expect(await store.write((tx) => tx.lockAccess())).toMatchObject({ users: second.users, groups: second.groups });
    await store.write((tx) => tx.deleteGroup("crew"));
    await store.write((tx) => tx.deleteUser("bob"));
    const last = await store.read((tx) => tx.access());
    expect(last.users).toEqual([{ ...ADA, enabled: false, subject: "https://id a", claims: ["ops", "dev"] }]);
    expect(last.groups.map(({ name }) => name)).toEqual(["none"]);
  });

  test("with a user go their tokens, with a pool the grants and tokens in it, and nobody else's", async () => {
    const { store } = stage;
    await store.write(async (tx) => {
      await tx.putPool(samplePool({ name: "web", members: [] }));
      await tx.putGroup({ ...CREW, grants: [{ role: "viewer", pool: null }, ...CREW.grants] });
      await tx.putUser({ ...ADA, grants: [{ role: "admin", pool: "web" }] });
      await tx.putUser({ ...ADA, name: "bob" });
      await tx.putToken(sampleToken({ name: "adas", hash: "1", owner: "ada" }));
      await tx.putToken(sampleToken({ name: "bobs", hash: "2", owner: "bob" }));
      await tx.putToken(sampleToken({ name: "webs", hash: "3", pool: "web" }));
      await tx.putToken(sampleToken({ name: "free", hash: "4" }));
    });
    await store.write((tx) => tx.deletePool("web"));
    const poolless = await store.read((tx) => tx.access());
    expect(poolless.groups).toEqual([{ ...CREW, grants: [{ role: "viewer", pool: null }] }]);
    expect(poolless.users.map(({ grants }) => grants)).toEqual([[], []]);
    expect(poolless.tokens.map(({ name }) => name)).toEqual(["adas", "bobs", "free"]);
    await store.write((tx) => tx.deleteUser("ada"));
    expect((await store.read((tx) => tx.tokens())).map(({ name }) => name)).toEqual(["bobs", "free"]);
  });

  test("of one token no more is read than decides what it counts for", async () => {
    const { store } = stage;
    await store.write(async (tx) => {
      await tx.putPool(samplePool({ name: "web", members: [] }));
      await tx.putGroup(CREW);
      await tx.putGroup({ ...CREW, name: "ops", claim: "operations" });
      await tx.putGroup({ ...CREW, name: "others", claim: "else" });
      await tx.putUser({ ...ADA, groups: ["crew", "gone"], claims: ["operations"] });
      await tx.putUser({ ...ADA, name: "bob", groups: ["others"] });
      await tx.putToken(sampleToken({ name: "adas", hash: "1", owner: "ada" }));
      await tx.putToken(sampleToken({ name: "bobs", hash: "2", owner: "bob" }));
      await tx.putToken(sampleToken({ name: "free", hash: "3" }));
      const now = await tx.now();
      await tx.endSession("first", now + 3_600_000);
      await tx.endSession("second", now + 3_600_000);
    });
    const seen = async (hash: string, session: string | null) => {
      const { tokens, users, groups, endedSessions } = await store.read((tx) => tx.accessOf({ hash, session }));
      return [tokens, users, groups].map((rows) => rows.map(({ name }) => name)).concat([[...endedSessions]]);
    };
    expect(await seen("1", null)).toEqual([["adas"], ["ada"], ["crew", "ops"], []]);
    expect(await seen("2", "second")).toEqual([["bobs"], ["bob"], ["others"], ["second"]]);
    expect(await seen("3", "third")).toEqual([["free"], [], [], []]);
    expect(await seen("4", "first")).toEqual([[], [], [], ["first"]]);
    const [all, one] = await store.read(async (tx) => [
      await tx.access(),
      await tx.accessOf({ hash: "1", session: null }),
    ]);
    expect([one?.tokens[0], one?.users[0]]).toEqual([all?.tokens[0], all?.users[0]]);
  });

  test("sessions that were ended are known until their time is over", async () => {
    const { store } = stage;
    const now = await store.read((tx) => tx.now());
    expect(await store.read(async (tx) => (await tx.access()).endedSessions)).toEqual(new Set());
    await store.write((tx) => tx.endSession("over", now - 1));
    await store.write((tx) => tx.endSession("first", now + 3_600_000));
    expect(await store.read(async (tx) => (await tx.access()).endedSessions)).toEqual(new Set(["first"]));
    await store.write((tx) => tx.endSession("first", now + 3_600_000));
    await store.write((tx) => tx.endSession("second", now + 3_600_000));
    expect(await store.read(async (tx) => (await tx.access()).endedSessions)).toEqual(new Set(["first", "second"]));
  });
}
