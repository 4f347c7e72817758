import { expect, test } from "vitest";
import { ProviderList } from "../../contract/provider.ts";
import { FORM } from "../../providers/sim/form.ts";
import { createStand } from "../stand.testsuite.ts";

test("whoever may look is told what an account of each provider needs", async () => {
  const stand = await createStand();
  const { providers } = await stand.reply(ProviderList, 200, { path: "/v1/providers", as: "viewer" });
  expect(providers).toContainEqual(expect.objectContaining({ name: "sim", about: FORM.about, fields: FORM.fields }));
  expect(providers.find(({ name }) => name === "sim")?.where.map(({ name }) => name)).toEqual(FORM.where);
  await stand.problem("not_authenticated", { path: "/v1/providers", as: null });
});
