import { expect, test } from "vitest";
import { CLOUD_ERRORS, CloudError, type CloudErrorCode, LostAnswer } from "../../../datacentre/src/cloud-api.ts";
import type { Fault } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { faultOf, machineFault, translate } from "./faults.ts";

/** `class scope effect` by native code: the same table once more, so that a change of meaning is noticed. */
const MEANINGS: readonly (readonly [CloudErrorCode, string])[] = [
  ["insufficient_capacity", "capacity offer none"],
  ["quota_exceeded", "quota account none"],
  ["quota_zero", "quota account none"],
  ["throttled", "throttle account none"],
  ["wrong_key", "auth account none"],
  ["forbidden", "auth account none"],
  ["account_suspended", "account account none"],
  ["invalid_request", "config deployment none"],
  ["invalid_realm", "config account none"],
  ["invalid_size", "config account none"],
  ["invalid_user_data", "config account none"],
  ["image_not_found", "config realm none"],
  ["internal_error", "transient realm unknown"],
  ["unavailable", "transient realm unknown"],
  ["name_taken", "conflict account unknown"],
  ["token_mismatch", "conflict account unknown"],
  ["locked", "conflict account none"],
  ["wrong_state", "conflict account none"],
  ["protected", "config account none"],
  ["not_found", "not_found account none"],
  ["no_route", "config account none"],
  ["price_too_low", "capacity offer none"],
  ["no_free_address", "capacity realm none"],
  ["invalid_name", "config deployment none"],
  ["invalid_reference", "config account none"],
  ["realm_down", "transient realm none"],
  ["session_expired", "transient account none"],
  ["token_spent", "conflict account unknown"],
  ["in_use", "conflict account none"],
  ["unexplained", "unknown realm unknown"],
];

const meaning = (fault: Fault): string => `${fault.class} ${fault.scope} ${fault.effect}`;

test("every code that the cloud has is here", () => {
  expect(MEANINGS.map(([code]) => code).toSorted()).toEqual(Object.keys(CLOUD_ERRORS).toSorted());
});

test.each(MEANINGS)("%s is %s", (code, expected) => {
  const fault = faultOf(new CloudError(code, "as the cloud says"));
  expect(meaning(fault)).toBe(expected);
  expect(fault).toMatchObject({ code, text: "as the cloud says" });
});

test("the cloud's wish when to come again is kept", () => {
  expect(faultOf(new CloudError("throttled", "slower", { retryAfterMs: 1500 })).retryAfterMs).toBe(1500);
  expect(faultOf(new CloudError("throttled", "slower")).retryAfterMs).toBeNull();
});

test("a quota of zero is left alone for an hour", () => {
  expect(faultOf(new CloudError("quota_zero", "no")).retryAfterMs).toBe(3_600_000);
});

test("the fault of a machine leaves no doubt that it exists", () => {
  const fault = machineFault({ code: "internal_error", text: "the host has failed" });
  expect(meaning(fault)).toBe("transient realm made");
});

test.each([1e300, Infinity, -1])("a wish of %s ms is bounded, or none", (retryAfterMs) => {
  const { retryAfterMs: kept } = faultOf(new CloudError("throttled", "slower", { retryAfterMs }));
  expect(kept).toBe(retryAfterMs === 1e300 ? 3_600_000 : null);
});

test("a lost answer leaves the effect open", () => {
  const lost = translate(new LostAnswer("gone"));
  expect(lost).toBeInstanceOf(ProviderFault);
  expect(lost).toMatchObject({ fault: { class: "transient", effect: "unknown", code: "answer_lost" } });
});

test("bugs and aborts stay what they are", () => {
  const bug = new TypeError("not a function");
  expect(translate(bug)).toBe(bug);
});
