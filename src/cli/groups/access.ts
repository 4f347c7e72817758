// Commands for who may, and the server itself, in the order of `slipway --help`.

import type { Group } from "./group.ts";

export const ACCESS: Group = {
  title: "Access:",
  commands: [
    {
      name: "login",
      about: "keep a server's address and a token in the configuration file",
      load: async () => (await import("../commands/login.ts")).login,
    },
    {
      name: "about",
      about: "show the server: version, installation, database, providers, clock, and whose token this is",
      load: async () => (await import("../commands/about.ts")).about,
    },
    {
      name: "audit",
      about: "list what people and tokens changed, newest first; `export audit` has all of it as a table",
      load: async () => (await import("../commands/audit.ts")).audit,
    },
    {
      name: "doctor",
      about: "look whether the server has what it needs, and whether something waits for a person",
      load: async () => (await import("../commands/doctor.ts")).doctor,
    },
    {
      name: "mcp",
      about: "serve agents with the Model Context Protocol on standard input and output",
      load: async () => (await import("../commands/mcp.ts")).mcp,
    },
    {
      name: "backup",
      about: "write all that the server's embedded database holds into a file, while it goes on",
      load: async () => (await import("../commands/backup.ts")).backup,
    },
    {
      name: "hold",
      about: "what waits since the database was put back from a backup, and which machines it does not know",
      load: async () => (await import("../commands/hold.ts")).hold,
    },
    {
      name: "version",
      about: "show the versions of this command line and of the server, and whether they go together",
      load: async () => (await import("../commands/version.ts")).version,
    },
    {
      name: "completion",
      about: "print what a shell needs to complete commands, options and names",
      load: async () => (await import("../commands/completion.ts")).completion,
    },
    {
      name: "complete",
      about: "what the shells call; not for people",
      hidden: true,
      load: async () => (await import("../commands/completion.ts")).complete,
    },
  ],
  nouns: [
    {
      name: "token",
      about: "what programs and people come in with",
      verbs: [
        {
          name: "ls",
          about: "list tokens: whose they are, not what they are",
          load: async () => (await import("../commands/token-list.ts")).tokenList,
        },
        {
          name: "add",
          about: "make a token; it is printed this once and only its hash is kept",
          load: async () => (await import("../commands/token-add.ts")).tokenAdd,
        },
        {
          name: "rm",
          about: "take tokens back: whoever has one is refused from now on",
          load: async () => (await import("../commands/token-remove.ts")).tokenRemove,
        },
      ],
    },
    {
      name: "user",
      about: "people, and what each may do",
      verbs: [
        {
          name: "ls",
          about: "list the people who use the server, and what each may do",
          load: async () => (await import("../commands/user-list.ts")).userList,
        },
        {
          name: "add",
          about: "add a person who uses the server; `token add NAME --owner USER` makes what they come in with",
          load: async () => (await import("../commands/user-add.ts")).userAdd,
        },
        {
          name: "set",
          about: "change what a person may do; it counts at once, also for streams that are open",
          load: async () => (await import("../commands/user-set.ts")).userSet,
        },
        {
          name: "rm",
          about: "remove a user with their tokens, which count no more",
          load: async () => (await import("../commands/user-remove.ts")).userRemove,
        },
      ],
    },
    {
      name: "group",
      about: "users who may do the same",
      verbs: [
        {
          name: "ls",
          about: "list groups, and what those in them may do",
          load: async () => (await import("../commands/group-list.ts")).groupList,
        },
        {
          name: "add",
          about: "make a group: users who hold the same grants",
          load: async () => (await import("../commands/group-add.ts")).groupAdd,
        },
        {
          name: "set",
          about: "change what those in a group may do, and which of the provider's groups it is",
          load: async () => (await import("../commands/group-set.ts")).groupSet,
        },
        {
          name: "rm",
          about: "remove a group; its users stay",
          load: async () => (await import("../commands/group-remove.ts")).groupRemove,
        },
      ],
    },
    {
      name: "webhook",
      about: "who else is told of events",
      verbs: [
        {
          name: "ls",
          about: "list webhooks, and how they stand",
          load: async () => (await import("../commands/webhook-list.ts")).webhookList,
        },
        {
          name: "add",
          about: "tell an address of events from now on; prints this once what messages are signed with",
          load: async () => (await import("../commands/webhook-add.ts")).webhookAdd,
        },
        {
          name: "set",
          about: "change which events a webhook is told of; it counts from now on",
          load: async () => (await import("../commands/webhook-set.ts")).webhookSet,
        },
        {
          name: "rm",
          about: "remove webhooks, with what waits for them",
          load: async () => (await import("../commands/webhook-remove.ts")).webhookRemove,
        },
        {
          name: "test",
          about: "send a message that says nothing, and tell how it was answered; fails when it was not taken",
          load: async () => (await import("../commands/webhook-test.ts")).webhookTest,
        },
        {
          name: "deliveries",
          about: "what waits for a webhook, what it took and what it did not take, newest first",
          load: async () => (await import("../commands/webhook-deliveries.ts")).webhookDeliveries,
        },
        {
          name: "replay",
          about: "have dead letters told again, each once, and what waits for its next try tried now",
          load: async () => (await import("../commands/webhook-replay.ts")).webhookReplay,
        },
      ],
    },
  ],
};
