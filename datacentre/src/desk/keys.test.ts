// Ssh keys that are parts, and ports in networks of their own.
import { describe, expect, test } from "vitest";
import type { PartRequest } from "../tenant-api.ts";
import { MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";

const TEXT = `ssh-ed25519 ${"A".repeat(68)} ops`;
const KEY: PartRequest = { kind: "key", name: "db-key", realm: "plain-a", publicKey: TEXT };

describe.each(WAYS)("%s: keys as parts", (_, way) => {
  const cloudWith = stagesBy(way);

  test("a key is brought before its machine, is its part, and stays when it goes", async () => {
    const { api } = await cloudWith({ parts: { keys: true } });
    expect((await api.traits()).parts.keys).toBe(true);
    const key = await api.createPart(KEY);
    expect(key).toMatchObject({ kind: "key", publicKey: TEXT, stays: true, machine: null });
    const machine = await api.create({ ...MEDIUM, sshKey: "db-key", parts: [{ id: key.id }] });
    expect(machine).toMatchObject({ sshKey: "db-key", parts: [key.id] });
    await expect(api.removePart(key.id)).rejects.toMatchObject(refusal("in_use"));
    await api.remove(machine.id);
    expect((await api.listParts({ isLone: true })).parts).toMatchObject([{ id: key.id }]);
    await api.removePart(key.id);
    await expect(api.create({ ...MEDIUM, sshKey: "db-key" })).rejects.toMatchObject(refusal("invalid_reference"));
  });

  test("a name is taken once, by whichever kind of key, and their number is limited", async () => {
    const { api, operator } = await cloudWith({ parts: { keys: true } });
    await api.importKey({ name: "ops", publicKey: TEXT });
    await expect(api.createPart({ ...KEY, name: "ops" })).rejects.toMatchObject(refusal("name_taken"));
    await api.createPart(KEY);
    await expect(api.createPart(KEY)).rejects.toMatchObject(refusal("name_taken"));
    operator.setQuota("plain", { keys: 1 });
    await expect(api.createPart({ ...KEY, name: "web-key" })).rejects.toMatchObject(refusal("quota_exceeded"));
    expect((await api.usage()).rows).toContainEqual({ dimension: "keys", realm: null, limit: 1, used: 1 });
  });

  test("what is no key is refused, and any key where they are no parts", async () => {
    const { api } = await cloudWith({ parts: { keys: true } });
    const { publicKey: __, ...bare } = KEY;
    for (const wrong of [bare, { ...KEY, publicKey: "rsa" }, { ...KEY, kind: "port" as const }]) {
      await expect(api.createPart(wrong)).rejects.toMatchObject(refusal("invalid_request"));
    }
    const other = await cloudWith();
    await expect(other.api.createPart(KEY)).rejects.toMatchObject(refusal("invalid_request"));
  });

  test("a machine may have ports in several networks, each of which gives an address", async () => {
    const networks = [{ name: "shop", addresses: 1 }, { name: "back" }];
    const { api, operator } = await cloudWith({ networks });
    const parts = networks.map(({ name }) => ({ kind: "port", network: name }) as const);
    const machine = await api.create({ ...MEDIUM, network: "shop", parts });
    const ports = operator.snapshot().parts.map(({ network, machine: of }) => [network, of]);
    expect(ports).toEqual([
      ["shop", machine.id],
      ["back", machine.id],
    ]);
    expect((await api.things()).networks.map(({ freeAddresses }) => freeAddresses)).toEqual([0, null]);
    await expect(api.create({ ...MEDIUM, network: "back", parts })).rejects.toMatchObject(refusal("no_free_address"));
    await expect(
      api.create({ ...MEDIUM, network: "back", parts: [{ kind: "port", network: "nobody" }] }),
    ).rejects.toMatchObject(refusal("invalid_reference"));
    await api.remove(machine.id);
    expect((await api.things()).networks.map(({ freeAddresses }) => freeAddresses)).toEqual([1, null]);
  });
});
