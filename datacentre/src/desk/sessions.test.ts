// Sessions, on either way.

import { describe, expect, test } from "vitest";
import { connectOverHttp } from "../client.ts";
import { createDatacentre } from "../datacentre.ts";
import { plainCloud } from "../presets.ts";
import { serveDatacentre } from "../server.ts";
import type { CloudSettings } from "../settings.ts";
import type { TenantApi } from "../tenant-api.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { ACCESS, MEDIUM, refusal, type Stage, stagesBy, WAYS } from "../ways.testsuite.ts";

const MINUTE: Partial<CloudSettings> = { sessions: { lifeMs: 60_000, isRequired: true } };

describe.each(WAYS)("%s: sessions", (_, way) => {
  const cloudWith = stagesBy(way);

  /** Logs in by the key and goes on with what that gave. */
  async function loggedIn({ api, reach }: Stage): Promise<{ readonly token: string; readonly api: TenantApi }> {
    const { token } = await api.login();
    return { token, api: await reach({ session: token, lostAnswers: "reject" }) };
  }

  test("where they are needed, the key is for logging in only; logins and calls are counted", async () => {
    const stage = await cloudWith(MINUTE);
    await expect(stage.api.list({})).rejects.toMatchObject({
      ...refusal("wrong_key"),
      message: "The key is for logging in only",
    });
    const { api } = await loggedIn(stage);
    expect((await api.traits()).needsLogin).toBe(true);
    const { id } = await api.create(MEDIUM);
    await api.get(id);
    await api.get(id);
    expect(stage.operator.snapshot().tenants).toMatchObject([
      { logins: 1, sessions: 1, calls: { login: 1, traits: 1, create: 1, get: 2 } },
    ]);
  });

  test("elsewhere either will do, and where there are none, nobody logs in", async () => {
    const stage = await cloudWith({ sessions: { lifeMs: 1000 } });
    await stage.api.list({});
    const { api } = await loggedIn(stage);
    await api.list({});
    expect((await api.traits()).needsLogin).toBe(false);
    await expect((await cloudWith()).api.login()).rejects.toMatchObject(refusal("invalid_request"));
  });

  test("one that is over is refused before anything is done, and another login helps", async () => {
    const stage = await cloudWith(MINUTE);
    const first = await loggedIn(stage);
    await stage.clock.advance(59_999);
    await first.api.list({});
    await stage.clock.advance(1);
    await expect(first.api.create(MEDIUM)).rejects.toMatchObject(refusal("session_expired"));
    expect(stage.datacentre.billing.entries()).toEqual([]);
    const second = await loggedIn(stage);
    await second.api.create(MEDIUM);
    expect(second.token).not.toBe(first.token);
    expect(stage.operator.snapshot().tenants[0]).toMatchObject({ logins: 2, sessions: 1 });
    const nobody = await stage.reach({ session: "made-up", lostAnswers: "reject" });
    await expect(nobody.list({})).rejects.toMatchObject(refusal("session_expired"));
  });

  test("use may begin its time anew, as at oVirt", async () => {
    const stage = await cloudWith({ sessions: { lifeMs: 60_000, renewedByUse: true } });
    const { api } = await loggedIn(stage);
    for (let minute = 0; minute < 5; minute++) {
      await stage.clock.advance(59_999);
      await api.list({});
    }
    await stage.clock.advance(60_000);
    await expect(api.list({})).rejects.toMatchObject(refusal("session_expired"));
  });

  test("they end by a logout, and by the owner's hand; as many are open as the cloud allows", async () => {
    const stage = await cloudWith({ sessions: { lifeMs: 60_000, most: 2 } });
    const [first, second] = [await loggedIn(stage), await loggedIn(stage)];
    await expect(stage.api.login()).rejects.toMatchObject({
      ...refusal("forbidden"),
      message: "2 sessions are open already",
    });
    await first.api.logout(first.token);
    await expect(first.api.list({})).rejects.toMatchObject(refusal("session_expired"));
    await stage.api.logout(first.token);
    const third = await loggedIn(stage);
    stage.operator.expireSessions("plain");
    for (const { api } of [second, third]) await expect(api.list({})).rejects.toMatchObject(refusal("session_expired"));
    expect(() => stage.operator.expireSessions("nobody")).toThrow("No tenant nobody");
  });

  test("one may expire in the middle of a work of several calls", async () => {
    const stage = await cloudWith(MINUTE);
    stage.operator.addFaults([{ on: "createPart", when: { nth: 2 }, do: { kind: "expire_session" } }]);
    const { api } = await loggedIn(stage);
    const machine = await api.create(MEDIUM);
    await api.createPart({ kind: "volume", name: "v", realm: "plain-a", sizeGib: 1, machine: machine.id });
    const address = { kind: "address", name: "a", realm: "plain-a", machine: machine.id } as const;
    await expect(api.createPart(address)).rejects.toMatchObject(refusal("session_expired"));
    await expect(api.get(machine.id)).rejects.toMatchObject(refusal("session_expired"));
    expect(stage.operator.snapshot().parts.map(({ kind }) => kind)).toEqual(["volume"]);
    await (await loggedIn(stage)).api.createPart(address);
  });
});

test("a session leads to its own cloud, and nobody ends somebody else's", async () => {
  const sessions = { lifeMs: 60_000 };
  const tenants = ["a", "b"].map((name) => ({ name, key: `${name}-key` }));
  const clouds = [plainCloud({ sessions }), plainCloud({ name: "second", tenants, sessions })];
  const datacentre = createDatacentre({ clouds, clock: new VirtualClock() });
  const served = await serveDatacentre(datacentre, { port: 0 });
  const { url } = served;
  try {
    const { token } = await connectOverHttp({ url, tenant: "a", key: "a-key" }).login();
    expect((await connectOverHttp({ url, session: token }).describe()).cloud).toBe("second");
    const stranger = connectOverHttp({ url, tenant: "b", key: "b-key" });
    await expect(stranger.logout(token)).rejects.toMatchObject(refusal("not_found"));
    expect((await datacentre.connect({ session: token }).describe()).cloud).toBe("second");
    expect((await datacentre.connect(ACCESS).describe()).cloud).toBe("plain");
  } finally {
    await served.close();
  }
});
