// All commands that are clients of the server, in the order of `slipway --help`.

import type { Command } from "commander";
import { about } from "./commands/about.ts";
import { accountAdd } from "./commands/account-add.ts";
import { accountCheck } from "./commands/account-check.ts";
import { accountList } from "./commands/account-list.ts";
import { accountRemove } from "./commands/account-remove.ts";
import { accountSet } from "./commands/account-set.ts";
import { accountOffers } from "./commands/account-offers.ts";
import { accountShow } from "./commands/account-show.ts";
import { backup } from "./commands/backup.ts";
import { blueprintCheck } from "./commands/blueprint-check.ts";
import { blueprintImport } from "./commands/blueprint-import.ts";
import { blueprintList } from "./commands/blueprint-list.ts";
import { blueprintPut } from "./commands/blueprint-put.ts";
import { blueprintRemove } from "./commands/blueprint-remove.ts";
import { blueprintShow } from "./commands/blueprint-show.ts";
import { complete, completion } from "./commands/completion.ts";
import { exportTable } from "./commands/export.ts";
import { debtList } from "./commands/debt-list.ts";
import { debtRetry } from "./commands/debt-retry.ts";
import {
  deploymentCancel,
  deploymentDown,
  deploymentRepair,
  deploymentRetryRollback,
  deploymentStop,
  instanceRetry,
} from "./commands/deployment-ask.ts";
import { deploymentEvents } from "./commands/deployment-events.ts";
import { deploymentEvidence } from "./commands/deployment-evidence.ts";
import { deploymentRelaunch } from "./commands/deployment-relaunch.ts";
import { deploymentExtend } from "./commands/deployment-extend.ts";
import { deploymentInventory } from "./commands/deployment-inventory.ts";
import { deploymentLaunch } from "./commands/deployment-launch.ts";
import { deploymentList } from "./commands/deployment-list.ts";
import { deploymentLogs } from "./commands/deployment-logs.ts";
import { deploymentOutput } from "./commands/deployment-output.ts";
import { deploymentPlan } from "./commands/deployment-plan.ts";
import { deploymentRemove } from "./commands/deployment-remove.ts";
import { deploymentShow } from "./commands/deployment-show.ts";
import { deploymentSsh } from "./commands/deployment-ssh.ts";
import { deploymentWatch } from "./commands/deployment-watch.ts";
import { doctor } from "./commands/doctor.ts";
import { hold } from "./commands/hold.ts";
import { login } from "./commands/login.ts";
import { poolAdd } from "./commands/pool-add.ts";
import { poolList } from "./commands/pool-list.ts";
import { poolRemove } from "./commands/pool-remove.ts";
import { poolSet } from "./commands/pool-set.ts";
import { profileAdd } from "./commands/profile-add.ts";
import { profileList } from "./commands/profile-list.ts";
import { profileRemove } from "./commands/profile-remove.ts";
import { providerList } from "./commands/provider-list.ts";
import { providerShow } from "./commands/provider-show.ts";
import { tokenAdd } from "./commands/token-add.ts";
import { tokenList } from "./commands/token-list.ts";
import { tokenRemove } from "./commands/token-remove.ts";
import { version } from "./commands/version.ts";
import type { Run } from "./session.ts";

type AddCommand = (parent: Command, run: Run) => void;

interface Group {
  readonly title: string;
  readonly commands: readonly AddCommand[];
  readonly nouns?: readonly { readonly name: string; readonly about: string; readonly verbs: readonly AddCommand[] }[];
}

const GROUPS: readonly Group[] = [
  {
    title: "Deployments:",
    commands: [
      deploymentPlan,
      deploymentLaunch,
      deploymentWatch,
      deploymentList,
      deploymentShow,
      deploymentOutput,
      deploymentInventory,
      deploymentSsh,
      deploymentLogs,
      deploymentEvents,
      deploymentEvidence,
      exportTable,
      deploymentCancel,
      deploymentStop,
      deploymentDown,
      deploymentExtend,
      deploymentRemove,
      deploymentRetryRollback,
      deploymentRepair,
      deploymentRelaunch,
      instanceRetry,
    ],
    nouns: [
      {
        name: "blueprint",
        about: "stored blueprints",
        verbs: [blueprintList, blueprintShow, blueprintCheck, blueprintPut, blueprintImport, blueprintRemove],
      },
      { name: "debt", about: "machines that should be gone and are not proven gone", verbs: [debtList, debtRetry] },
    ],
  },
  {
    title: "Clouds:",
    commands: [],
    nouns: [
      {
        name: "account",
        about: "accounts at clouds",
        verbs: [accountList, accountShow, accountOffers, accountAdd, accountCheck, accountSet, accountRemove],
      },
      { name: "provider", about: "kinds of clouds, and what an account needs", verbs: [providerList, providerShow] },
      { name: "pool", about: "accounts among which a launch chooses", verbs: [poolList, poolAdd, poolSet, poolRemove] },
      { name: "profile", about: "hardware profiles", verbs: [profileList, profileAdd, profileRemove] },
    ],
  },
  {
    title: "Access:",
    commands: [login, about, doctor, backup, hold, version, completion, complete],
    nouns: [{ name: "token", about: "who may use the server", verbs: [tokenList, tokenAdd, tokenRemove] }],
  },
];

export function addCommands(program: Command, run: Run): void {
  for (const { title, commands, nouns = [] } of GROUPS) {
    program.commandsGroup(title);
    for (const add of commands) add(program, run);
    for (const { name, about, verbs } of nouns) {
      const noun = program.command(name).description(about).helpCommand(false);
      for (const add of verbs) add(noun, run);
    }
  }
}
