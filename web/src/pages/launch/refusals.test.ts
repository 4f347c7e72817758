import { expect, test } from "vitest";
import type { Refusal } from "../../../../src/contract/plan.ts";
import { prospectText, refusedOnce, updateRefusedText } from "./refusals.ts";

const no = (code: Refusal["code"], given: Partial<Refusal> = {}): Refusal => ({
  account: "east",
  realm: "r1",
  code,
  text: `${code} text`,
  ...given,
});

test("where a quota leaves no room a launch is refused, and does not fail; what is not known yet may have room", () => {
  const says = (...codes: Refusal["code"][]) => prospectText({ refused: codes.map((code) => no(code)) });
  expect(says("user_quota", "disabled")).toBe("Your quota leaves no room: it would be refused.");
  expect(says("pool_quota", "pool_user_quota")).toBe("Your quota leaves no room: it would be refused.");
  expect(says("pool_quota")).toBe("The pool's quota leaves no room: it would be refused.");
  const fails = "No account can take it now: the launch would fail.";
  expect(says("user_quota", "image_unread")).toBe(fails);
  expect(says("quota", "no_size")).toBe(fails);
  expect(says()).toBe(fails);
});

test("a quota is told once for all accounts and realms, what is the account's own for each", () => {
  const refused = [
    no("user_quota"),
    no("user_quota", { realm: "r2" }),
    no("quota"),
    no("quota", { realm: "r2" }),
    no("user_quota", { account: "west" }),
    no("user_quota", { account: "west", text: "needs more there" }),
  ];
  expect(refusedOnce(refused).map(({ accounts, realm, code, text }) => [accounts.join(), realm, code, text])).toEqual([
    ["east,west", null, "user_quota", "user_quota text"],
    ["east", "r1", "quota", "quota text"],
    ["east", "r2", "quota", "quota text"],
    ["west", null, "user_quota", "needs more there"],
  ]);
});

test("an update is told to change its account for that account's own reasons alone", () => {
  const told = (...codes: Refusal["code"][]) =>
    updateRefusedText({ account: "east", refused: codes.map((code) => no(code)) });
  for (const codes of [["user_quota"], ["pool_user_quota"], ["pool_quota"], ["spend_cap"]] as const) {
    expect(JSON.stringify(told(...codes))).not.toMatch(/account east|stays at its account/i);
  }
  expect(told("quota").remedy).toMatch(/^An update stays at its account/);
  expect(told("user_quota", "no_size").title).toMatch(/^Account east has no place/);
});
