// Events tell the whole story: numbers without gaps, and the states rebuilt from them equal the stored ones at every commit.

import type { CheckerOf } from "./checker.ts";

export const toldStory: CheckerOf = (_, find) => {
  const lastNo = new Map<string, number>();
  const told = new Map<string, string>();
  const members = new Set<string>();
  const move = (key: string, from: string, to: string): void => {
    const before = told.get(key);
    if (before !== from) find(`${key} is told to go from ${from} to ${to}, and was told to be ${before ?? "nothing"}`);
    told.set(key, to);
  };
  const equal = (key: string, stored: string, born: string): void => {
    const state = told.get(key) ?? born;
    if (state !== stored) find(`${key} is stored as ${stored}, and told to be ${state}`);
  };
  return {
    name: "told story",
    commit({ changed, events }) {
      for (const { deployment, no, body } of events) {
        const before = lastNo.get(deployment) ?? 0;
        if (no !== before + 1) find(`${deployment}: event ${no} comes after event ${before}`);
        lastNo.set(deployment, no);
        if (body.kind === "launch_asked") told.set(deployment, "new");
        if (body.kind === "deployment_moved") move(deployment, body.from, body.to);
        if (body.kind === "instance_moved") {
          const key = `${deployment}/${body.instance}`;
          if (!told.has(key)) told.set(key, "new");
          move(key, body.from, body.to);
        }
        if (body.kind === "instance_revised") {
          const key = `${deployment}/${body.instance}`;
          const before = told.get(key) ?? (members.has(key) ? "new" : null);
          if (before !== body.from)
            find(`${key} is told to begin anew from ${body.from}, and was told to be ${before}`);
          if (body.to === null) told.delete(key);
          else told.set(key, body.to);
        }
        if (body.kind === "machine_asked") told.set(body.machine, "intent");
        if (body.kind === "machine_moved") move(body.machine, body.from, body.to);
      }
      for (const { key, after } of changed.instances) {
        if (after === null) members.delete(key);
        else members.add(key);
      }
      for (const { key, after } of changed.deployments) if (after !== null) equal(key, after.row.state, "nothing");
      for (const { key, after } of changed.instances) if (after !== null) equal(key, after.row.state, "new");
      for (const { key, after } of changed.machines) {
        if (after !== null && after.row.deployment !== null) equal(key, after.row.state, "nothing");
      }
    },
  };
};
