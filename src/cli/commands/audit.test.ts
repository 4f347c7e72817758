import { expect, test } from "vitest";
import { NO_LIMIT, NOTHING_USED } from "../replies.samples.ts";
import { standWith } from "../stand.samples.ts";

test("audit tells who changed what from what to what", async () => {
  const at = "2026-11-22T10:00:00.000Z";
  const of = { at, by: "ada", token: "laptop", via: "token", address: "192.0.2.1", request: "PATCH /v1/pools/web" };
  const pool = { ...of, kind: "pool", subject: "web" };
  await using stand = await standWith({
    "GET /v1/audit?by=ada&limit=50": {
      json: {
        entries: [
          { ...pool, id: "1", before: { enabled: true }, after: { enabled: false, steps: ["a"] } },
          { ...pool, id: "2", by: "ci", token: "ci", before: null, after: { enabled: true } },
          { ...pool, id: "3", before: { enabled: true }, after: null },
        ],
        next: null,
      },
    },
  });
  const { out } = await stand.run(["audit", "--by", "ada"]);
  expect(out).toMatch(/ada \(laptop\) +192\.0\.2\.1 +pool web +enabled: true → false; steps: \["a"\]/);
  expect(out).toMatch(/ci +192\.0\.2\.1 +pool web +made/);
  expect(out).toMatch(/pool web +gone/);
});

const ADA = {
  name: "ada",
  enabled: true,
  groups: [],
  provider: null,
  claims: [],
  grants: [],
  createdAt: "2026-11-22T10:00:00.000Z",
  limit: NO_LIMIT,
  used: NOTHING_USED,
  near: [],
};
const NOTHING = { json: { entries: [], next: null } };

test("a kind that nothing is of is told with those that there are, and help lists them", async () => {
  await using stand = await standWith({});
  const wrong = await stand.run(["audit", "--kind", "pol"]);
  expect([wrong.exitCode, wrong.err]).toEqual([
    2,
    expect.stringContaining('--kind pol: did you mean "pool"? It must be one of account, block, '),
  ]);
  expect((await stand.run(["audit", "--help"])).out).toMatch(/"session",\s+"token"/);
});

test("a filter by who is neither there nor in the log is refused; by who has changed nothing, or is gone, it is not", async () => {
  const entry = {
    at: "2026-11-22T10:00:00.000Z",
    token: null,
    via: "session",
    address: null,
    request: "POST /v1/pools",
  };
  await using stand = await standWith({
    "GET /v1/users": { json: { users: [ADA] } },
    "GET /v1/tokens": { json: { tokens: [] } },
    "GET /v1/audit?by=aad&limit=50": NOTHING,
    "GET /v1/audit?by=aad&limit=1": NOTHING,
    "GET /v1/audit?by=ada&limit=50": NOTHING,
    "GET /v1/audit?by=ada&limit=1": NOTHING,
    "GET /v1/audit?by=gone&kind=user&limit=50": NOTHING,
    "GET /v1/audit?by=gone&limit=1": {
      json: {
        entries: [{ ...entry, id: "1", by: "gone", kind: "pool", subject: "a", before: null, after: {} }],
        next: null,
      },
    },
  });
  const wrong = await stand.run(["audit", "--by", "aad"]);
  expect([wrong.exitCode, wrong.err]).toEqual([
    2,
    'slipway: --by aad: there is no user or token aad: did you mean "ada"?\n',
  ]);
  for (const argv of [
    ["--by", "ada"],
    ["--by", "gone", "--kind", "user"],
  ]) {
    const { exitCode, out } = await stand.run(["audit", ...argv]);
    expect([exitCode, out]).toEqual([0, "Nothing like that was changed.\n"]);
  }
});
