// What people keep: profiles, blueprints, settings.

import type { Tx } from "../../ports/store.ts";
import { blueprintKey } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

export function keeping(
  tx: Transaction,
): Pick<Tx, "putProfile" | "deleteProfile" | "addBlueprint" | "deleteBlueprint" | "setSetting" | "tryRoom"> {
  const { profiles, blueprints, settings } = tx.views;
  return {
    putProfile: (profile) =>
      tx.statement(async () => {
        await tx.lock(profiles, profile.name);
        profiles.put(profile.name, profile);
      }),
    deleteProfile: (name) =>
      tx.statement(async () => {
        await tx.lock(profiles, name);
        profiles.delete(name);
      }),
    addBlueprint: (given) =>
      tx.statement(async () => {
        await tx.lock(blueprints, given.name);
        const versions = blueprints.group(given.name).map((row) => row.version);
        const row = { ...given, version: Math.max(0, ...versions) + 1, createdAt: tx.now() };
        blueprints.put(blueprintKey(row), row);
        return row;
      }),
    deleteBlueprint: (name) =>
      tx.statement(async () => {
        await tx.lock(blueprints, name);
        for (const row of blueprints.group(name)) blueprints.delete(blueprintKey(row));
      }),
    tryRoom: () => tx.statement(() => undefined),
    setSetting: (name, value) =>
      tx.statement(async () => {
        await tx.lock(settings, name);
        settings.put(name, value);
      }),
  };
}
