// What the server says of a blueprint before anything is launched.

import { CheckedBlueprint, StoredBlueprint } from "../contract/blueprint.ts";
import type { BlueprintSource } from "./blueprint-file.ts";
import { type Client, path, query } from "./client.ts";
import { withMistakes } from "./mistakes.ts";

/** What the blueprint says before its parameters are given, held against what the server knows. */
export async function checkedBlueprint(source: BlueprintSource, client: Client): Promise<CheckedBlueprint> {
  const text = { ...source, choice: { source: await textOf(source, client) } };
  const check = { method: "POST", path: "/v1/blueprints/check", body: text.choice, reply: CheckedBlueprint } as const;
  return await withMistakes(text, () => client.ask(check));
}

async function textOf(source: BlueprintSource, client: Client): Promise<string> {
  const { choice } = source;
  if ("source" in choice) return choice.source;
  const asked = path`/v1/blueprints/${choice.name}` + query({ version: choice.version });
  return (await withMistakes(source, () => client.ask({ path: asked, reply: StoredBlueprint }))).source;
}
