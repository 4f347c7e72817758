// What people keep: profiles, blueprints, tokens, ended sessions, settings.

import type { Tx } from "../../ports/store.ts";
import { blueprintKey, compare } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

export function keeping(
  tx: Transaction,
): Pick<
  Tx,
  | "putProfile"
  | "deleteProfile"
  | "addBlueprint"
  | "deleteBlueprint"
  | "lockTokens"
  | "putToken"
  | "deleteToken"
  | "endSession"
  | "setSetting"
  | "tryRoom"
> {
  const { profiles, blueprints, tokens, endedSessions, settings } = tx.views;
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
    lockTokens: () =>
      tx.statement(async () => {
        await tx.lock(settings, "installation");
        return tokens.all().sort((a, b) => compare(a.name, b.name));
      }),
    putToken: (token) =>
      tx.statement(async () => {
        await tx.lock(tokens, token.name);
        tokens.put(token.name, token);
      }),
    deleteToken: (name) =>
      tx.statement(async () => {
        await tx.lock(tokens, name);
        tokens.delete(name);
      }),
    endSession: (id, until) =>
      tx.statement(async () => {
        await tx.lock(endedSessions, id);
        for (const over of endedSessions.all()) if (over.until <= tx.now()) endedSessions.delete(over.id);
        endedSessions.put(id, { id, until });
      }),
    tryRoom: () => tx.statement(() => undefined),
    setSetting: (name, value) =>
      tx.statement(async () => {
        await tx.lock(settings, name);
        settings.put(name, value);
      }),
  };
}
