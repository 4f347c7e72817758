import fc from "fast-check";
import { expect, test } from "vitest";
import type { z } from "zod";
import { PlanRequest } from "../../src/contract/plan.ts";
import { NewAccount, NewPool, ProfileBody } from "../../src/contract/account.ts";
import { NewToken } from "../../src/contract/access.ts";
import { operationName, readDocument } from "./document.ts";
import { requestsTo } from "./requests.ts";
import { spoiled, valuesOf } from "./values.ts";
import { firstWords } from "./words.ts";

const document = readDocument();
/** That blanks around a secret do not count is more than a schema can say. */
const known = (name: string) => (name === "credentials" ? fc.constant({ key: "long-enough" }) : null);
const bodyOf = (name: string) => document.operations.find((one) => operationName(one) === name)?.body ?? {};

test.each<[string, z.ZodType]>([
  ["POST /v1/plan", PlanRequest],
  ["POST /v1/accounts", NewAccount],
  ["POST /v1/pools", NewPool],
  ["PUT /v1/profiles/{name}", ProfileBody],
  ["POST /v1/tokens", NewToken],
])("what is drawn for %s is what its schema takes", (name, schema) => {
  fc.assert(
    fc.property(valuesOf(bodyOf(name), known, document), (value) => {
      expect(schema.safeParse(value).error).toBeUndefined();
    }),
  );
});

test("what is spoiled differs in one place at the most, and nearly always in one", () => {
  const values = valuesOf(bodyOf("POST /v1/pools"), () => null, document);
  const taken = fc
    .sample(spoiled(values), { seed: 1, numRuns: 500 })
    .filter((value) => NewPool.safeParse(value).success);
  expect(taken.length).toBeLessThan(200);
});

test("a seed draws the same request again", () => {
  const words = firstWords("http://127.0.0.1:1");
  for (const operation of document.operations) {
    const [first, second] = [1, 2].map(() =>
      fc.sample(requestsTo(operation, words, document), { seed: 7, numRuns: 3 }),
    );
    expect(first).toEqual(second);
  }
});
