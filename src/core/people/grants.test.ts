import { UNLIMITED } from "../market/amount.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allows,
  allowsSomewhere,
  capped,
  type Grant,
  grantText,
  grantsOf,
  highestOf,
  mayActOn,
  poolsWith,
  roleIn,
  ROLES,
} from "./grants.ts";

const GRANT: fc.Arbitrary<Grant> = fc.record({
  role: fc.constantFrom(...ROLES),
  pool: fc.constantFrom(null, "web", "lab"),
});
const GRANTS = fc.array(GRANT, { maxLength: 4 });
const NEEDED: readonly Grant[] = ROLES.flatMap((role) => [null, "web", "lab", "else"].map((pool) => ({ role, pool })));

test("a role includes those before it, in its pool alone unless it is held everywhere", () => {
  const web: Grant[] = [{ role: "operator", pool: "web" }];
  expect(NEEDED.filter((one) => allows(web, one)).map(grantText)).toEqual([
    "viewer in web",
    "launcher in web",
    "operator in web",
  ]);
  expect(NEEDED.filter((one) => allows([{ role: "viewer", pool: null }], one)).map(grantText)).toEqual([
    "viewer everywhere",
    "viewer in web",
    "viewer in lab",
    "viewer in else",
  ]);
  expect([highestOf(web), roleIn(web, "web"), roleIn(web, "lab"), roleIn(web, null), highestOf([])]).toEqual([
    "operator",
    "operator",
    null,
    null,
    null,
  ]);
  expect([
    poolsWith(web, "viewer"),
    poolsWith(web, "admin"),
    poolsWith([{ role: "admin", pool: null }], "admin"),
  ]).toEqual([["web"], [], null]);
});

test("a token allows what both it and its owner do, and nothing else", () => {
  fc.assert(
    fc.property(GRANTS, GRANT, fc.constantFrom(...NEEDED), (grants, cap, needed) => {
      expect(allows(capped(grants, cap), needed)).toBe(allows(grants, needed) && allows([cap], needed));
    }),
  );
});

test("what is allowed somewhere is allowed in one of the pools, or everywhere", () => {
  fc.assert(
    fc.property(GRANTS, fc.constantFrom(...ROLES), (grants, role) => {
      const pools = poolsWith(grants, role) ?? [null];
      expect(pools.every((pool) => allows(grants, { role, pool }))).toBe(true);
      expect(allowsSomewhere(grants, role)).toBe(pools.length > 0);
    }),
  );
});

test("a user holds what their groups hold too, and nothing while they are locked out", () => {
  const ada = {
    name: "ada",
    enabled: true,
    groups: ["crew"],
    subject: null,
    claims: ["ops"],
    grants: [{ role: "viewer", pool: null }],
    limit: UNLIMITED,
    createdAt: 0,
  } as const;
  const groups = [
    { name: "crew", claim: null, grants: [{ role: "operator", pool: "web" }], limit: UNLIMITED, createdAt: 0 },
    { name: "ops", claim: "ops", grants: [{ role: "launcher", pool: "lab" }], limit: UNLIMITED, createdAt: 0 },
    { name: "others", claim: "root", grants: [{ role: "admin", pool: null }], limit: UNLIMITED, createdAt: 0 },
  ] as const;
  expect(grantsOf(ada, groups).map(grantText)).toEqual(["viewer everywhere", "operator in web", "launcher in lab"]);
  expect(grantsOf({ ...ada, enabled: false }, groups)).toEqual([]);
});

test("a launcher acts on what they launched, an operator on all of the pool", () => {
  const own = { pool: "web", createdBy: "ada", createdAt: 7 };
  const [ada, bob] = [
    { name: "ada", since: 7 },
    { name: "bob", since: 0 },
  ];
  const launcher: Grant[] = [{ role: "launcher", pool: "web" }];
  expect([
    mayActOn(launcher, ada, own),
    mayActOn(launcher, bob, own),
    mayActOn(launcher, { ...ada, since: 8 }, own),
    mayActOn(launcher, ada, { ...own, pool: "lab" }),
    mayActOn([{ role: "viewer", pool: "web" }], ada, own),
    mayActOn([{ role: "operator", pool: "web" }], bob, own),
  ]).toEqual([true, false, false, false, false, true]);
});
