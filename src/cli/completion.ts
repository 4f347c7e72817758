// What may stand at the end of an unfinished command line: commands, options, and names that the server has.

import type { Command, Option } from "commander";
import { AccountList, PoolList, ProfileList } from "../contract/account.ts";
import { BlueprintList } from "../contract/blueprint.ts";
import { Deployment, DeploymentPage } from "../contract/deployment.ts";
import { GroupList, TokenList, UserList } from "../contract/access.ts";
import { DebtList } from "../contract/operation.ts";
import { WebhookList } from "../contract/webhook.ts";
import { ProviderList } from "../contract/provider.ts";
import { type Client, path } from "./client.ts";

/** Whoever presses a key does not wait longer for names. */
const withinMs = 2_000;
const DEPLOYMENTS_MOST = 500;

/** What is looked for, and what stands before it that it may depend on. */
interface Wanted {
  readonly kind: string;
  readonly partial: string;
  readonly before: readonly string[];
}

/** `words`: those behind the program's name, the last one as far as it is written. Asks the server for names alone. */
export async function completions(
  program: Command,
  words: readonly string[],
  open: () => Promise<Client>,
): Promise<readonly string[]> {
  const partial = words.at(-1) ?? "";
  const place = walk(program, words.slice(0, -1));
  const known = await candidates({ ...place, partial }, open);
  return known.filter((one) => one.startsWith(partial)).toSorted();
}

interface Place {
  readonly command: Command;
  /** Arguments so far. */
  readonly values: readonly string[];
  /** The option whose value comes next. */
  readonly awaited: Option | null;
  /** Behind `--` nothing is an option. */
  readonly isLiteral: boolean;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let awaited: Option | null = null;
  let isLiteral = false;
  const values: string[] = [];
  for (const word of words) {
    if (awaited !== null) awaited = null;
    else if (word === "--") isLiteral = true;
    else if (word.startsWith("-") && !isLiteral) {
      const option = command.options.find(({ long, short }) => word === long || word === short);
      awaited = option?.required === true ? option : null;
    } else {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) values.push(word);
      else command = next;
    }
  }
  return { command, values, awaited, isLiteral };
}

async function candidates(
  { command, values, awaited, isLiteral, partial }: Place & { readonly partial: string },
  open: () => Promise<Client>,
): Promise<readonly string[]> {
  if (awaited?.argChoices !== undefined) return awaited.argChoices;
  if (awaited !== null) return named({ kind: awaited.attributeName(), partial, before: values }, open);
  if (partial.startsWith("-") && !isLiteral) return command.options.flatMap(({ long }) => long ?? []);
  if (command.commands.length > 0) return shownCommands(command);
  const all = command.registeredArguments;
  const argument = all[values.length] ?? (all.at(-1)?.variadic === true ? all.at(-1) : undefined);
  if (argument === undefined) return [];
  const noun = command.parent?.name() ?? "";
  // What is added has no name yet.
  const kind = argument.name() !== "name" ? argument.name() : command.name() === "add" ? "" : noun;
  return named({ kind, partial, before: values }, open);
}

const shownCommands = (command: Command): readonly string[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());

async function named(wanted: Wanted, open: () => Promise<Client>): Promise<readonly string[]> {
  const look = Object.hasOwn(LOOKS, wanted.kind) ? LOOKS[wanted.kind] : undefined;
  if (look === undefined) return [];
  try {
    return await look(await open(), wanted);
  } catch {
    // There is nobody who could be told: what is under the cursor stays as it is.
    return [];
  }
}

type Look = (client: Client, wanted: Wanted) => Promise<readonly string[]>;

const deployments = async (client: Client): Promise<readonly string[]> => {
  const at = `/v1/deployments?limit=${DEPLOYMENTS_MOST}`;
  const page = await client.ask({ path: at, reply: DeploymentPage, withinMs });
  return page.deployments.map(({ name }) => name);
};

const deployment = (client: Client, ref: string): Promise<Deployment> =>
  client.ask({ path: path`/v1/deployments/${ref}`, reply: Deployment, withinMs });

const LOOKS: Readonly<Record<string, Look>> = {
  deployment: deployments,
  "deployment/instance": async (client, { partial }) => {
    const [ref = ""] = partial.split("/");
    if (!partial.includes("/")) return (await deployments(client)).map((name) => `${name}/`);
    return (await deployment(client, ref)).instances.map(({ name }) => `${ref}/${name}`);
  },
  instance: async (client, { before: [ref = ""] }) => (await deployment(client, ref)).instances.map(({ name }) => name),
  key: async (client, { before: [ref = ""] }) => (await deployment(client, ref)).outputs.map(({ name }) => name),
  account: async (client) =>
    (await client.ask({ path: "/v1/accounts", reply: AccountList, withinMs })).accounts.map(({ name }) => name),
  pool: async (client) =>
    (await client.ask({ path: "/v1/pools", reply: PoolList, withinMs })).pools.map(({ name }) => name),
  blueprint: async (client) =>
    (await client.ask({ path: "/v1/blueprints", reply: BlueprintList, withinMs })).blueprints.map(({ name }) => name),
  profile: async (client) =>
    (await client.ask({ path: "/v1/profiles", reply: ProfileList, withinMs })).profiles.map(({ name }) => name),
  provider: async (client) =>
    (await client.ask({ path: "/v1/providers", reply: ProviderList, withinMs })).providers.map(({ name }) => name),
  token: async (client) =>
    (await client.ask({ path: "/v1/tokens", reply: TokenList, withinMs })).tokens.map(({ name }) => name),
  user: async (client) =>
    (await client.ask({ path: "/v1/users", reply: UserList, withinMs })).users.map(({ name }) => name),
  group: async (client) =>
    (await client.ask({ path: "/v1/groups", reply: GroupList, withinMs })).groups.map(({ name }) => name),
  webhook: async (client) =>
    (await client.ask({ path: "/v1/webhooks", reply: WebhookList, withinMs })).webhooks.map(({ name }) => name),
  machine: async (client) =>
    (await client.ask({ path: "/v1/debt", reply: DebtList, withinMs })).debts.map(({ machine }) => machine),
};
