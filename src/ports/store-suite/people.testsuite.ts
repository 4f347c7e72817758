import { UNLIMITED } from "../../core/market/amount.ts";
import { expect, test } from "vitest";
import { accountId } from "../../core/ids.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleBlock,
  sampleMachine,
  samplePool,
  sampleStoredBlueprint,
  SMALL_PROFILE,
} from "../store.samples.ts";
import { StoreConflict } from "../store.ts";
import { change, launchBegun, openAccounts, putMachines, rejection, type Stage } from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");

export function peopleSuite(stage: Stage): void {
  test("a fresh installation has its profiles, an empty pool, and an id of its own", async () => {
    const { store } = stage;
    const common = { architecture: "x86_64", accelerators: 0, acceleratorKind: null };
    const profiles = await store.read((tx) => tx.profiles());
    expect(profiles.toSorted((a, b) => a.cpu - b.cpu)).toEqual([
      { name: "small", cpu: 1, memoryMib: 2048, storageGib: 10, ...common },
      { name: "medium", cpu: 2, memoryMib: 4096, storageGib: 20, ...common },
      { name: "large", cpu: 4, memoryMib: 8192, storageGib: 40, ...common },
      { name: "xlarge", cpu: 8, memoryMib: 16_384, storageGib: 80, ...common },
    ]);
    expect(await store.read((tx) => tx.pools())).toEqual([samplePool({ members: [] })]);
    expect(await store.read((tx) => tx.setting("installation"))).toMatch(/^[a-z0-9]{10}$/);
    expect(await store.read((tx) => tx.accounts())).toEqual([]);
    expect(await store.read((tx) => tx.tokens())).toEqual([]);
    expect(await store.read((tx) => tx.blueprints())).toEqual([]);
  });

  test("an account keeps every field, and is found by name and id", async () => {
    const account = sampleAccount({
      name: "Osten",
      enabled: false,
      health: "suspended",
      healthText: "revoked",
      healthAt: SAMPLE_TIME + 1,
      limit: { ...UNLIMITED, instances: 3, cpu: 1.5, hourlyMicros: 250_000 },
      images: {},
      realms: { east: "east-1" },
      alert: { text: "all gone?", realms: ["east-1"] },
      limiter: { parallel: 4.5, pausedUntil: SAMPLE_TIME + 2 },
      pollAt: SAMPLE_TIME + 3,
      settings: { endpoint: "https://a.example/ö", deep: { list: [1, "2", null, true] } },
      provider: "ec2",
    });
    await stage.store.write((tx) => tx.putAccount(account, "sealed"));
    const found = await stage.store.read(async (tx) => [
      await tx.account(account.id),
      await tx.accountNamed("Osten"),
      ...(await tx.accounts()),
    ]);
    expect(found).toEqual([account, account, account]);
    expect(await stage.store.read((tx) => tx.credentials(account.id))).toBe("sealed");
    const missing = await stage.store.read(async (tx) => [
      await tx.account(WEST),
      await tx.accountNamed("east"),
      await tx.credentials(WEST),
    ]);
    expect(missing).toEqual([null, null, null]);
  });

  test("an account that is put again is replaced; its credentials only when new ones are given", async () => {
    const { store } = stage;
    await store.write((tx) => tx.putAccount(sampleAccount({ health: "unknown" }), "first"));
    const renamed = sampleAccount({ name: "renamed", enabled: false });
    await store.write((tx) => tx.putAccount(renamed, null));
    expect(await store.read((tx) => tx.accounts())).toEqual([renamed]);
    expect(await store.read((tx) => tx.credentials(EAST))).toBe("first");
    await store.write((tx) => tx.putAccount(renamed, "second"));
    expect(await store.read((tx) => tx.credentials(EAST))).toBe("second");
  });

  test("two accounts never have one name", async () => {
    const { store } = stage;
    await store.write((tx) => tx.putAccount(sampleAccount({ id: EAST, name: "one" }), null));
    const error = await rejection(store.write((tx) => tx.putAccount(sampleAccount({ id: WEST, name: "one" }), null)));
    expect(error).toBeInstanceOf(StoreConflict);
    expect(error).toMatchObject({ what: "account" });
    expect(await store.read((tx) => tx.account(WEST))).toBeNull();
  });

  test("an account that the ledger knows nothing of may be deleted, out of its pools and with its blocks", async () => {
    const { store } = stage;
    await openAccounts(store, [sampleAccount(), sampleAccount({ id: WEST })]);
    const id = await launchBegun(store);
    await change(store, id, () => ({ blocks: [sampleBlock({ account: WEST }), sampleBlock({ account: EAST })] }));
    await store.write((tx) => tx.deleteAccount(WEST));
    expect((await store.read((tx) => tx.accounts())).map((account) => account.id)).toEqual([EAST]);
    expect(await store.read((tx) => tx.pools())).toEqual([samplePool()]);
    expect(await store.read((tx) => tx.blocks())).toEqual([sampleBlock({ account: EAST })]);
  });

  test("an account with machines in the ledger stays, closed ones too", async () => {
    const { store } = stage;
    await openAccounts(store);
    const id = await launchBegun(store);
    await putMachines(store, id, [sampleMachine({ deployment: id, state: "gone" })]);
    await expect(store.write((tx) => tx.deleteAccount(EAST))).rejects.toThrow();
    expect(await store.read((tx) => tx.account(EAST))).toEqual(sampleAccount());
  });

  test("a pool that is put again is replaced, members and all", async () => {
    const { store } = stage;
    await openAccounts(store, [sampleAccount(), sampleAccount({ id: WEST })]);
    const limit = { ...UNLIMITED, instances: 5, cpu: 2.5, deployments: 2, families: { "accelerators/h100": 4 } };
    const swapped = samplePool({ enabled: false, members: [{ account: WEST, group: 3, weight: -100 }], limit });
    await store.write((tx) => tx.putPool(swapped));
    await store.write((tx) => tx.putPool(samplePool({ name: "another" })));
    expect(await store.read((tx) => tx.pools())).toEqual([samplePool({ name: "another" }), swapped]);
    await store.write((tx) => tx.deletePool("default"));
    expect(await store.read((tx) => tx.pools())).toEqual([samplePool({ name: "another" })]);
  });

  test("profiles are put, replaced and deleted by name", async () => {
    const { store } = stage;
    const profile = { ...SMALL_PROFILE, name: "gpu", cpu: 0.5, accelerators: 2, architecture: "arm64" };
    await store.write((tx) => tx.putProfile(profile));
    await store.write((tx) => tx.putProfile({ ...profile, memoryMib: 1 }));
    await store.write((tx) => tx.deleteProfile("medium"));
    const profiles = await store.read((tx) => tx.profiles());
    expect(profiles.find(({ name }) => name === "gpu")).toEqual({ ...profile, memoryMib: 1 });
    expect(profiles.map(({ name }) => name).toSorted()).toEqual(["gpu", "large", "small", "xlarge"]);
  });

  test("a blueprint that is added again gets the next version; the list shows the newest, older ones can be had", async () => {
    const { store } = stage;
    const first = await store.write((tx) => tx.addBlueprint(sampleStoredBlueprint()));
    const second = await store.write((tx) => tx.addBlueprint(sampleStoredBlueprint({ source: "# ü\n" })));
    const other = await store.write((tx) => tx.addBlueprint(sampleStoredBlueprint({ name: "blog" })));
    expect(first).toEqual({ ...sampleStoredBlueprint(), version: 1, createdAt: first.createdAt });
    expect([second.version, other.version]).toEqual([2, 1]);
    expect(second.createdAt).toBeGreaterThanOrEqual(first.createdAt);
    expect(await store.read((tx) => tx.blueprints())).toEqual([other, second]);
    const versions = await store.read(async (tx) => [
      await tx.blueprint("shop"),
      await tx.blueprint("shop", 1),
      await tx.blueprint("shop", 3),
      await tx.blueprint("nothing"),
    ]);
    expect(versions).toEqual([second, first, null, null]);
    await store.write((tx) => tx.deleteBlueprint("shop"));
    expect(await store.read((tx) => tx.blueprints())).toEqual([other]);
    expect(await store.read((tx) => tx.blueprint("shop", 1))).toBeNull();
  });

  test("settings are kept by name", async () => {
    const { store } = stage;
    expect(await store.read((tx) => tx.setting("colour"))).toBeNull();
    await store.write((tx) => tx.setSetting("colour", "red"));
    await store.write((tx) => tx.setSetting("colour", "blue"));
    await store.write((tx) => tx.tryRoom());
    expect(await store.read((tx) => tx.setting("colour"))).toBe("blue");
  });
}
