import { expect, test } from "vitest";
import type { AuditEntry } from "../audit.ts";
import type { Stage } from "./stage.testsuite.ts";

const entry = (id: string, given: Partial<AuditEntry> = {}): AuditEntry => ({
  id,
  by: "ada",
  token: "laptop",
  via: "token",
  address: "192.0.2.1",
  request: "PATCH /v1/pools/web",
  kind: "pool",
  subject: "web",
  before: { enabled: true, limit: { cpu: null } },
  after: { enabled: false, note: "a\0b" },
  ...given,
});

export function auditSuite(stage: Stage): void {
  test("entries keep every field and are read newest first, page by page, by who and what", async () => {
    const { store } = stage;
    const bare = { token: null, address: null, before: null, after: null, via: "session" } as const;
    await store.write((tx) => tx.putAudit([entry("a"), entry("b", { ...bare, by: "bob", kind: "token" })]));
    await store.write((tx) => tx.putAudit([]));
    const now = await store.read((tx) => tx.now());
    const first = await store.read((tx) => tx.audit({ limit: 1 }));
    expect(first.rows).toMatchObject([
      { ...entry("b", { ...bare, by: "bob", kind: "token" }), at: expect.any(Number) },
    ]);
    const second = await store.read((tx) => tx.audit({ limit: 1, cursor: first.next ?? "" }));
    expect(second.rows).toMatchObject([{ id: "a", before: entry("a").before }]);
    expect(second.next).toBeNull();
    const ids = async (filter: object) =>
      (await store.read((tx) => tx.audit({ limit: 9, ...filter }))).rows.map(({ id }) => id);
    expect(await ids({ by: "bob" })).toEqual(["b"]);
    expect(await ids({ kind: "pool" })).toEqual(["a"]);
    expect(await ids({ subject: "web" })).toEqual(["b", "a"]);
    expect(await ids({ from: now + 60_000 })).toEqual([]);
    expect(await ids({ until: now - 60_000 })).toEqual([]);
    expect(await ids({ from: now - 60_000, until: now + 60_000 })).toEqual(["b", "a"]);
  });
}
