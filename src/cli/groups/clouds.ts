// Commands for where it is launched, in the order of `slipway --help`.

import type { Group } from "./group.ts";

export const CLOUDS: Group = {
  title: "Clouds:",
  commands: [],
  nouns: [
    {
      name: "account",
      about: "accounts at clouds",
      verbs: [
        {
          name: "ls",
          about: "list accounts with their health",
          load: async () => (await import("../commands/account-list.ts")).accountList,
        },
        {
          name: "show",
          about: "show everything about one account: health, limits, calls, what its cloud offers",
          load: async () => (await import("../commands/account-show.ts")).accountShow,
        },
        {
          name: "offers",
          about: "list what an account sells: sizes in realms, with their prices",
          load: async () => (await import("../commands/account-offers.ts")).accountOffers,
        },
        {
          name: "add",
          about: "add an account at a cloud and check it",
          load: async () => (await import("../commands/account-add.ts")).accountAdd,
        },
        {
          name: "check",
          about:
            "ask the cloud whether accounts work; where one does, a suspension or pause ends, and what waited for it is tried",
          load: async () => (await import("../commands/account-check.ts")).accountCheck,
        },
        {
          name: "set",
          about: "change an account; what is not named stays as it is",
          load: async () => (await import("../commands/account-set.ts")).accountSet,
        },
        {
          name: "rm",
          about: "remove an account that no machine was ever asked of; disable others",
          load: async () => (await import("../commands/account-remove.ts")).accountRemove,
        },
      ],
    },
    {
      name: "provider",
      about: "kinds of clouds, and what an account needs",
      verbs: [
        {
          name: "ls",
          about: "list the kinds of clouds that the server can reach",
          load: async () => (await import("../commands/provider-list.ts")).providerList,
        },
        {
          name: "show",
          about: "show what an account at one kind of cloud needs",
          load: async () => (await import("../commands/provider-show.ts")).providerShow,
        },
      ],
    },
    {
      name: "pool",
      about: "accounts among which a launch chooses",
      verbs: [
        {
          name: "ls",
          about: "list pools and their accounts",
          load: async () => (await import("../commands/pool-list.ts")).poolList,
        },
        {
          name: "add",
          about: "make a pool: accounts among which a launch chooses",
          load: async () => (await import("../commands/pool-add.ts")).poolAdd,
        },
        {
          name: "set",
          about: "change a pool; what is not named stays as it is",
          load: async () => (await import("../commands/pool-set.ts")).poolSet,
        },
        {
          name: "rm",
          about: "remove a pool that no deployment is in; its accounts stay",
          load: async () => (await import("../commands/pool-remove.ts")).poolRemove,
        },
      ],
    },
    {
      name: "profile",
      about: "hardware profiles",
      verbs: [
        {
          name: "ls",
          about: "list the hardware profiles that blueprints may name",
          load: async () => (await import("../commands/profile-list.ts")).profileList,
        },
        {
          name: "add",
          about: "add a hardware profile that blueprints may name",
          load: async () => (await import("../commands/profile-add.ts")).profileAdd,
        },
        {
          name: "rm",
          about: "remove a hardware profile; deployments that exist keep what it said",
          load: async () => (await import("../commands/profile-remove.ts")).profileRemove,
        },
      ],
    },
  ],
};
