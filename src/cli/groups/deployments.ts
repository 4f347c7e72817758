// Commands for what is launched, in the order of `slipway --help`.

import type { Group } from "./group.ts";

export const DEPLOYMENTS: Group = {
  title: "Deployments:",
  commands: [
    {
      name: "plan",
      about: "show where a blueprint could go, and why not elsewhere",
      load: async () => (await import("../commands/deployment-plan.ts")).deploymentPlan,
    },
    {
      name: "launch",
      about: "launch a blueprint: all of it, or nothing",
      load: async () => (await import("../commands/deployment-launch.ts")).deploymentLaunch,
    },
    {
      name: "watch",
      about: "follow a deployment until nothing is under way",
      load: async () => (await import("../commands/deployment-watch.ts")).deploymentWatch,
    },
    {
      name: "ls",
      about: "list deployments, newest first",
      load: async () => (await import("../commands/deployment-list.ts")).deploymentList,
    },
    {
      name: "show",
      about: "show everything about one deployment",
      load: async () => (await import("../commands/deployment-show.ts")).deploymentShow,
    },
    {
      name: "output",
      about: "print what a deployment tells about itself: all, or the value of one",
      load: async () => (await import("../commands/deployment-output.ts")).deploymentOutput,
    },
    {
      name: "inventory",
      about: "print a deployment's machines for Ansible, ssh or /etc/hosts",
      load: async () => (await import("../commands/deployment-inventory.ts")).deploymentInventory,
    },
    {
      name: "ssh",
      about: "log in at an instance's machine, with this machine's ssh",
      load: async () => (await import("../commands/deployment-ssh.ts")).deploymentSsh,
    },
    {
      name: "logs",
      about: "print an instance's console: as its cloud has it now, else what was kept of it",
      load: async () => (await import("../commands/deployment-logs.ts")).deploymentLogs,
    },
    {
      name: "events",
      about: "print the steps of a deployment",
      load: async () => (await import("../commands/deployment-events.ts")).deploymentEvents,
    },
    {
      name: "evidence",
      about: "print what was kept of a failed machine: its fault and its console",
      load: async () => (await import("../commands/deployment-evidence.ts")).deploymentEvidence,
    },
    {
      name: "export",
      about: "write the history as a table: deployments, attempts or machines, with what they cost; or the audit log",
      load: async () => (await import("../commands/export.ts")).exportTable,
    },
    {
      name: "cancel",
      about: "give up a launch: roll it back and try no other account; or an update: only what it has added is removed",
      load: async () => (await import("../commands/deployment-ask.ts")).deploymentCancel,
    },
    {
      name: "stop",
      about: "stop deployments: undo all their machines; a launch under way is cancelled",
      load: async () => (await import("../commands/deployment-ask.ts")).deploymentStop,
    },
    {
      name: "down",
      about: "bring deployments down, whatever they are doing; what has ended already is no error",
      load: async () => (await import("../commands/deployment-ask.ts")).deploymentDown,
    },
    {
      name: "extend",
      about: "let a deployment that has a lease run longer",
      load: async () => (await import("../commands/deployment-extend.ts")).deploymentExtend,
    },
    {
      name: "rm",
      about: "delete deployments that have ended; ls --all goes on showing them",
      load: async () => (await import("../commands/deployment-remove.ts")).deploymentRemove,
    },
    {
      name: "release",
      about:
        "go on at once with a launch whose failed attempt is held for study; or remove what is kept in quarantine: NAME/INSTANCE",
      load: async () => (await import("../commands/deployment-ask.ts")).deploymentRelease,
    },
    {
      name: "retry-rollback",
      about: "try at once to undo what a failed rollback has left",
      load: async () => (await import("../commands/deployment-ask.ts")).deploymentRetryRollback,
    },
    {
      name: "repair",
      about: "replace members of a deployment that is up: those named, or all that have failed",
      load: async () => (await import("../commands/deployment-ask.ts")).deploymentRepair,
    },
    {
      name: "reboot",
      about: "boot an instance's machine again, with its disks and addresses as they are; its cloud is asked once",
      load: async () => (await import("../commands/deployment-reboot.ts")).instanceReboot,
    },
    {
      name: "relaunch",
      about: "launch what has ended once more, as another deployment that has its name from then on",
      load: async () => (await import("../commands/deployment-relaunch.ts")).deploymentRelaunch,
    },
    {
      name: "update",
      about: "change a deployment that is up, to another blueprint or other values; or show what would change",
      load: async () => (await import("../commands/deployment-update.ts")).deploymentUpdate,
    },
    {
      name: "scale",
      about: "change how many members groups of a deployment that is up have: an update",
      load: async () => (await import("../commands/deployment-update.ts")).deploymentScale,
    },
    {
      name: "retry",
      about: "try failed instances of an incomplete deployment again",
      load: async () => (await import("../commands/deployment-ask.ts")).instanceRetry,
    },
  ],
  nouns: [
    {
      name: "blueprint",
      about: "stored blueprints",
      verbs: [
        {
          name: "ls",
          about: "list stored blueprints",
          load: async () => (await import("../commands/blueprint-list.ts")).blueprintList,
        },
        {
          name: "show",
          about: "print a stored blueprint as it was given, comments included",
          load: async () => (await import("../commands/blueprint-show.ts")).blueprintShow,
        },
        {
          name: "check",
          about: "check a blueprint against the server's profiles and what accounts offer; where it fits is up to plan",
          load: async () => (await import("../commands/blueprint-check.ts")).blueprintCheck,
        },
        {
          name: "put",
          about: "store a blueprint, or its next version, under the name that is in it",
          load: async () => (await import("../commands/blueprint-put.ts")).blueprintPut,
        },
        {
          name: "import",
          about: "print an Aeolus deployable as a blueprint, and tell what could not be taken over",
          load: async () => (await import("../commands/blueprint-import.ts")).blueprintImport,
        },
        {
          name: "rm",
          about: "remove a stored blueprint with all its versions; deployments keep their copy",
          load: async () => (await import("../commands/blueprint-remove.ts")).blueprintRemove,
        },
      ],
    },
    {
      name: "debt",
      about: "machines that should be gone and are not proven gone",
      verbs: [
        {
          name: "ls",
          about: "list machines that should be gone and are not proven gone",
          load: async () => (await import("../commands/debt-list.ts")).debtList,
        },
        {
          name: "retry",
          about: "try at once to undo machines that are debt, instead of at their next try",
          load: async () => (await import("../commands/debt-retry.ts")).debtRetry,
        },
      ],
    },
  ],
};
