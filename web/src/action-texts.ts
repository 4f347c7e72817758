// What each action is called, and what will happen: said before anybody is asked to confirm it. Whether an action is allowed is
// the server's word alone.

import type { Action, DeploymentSummary } from "../../src/contract/deployment.ts";

export interface ActionText {
  readonly verb: string;
  /** Said behind the name, as in "Delete shop without waiting?". */
  readonly manner?: string;
  /** As in "Asked to stop: 3 of 4". */
  readonly done: string;
  /** What will happen, a sentence each. */
  readonly consequences: readonly string[];
}

/** Asked for with a yes; a lease is extended by a time, for which its own dialog asks, and an update has a page. */
export type PlainAction = Exclude<Action, "extend" | "update">;

export const ACTION_TEXTS: Readonly<Record<PlainAction, ActionText>> = {
  release: {
    verb: "Release",
    done: "Released",
    consequences: [
      "What the failed attempt has left is deleted, and each machine is proven gone, but for one that is to be kept in quarantine.",
      "Then the launch goes on at the next account, if one is left.",
    ],
  },
  cancel: {
    verb: "Cancel",
    done: "Asked to cancel",
    consequences: [
      "The launch is rolled back: every machine made for it is deleted, and each is proven gone.",
      "It is not tried at another account. It ends as Cancelled, with all its attempts and steps kept.",
    ],
  },
  stop: {
    verb: "Stop",
    done: "Asked to stop",
    consequences: [
      "Every machine is shut down and deleted, with whatever is stored on it.",
      "It ends as Stopped and is not launched again. Attempts, steps and costs are kept as long as its pool says.",
    ],
  },
  delete: {
    verb: "Delete",
    done: "Asked to delete",
    consequences: [
      "It leaves the list, and its name is free again.",
      "Attempts, steps and the ledger of its machines are kept as long as its pool says; “Show deleted” brings it back into sight.",
    ],
  },
  abandon_debt: {
    verb: "Delete",
    manner: "without waiting",
    done: "Asked to delete, debt left behind",
    consequences: [
      "It leaves the list, and its name is free again.",
      "Machines that are not proven gone may still cost money. Slipway goes on trying to delete them, and they stay on the page Debt.",
    ],
  },
  relaunch: {
    verb: "Launch",
    manner: "again",
    done: "Launched again",
    consequences: [
      "Blueprint and values are as they were, secret ones too, if the blueprint's machines can be had now.",
      "It is another deployment, which has the name from then on. This one stays as it is and is reached by its id; what it owes stays its own.",
    ],
  },
  retry_rollback: {
    verb: "Retry rollback",
    done: "Asked to roll back again",
    consequences: ["Machines that could not be deleted are tried again, each with its whole time."],
  },
};

const CANCELLED_UPDATE = [
  "Of an update only what it has added is deleted, and each machine of that is proven gone.",
  "The former set stays as it is, with the blueprint and the values that it had; a machine that made room already is launched anew, without what was on its disks. The update ends as cancelled among the revisions.",
];

type Asked = Pick<DeploymentSummary, "state">;

/** What ends is the update, and not the deployment. */
export const isUpdateCancelled = (action: PlainAction, { state }: Asked): boolean =>
  action === "cancel" && state === "updating";

/** What the action means for all of these, a sentence each. */
export function consequencesOf(action: PlainAction, asked: readonly Asked[]): readonly string[] {
  const updates = asked.filter((one) => isUpdateCancelled(action, one)).length;
  return [
    ...(updates === asked.length ? [] : ACTION_TEXTS[action].consequences),
    ...(updates === 0 ? [] : CANCELLED_UPDATE),
  ];
}

/** "Delete shop without waiting". */
export function actionOn(action: PlainAction, name: string): string {
  const { verb, manner } = ACTION_TEXTS[action];
  return [verb, name, manner].filter((word) => word !== undefined && word !== "").join(" ");
}
