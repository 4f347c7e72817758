// What a check says of the account's own setting `where`, at the simulated clouds.

import { expect, test } from "vitest";
import { Account, CheckedAccount } from "../../contract/account.ts";
import { createStand, type Stand } from "../stand.testsuite.ts";

const REALMS = ["east-1", "east-2"].map((name) => ({
  name,
  hosts: [{ cpu: 8, memoryMib: 32_768, storageGib: 500 }],
  images: [],
}));
const NETWORKS = [{ name: "shop" }, { name: "near", realms: ["east-1"] }];

async function lackingWith(where: object, more: object = {}): Promise<string | null> {
  const stand = await createStand({ clouds: [{ name: "east", realms: REALMS, networks: NETWORKS }] });
  const { settings } = await stand.reply(Account, 200, { path: "/v1/accounts/east" });
  const body = { settings: { ...settings, where }, ...more };
  await stand.reply(CheckedAccount, 200, { method: "PATCH", path: "/v1/accounts/east", body });
  const { health, lacking } = await checked(stand);
  expect(health).toBe("healthy");
  return lacking;
}

const checked = (stand: Stand): Promise<CheckedAccount> =>
  stand.meanwhile(stand.reply(CheckedAccount, 200, { method: "POST", path: "/v1/accounts/east/check" }));

test("nothing is said where all of it is there", async () => {
  expect(await lackingWith({})).toBeNull();
  expect(await lackingWith({ "*": { networks: ["shop"] }, "east-1": { networks: ["shop", "near"] } })).toBeNull();
});

test("what is missing everywhere is said once, what is missing in a realm with its realm", async () => {
  expect(await lackingWith({ "*": { networks: ["shops"], key: "ops" } })).toBe(
    "there is no network shops, no ssh key ops",
  );
  expect(await lackingWith({ "*": { networks: ["near"] } })).toBe("in east-2: there is no network near");
});

test("realms that the account leaves out do not count, and those that its cloud does not have are named", async () => {
  expect(await lackingWith({ "*": { networks: ["near"] } }, { realms: { near: "east-1" } })).toBeNull();
  expect(await lackingWith({ "east-9": { networks: ["shop"] } })).toBe(
    "there is no realm east-9; it has east-1, east-2",
  );
});
