// What kinds of clouds there are, and what an account at each is asked for.

import { createRoute } from "@hono/zod-openapi";
import { type Provider as ShownProvider, ProviderList } from "../../contract/provider.ts";
import { isAccountKey, WHERE_FACTS } from "../../contract/where.ts";
import type { WhereKey } from "../../core/blueprint/model.ts";
import type { FormField } from "../../ports/account-form.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { PROBLEM, reply, SECURITY } from "../route.ts";

const list = createRoute({
  method: "get",
  path: "/v1/providers",
  tags: ["accounts"],
  summary: "List the kinds of clouds, with what an account at each needs",
  security: SECURITY,
  responses: { 200: reply(ProviderList, "All providers, by name"), ...PROBLEM },
});

export function addProviderRoutes(app: App, { providers }: HttpDeps): void {
  const shown = [...providers.values()]
    .map(({ name, form }) => ({
      name,
      about: form.about,
      fields: form.fields.map(showField),
      where: form.where.map(showWhere),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  app.openapi(list, (c) => c.json({ providers: shown }, 200));
}

function showField(field: FormField): ShownProvider["fields"][number] {
  return field.kind === "choice" ? { ...field, choices: [...field.choices] } : field;
}

function showWhere(name: WhereKey): ShownProvider["where"][number] {
  return { name, inAccount: isAccountKey(name), ...WHERE_FACTS[name] };
}
