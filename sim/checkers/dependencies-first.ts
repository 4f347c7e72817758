// Nobody is asked for before what it depends on is ready.

import { isOpen } from "../../src/core/states.ts";
import type { CheckerOf } from "./checker.ts";

export const dependenciesFirst: CheckerOf = (facts, find) => ({
  name: "dependencies first",
  commit({ changed }) {
    for (const { key, before, after } of changed.machines) {
      if (before !== null || after === null || after.row.deployment === null) continue;
      // Withdrawn in the same decision, so nobody is asked.
      if (!isOpen(after.row)) continue;
      const { deployment, instance: name } = after.row;
      const spec = facts.deployments.get(deployment)?.blueprint.instances.find((one) => one.name === name);
      for (const on of spec?.dependsOn ?? []) {
        const readyAt = facts.instances.get(`${deployment}/${on}`)?.readyAt ?? null;
        if (readyAt === null) find(`${key} is asked for before ${on} is ready`);
      }
    }
  },
});
