// What is not ours is never touched, whatever its name.

import type { CheckerOf } from "./checker.ts";

export const foreignMachines: CheckerOf = (_, find) => ({
  name: "foreign machines",
  billed({ kind, cloud, machineId, name }, { owner }) {
    if (owner === null && kind === "gone") find(`${machineId} (${name}) at ${cloud} is ${kind}, and was never ours`);
  },
});
