// What a tenant can do, on either way.

import { describe, expect, test } from "vitest";
import { type CloudErrorCode, type CreateRequest, type Operation, OPERATIONS } from "./cloud-api.ts";
import { plainCloud } from "./presets.ts";
import type { CloudSettings } from "./settings.ts";
import { ACCESS, MEDIUM, refusal, stagesBy, WAYS } from "./ways.testsuite.ts";

describe.each(WAYS)("%s", (_, way) => {
  const cloudWith = stagesBy(way);

  describe("machines", () => {
    test("a machine comes to run and goes for good", async () => {
      const { clock, api } = await cloudWith({
        boot: { kind: "fixed", ms: 3000 },
        removal: { kind: "fixed", ms: 1000 },
      });
      const labels = { owner: "us" };
      const made = await api.create({ ...MEDIUM, labels, userData: "#!/bin/sh" });
      expect(made).toMatchObject({ ...MEDIUM, labels, state: "pending", privateAddress: null, createdAt: 1_000_000 });
      await clock.advance(2999);
      expect((await api.get(made.id)).state).toBe("pending");
      await clock.advance(1);
      const running = await api.get(made.id);
      expect(running).toMatchObject({ state: "running", fault: null });
      expect(running.privateAddress).toMatch(/^10\.\d+\.\d+\.\d+$/);
      expect(await api.console(made.id)).toContain("login:");
      expect((await api.remove(made.id)).state).toBe("stopping");
      expect((await api.remove(made.id)).state).toBe("stopping");
      await clock.advance(1000);
      await expect(api.get(made.id)).rejects.toMatchObject(refusal("not_found"));
      await expect(api.remove(made.id)).rejects.toMatchObject(refusal("not_found"));
    });

    test("stop and start", async () => {
      const { api } = await cloudWith();
      const { id } = await api.create(MEDIUM);
      await api.stop(id);
      expect((await api.get(id)).state).toBe("stopped");
      expect((await api.start(id)).state).toBe("pending");
      expect((await api.get(id)).state).toBe("running");
      expect((await api.start(id)).state).toBe("running");
    });

    test("services answer a while after the machine runs, and only then", async () => {
      const { clock, api } = await cloudWith({ serviceDelay: { kind: "fixed", ms: 500 } });
      const { id } = await api.create(MEDIUM);
      expect(await api.probe(id, { kind: "tcp", port: 22 })).toBe("closed");
      await clock.advance(500);
      expect(await api.probe(id, { kind: "tcp", port: 22 })).toBe("open");
      expect(await api.probe(id, { kind: "http", port: 80, path: "/health" })).toBe(200);
      await api.stop(id);
      expect(await api.probe(id, { kind: "tcp", port: 22 })).toBe("closed");
    });

    test("the description has sizes, images, limits and what is used", async () => {
      const limit = { instances: 5, cpu: null, memoryMib: null };
      const { api } = await cloudWith({
        tenants: [{ name: "plain", key: "plain-key", quota: limit }],
        visibilityMs: 9,
      });
      await api.create(MEDIUM);
      expect(await api.describe()).toMatchObject({
        cloud: "plain",
        realms: [{ name: "plain-a", images: ["debian-12", "postgres-16", "nginx-1"] }],
        quota: { limit, used: { instances: 1, cpu: 2, memoryMib: 4096 } },
        traits: { twoStep: false, visibilityMs: 9, uniqueNames: false, tokens: true },
      });
      const { sizes } = await api.describe();
      expect(sizes[0]).toEqual({
        name: "small",
        cpu: 1,
        memoryMib: 2048,
        storageGib: 20,
        architecture: "x86_64",
        accelerators: 0,
        hourlyPrice: 0.02,
      });
    });

    test("other tenants' machines are not there", async () => {
      const { api, operator } = await cloudWith({
        tenants: [
          { name: "plain", key: "plain-key" },
          { name: "other", key: "other-key" },
        ],
      });
      const { id } = operator.plant("other", MEDIUM);
      await expect(api.remove(id)).rejects.toMatchObject(refusal("not_found"));
      expect((await api.list({})).machines).toEqual([]);
    });
  });

  describe("lists", () => {
    test("pages together are everything, once, in order of age", async () => {
      const { api } = await cloudWith({ pageSize: 2 });
      for (const name of ["a", "b", "c", "d", "e"]) await api.create({ ...MEDIUM, size: "small", name });
      const names: string[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const page = await api.list(cursor === "" ? {} : { cursor });
        expect(page.machines.length).toBeLessThanOrEqual(2);
        names.push(...page.machines.map(({ name }) => name));
        cursor = page.next;
      }
      expect(names).toEqual(["a", "b", "c", "d", "e"]);
      await expect(api.list({ cursor: "nonsense" })).rejects.toMatchObject(refusal("invalid_request"));
    });

    test("labels choose", async () => {
      const { api } = await cloudWith();
      await api.create({ ...MEDIUM, labels: { owner: "us=&?", tier: "db" } });
      await api.create({ ...MEDIUM, name: "web", labels: { owner: "us=&?" } });
      await api.create({ ...MEDIUM, name: "foreign" });
      const names = async (labels: Record<string, string>) =>
        (await api.list({ labels })).machines.map(({ name }) => name);
      expect(await names({ owner: "us=&?" })).toEqual(["db", "web"]);
      expect(await names({ owner: "us=&?", tier: "db" })).toEqual(["db"]);
      expect(await names({ owner: "them" })).toEqual([]);
    });

    test("a new machine shows late, a dead one lingers", async () => {
      const { clock, api } = await cloudWith({ visibilityMs: 2000, lingerMs: 5000 });
      const { id } = await api.create(MEDIUM);
      expect((await api.get(id)).state).toBe("running");
      await clock.advance(1999);
      expect((await api.list({})).machines).toEqual([]);
      expect(await api.findByName("db")).toEqual([]);
      await clock.advance(1);
      expect((await api.list({})).machines).toMatchObject([{ id }]);
      expect(await api.findByName("db")).toMatchObject([{ id }]);
      await api.remove(id);
      await clock.advance(4999);
      expect((await api.list({})).machines).toMatchObject([{ id, state: "terminated" }]);
      expect(await api.get(id)).toMatchObject({ state: "terminated" });
      await clock.advance(1);
      expect((await api.list({})).machines).toEqual([]);
      await expect(api.get(id)).rejects.toMatchObject(refusal("not_found"));
    });
  });

  describe("refusals", () => {
    test("a full host takes no more until something goes", async () => {
      const host = { cpu: 4, memoryMib: 65_536, storageGib: 1000 };
      const { api } = await cloudWith({ realms: [{ name: "plain-a", images: ["debian-12"], hosts: [host] }] });
      const first = await api.create(MEDIUM);
      await api.create(MEDIUM);
      await expect(api.create(MEDIUM)).rejects.toMatchObject(refusal("insufficient_capacity"));
      await api.remove(first.id);
      await api.create(MEDIUM);
    });

    test("quota counts what exists, and a limit of zero is told apart", async () => {
      const { api, operator } = await cloudWith();
      const limit = { instances: null, cpu: 3, memoryMib: null };
      operator.setQuota("plain", limit);
      await api.create(MEDIUM);
      await expect(api.create(MEDIUM)).rejects.toMatchObject(refusal("quota_exceeded"));
      await api.create({ ...MEDIUM, size: "small" });
      operator.setQuota("plain", { ...limit, instances: 0 });
      await expect(api.create(MEDIUM)).rejects.toMatchObject(refusal("quota_zero"));
    });

    test("too many calls are told how long to wait, and no longer", async () => {
      const { clock, api } = await cloudWith({
        tenants: [{ name: "plain", key: "plain-key", throttle: { burst: 2, perSecond: 3 } }],
      });
      await api.describe();
      await api.describe();
      await expect(api.describe()).rejects.toMatchObject({ ...refusal("throttled"), retryAfterMs: 334 });
      await clock.advance(333);
      await expect(api.describe()).rejects.toMatchObject(refusal("throttled"));
      await clock.advance(1);
      await api.describe();
    });

    test.each([
      { ...ACCESS, key: "wrong" },
      { ...ACCESS, tenant: "nobody" },
    ])("a wrong key opens nothing (%o)", async (access) => {
      const { api } = await cloudWith({}, access);
      await expect(api.describe()).rejects.toMatchObject(refusal("wrong_key"));
      await expect(api.create(MEDIUM)).rejects.toMatchObject(refusal("wrong_key"));
    });

    test("a suspended account and a cloud that is out refuse everything, and machines run on", async () => {
      const { api, operator } = await cloudWith();
      const { id } = await api.create(MEDIUM);
      operator.setSuspended("plain", true);
      await expect(api.get(id)).rejects.toMatchObject(refusal("account_suspended"));
      operator.setSuspended("plain", false);
      operator.setOutage(true);
      await expect(api.get(id)).rejects.toMatchObject(refusal("unavailable"));
      operator.setOutage(false);
      expect((await api.get(id)).state).toBe("running");
    });

    test.each<[CloudErrorCode, Partial<CreateRequest>]>([
      ["invalid_request", { name: "" }],
      ["invalid_realm", { realm: "nowhere" }],
      ["invalid_size", { size: "huge" }],
      ["image_not_found", { image: "windows-3" }],
      ["invalid_user_data", { userData: "x".repeat(16_385) }],
    ])("%s", async (code, change) => {
      const { api, datacentre } = await cloudWith();
      await expect(api.create({ ...MEDIUM, ...change })).rejects.toMatchObject(refusal(code));
      expect(datacentre.billing.entries()).toEqual([]);
    });

    test("names are unique where the cloud says so, seen or not", async () => {
      const { api } = await cloudWith({ uniqueNames: true, visibilityMs: 60_000 });
      const { id } = await api.create(MEDIUM);
      await expect(api.create(MEDIUM)).rejects.toMatchObject(refusal("name_taken"));
      await api.remove(id);
      await api.create(MEDIUM);
    });

    test.each(OPERATIONS)("any refusal can be scripted on %s", async (operation) => {
      const { api, operator } = await cloudWith({ pushes: true, sessions: { lifeMs: 1000 } });
      const { id } = await api.create(MEDIUM);
      await api.importKey({ name: "mine", publicKey: "ssh-ed25519 AAAA" });
      const { id: part } = await api.createPart({ kind: "volume", name: "v", realm: "plain-a", sizeGib: 1 });
      operator.addFaults([{ on: operation, do: { kind: "refuse", code: "unexplained", message: "because" } }]);
      const calls: Record<Operation, () => Promise<unknown>> = {
        login: () => api.login(),
        logout: () => api.logout("over"),
        describe: () => api.describe(),
        create: () => api.create(MEDIUM),
        get: () => api.get(id),
        findByName: () => api.findByName("db"),
        list: () => api.list({}),
        start: () => api.start(id),
        stop: () => api.stop(id),
        reboot: () => api.reboot(id),
        remove: () => api.remove(id),
        console: () => api.console(id),
        probe: () => api.probe(id, { kind: "tcp", port: 22 }),
        traits: () => api.traits(),
        realms: () => api.realms(),
        createPart: () => api.createPart({ kind: "port", name: "p", realm: "plain-a" }),
        getPart: () => api.getPart(part),
        listParts: () => api.listParts({}),
        attachPart: () => api.attachPart(part, id),
        detachPart: () => api.detachPart(part),
        removePart: () => api.removePart(part),
        getOperation: () => api.getOperation(`plain-op-0001`),
        listOperations: () => api.listOperations({}),
        things: () => api.things(),
        importKey: () => api.importKey({ name: "new", publicKey: "ssh-ed25519 AAAA" }),
        removeKey: () => api.removeKey("mine"),
        getMany: () => api.getMany([id]),
        changes: () => api.changes({}),
        watch: () => api.watch({}),
        usage: () => api.usage(),
        sizes: () => api.sizes({}),
        images: () => api.images({}),
      };
      await expect(calls[operation]()).rejects.toMatchObject({ ...refusal("unexplained"), message: "because" });
      await calls[operation]();
    });
  });

  describe("tokens", () => {
    const asked = { ...MEDIUM, token: "t-1" };

    test("the same token with the same request is the same machine, with another request a mismatch", async () => {
      const { api, datacentre } = await cloudWith();
      const first = await api.create({ ...asked, labels: { a: "1", b: "2" } });
      expect((await api.create({ ...asked, labels: { b: "2", a: "1" } })).id).toBe(first.id);
      await expect(api.create({ ...asked, size: "small" })).rejects.toMatchObject(refusal("token_mismatch"));
      expect(datacentre.billing.aliveNow()).toHaveLength(1);
    });

    test("where tokens are off, or count per realm, the same token makes a second machine", async () => {
      const off = await cloudWith({ tokens: "off" });
      await off.api.create(asked);
      await off.api.create(asked);
      expect(off.datacentre.billing.aliveNow()).toHaveLength(2);

      const [realm] = plainCloud().realms;
      if (realm === undefined) throw new Error("the plain cloud has a realm");
      const regional = await cloudWith({ tokens: "realm", realms: [realm, { ...realm, name: "plain-b" }] });
      await regional.api.create(asked);
      await regional.api.create({ ...asked, realm: "plain-b" });
      await regional.api.create({ ...asked, realm: "plain-b" });
      expect(regional.datacentre.billing.aliveNow()).toHaveLength(2);
    });
  });

  describe("two-step start", () => {
    const twoStep: Partial<CloudSettings> = {
      twoStep: true,
      imageCopy: { kind: "fixed", ms: 1000 },
      boot: { kind: "fixed", ms: 500 },
      realms: [{ name: "plain-a", images: ["debian-12"], hosts: [{ cpu: 2, memoryMib: 4096, storageGib: 99 }] }],
    };

    test("pending while the image is locked, then stopped until it is started", async () => {
      const { clock, api } = await cloudWith(twoStep);
      const { id } = await api.create(MEDIUM);
      await expect(api.start(id)).rejects.toMatchObject(refusal("locked"));
      await clock.advance(1000);
      expect((await api.get(id)).state).toBe("stopped");
      expect((await api.start(id)).state).toBe("pending");
      expect((await api.start(id)).state).toBe("pending");
      await clock.advance(500);
      expect((await api.get(id)).state).toBe("running");
    });

    test("room is asked for at the start, and given back by a stop", async () => {
      const { clock, api } = await cloudWith(twoStep);
      const [first, second] = [await api.create(MEDIUM), await api.create(MEDIUM)];
      await clock.advance(1000);
      await api.start(first.id);
      await expect(api.start(second.id)).rejects.toMatchObject(refusal("insufficient_capacity"));
      expect((await api.get(second.id)).state).toBe("stopped");
      await api.stop(first.id);
      await clock.advance(0);
      await api.start(second.id);
      await clock.advance(500);
      expect((await api.get(second.id)).state).toBe("running");
    });
  });

  describe("lost and lying answers", () => {
    test("a lost answer is a machine all the same; a lost request is none", async () => {
      const { api, operator, datacentre } = await cloudWith();
      operator.addFaults([
        { on: "create", do: { kind: "lose_request" } },
        { on: "create", do: { kind: "lose_answer" } },
      ]);
      await expect(api.create(MEDIUM)).rejects.toMatchObject({ name: "LostAnswer" });
      expect(datacentre.billing.aliveNow()).toHaveLength(0);
      await expect(api.create(MEDIUM)).rejects.toMatchObject({ name: "LostAnswer" });
      expect(datacentre.billing.aliveNow()).toHaveLength(1);
      expect(await api.findByName("db")).toHaveLength(1);
    });

    test("an error that did it all the same", async () => {
      const { api, operator } = await cloudWith();
      operator.addFaults([{ on: "create", do: { kind: "error_but_done", message: "but made it" } }]);
      await expect(api.create(MEDIUM)).rejects.toMatchObject({ ...refusal("unavailable"), message: "but made it" });
      expect(await api.findByName("db")).toHaveLength(1);
    });

    test("a partial list says what is missing", async () => {
      const { api, operator } = await cloudWith();
      await api.create(MEDIUM);
      operator.addFaults([{ on: "list", do: { kind: "list_partial", realms: ["plain-a"] } }]);
      expect(await api.list({})).toEqual({ machines: [], next: null, unreachableRealms: ["plain-a"] });
      expect((await api.list({})).machines).toHaveLength(1);
    });
  });

  test("an abort rejects with its reason", async () => {
    const { api } = await cloudWith();
    const reason = new Error("changed my mind");
    await expect(api.describe(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
