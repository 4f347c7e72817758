// The section `launch`: how hard to try and how long to wait.

import { type Cursor, fieldsOf, readScalar } from "./cursor.ts";
import type { Mistake } from "./mistake.ts";
import { DEFAULT_POLICY, type LaunchPolicy } from "./model.ts";
import { DOLLARS, duration, LEASE, QUARANTINE, STUDY } from "./quantity.ts";
import { oneOf, wholeNumber } from "./reader.ts";

/** The number of an attempt has two digits in a machine's name. */
const ATTEMPTS_MOST = 99;
const REPLACEMENTS_MOST = 1000;
const REFUSALS_MOST = 1000;

export const LAUNCH = {
  required: {},
  optional: [
    "maxAttempts",
    "onFailure",
    "quarantine",
    "onRollbackFailure",
    "rollbackOrder",
    "deadlines",
    "realms",
    "onRefusal",
    "maxReplacements",
    "maxHourly",
    "lease",
    "refusals",
  ],
};
const ON_FAILURE = { required: { hold: "hold: 30m" }, optional: [] };
const ON_FAILURE_WORD = {
  ...oneOf(["rollback"], "rollback"),
  must: "must be rollback or { hold: TIME }, such as { hold: 30m }",
};
const REFUSALS = { required: {}, optional: ["sizes", "realms"] };
const DEADLINES = { required: {}, optional: ["create", "boot", "start", "ready", "undo", "launch"] };

export function readPolicy(section: Cursor | undefined, mistakes: Mistake[]): LaunchPolicy {
  if (section === undefined) return DEFAULT_POLICY;
  const fields = fieldsOf(section, LAUNCH, mistakes);
  const attempts = { ...wholeNumber(1, ATTEMPTS_MOST), fallback: DEFAULT_POLICY.maxAttempts };
  const onFailure = oneOf(["stop", "continue"], DEFAULT_POLICY.onRollbackFailure);
  const order = oneOf(["parallel", "reverse"], DEFAULT_POLICY.rollbackOrder);
  const replacements = { ...wholeNumber(0, REPLACEMENTS_MOST), fallback: DEFAULT_POLICY.maxReplacements };
  const most = fields.get("maxHourly");
  const lease = fields.get("lease");
  const quarantine = fields.get("quarantine");
  return {
    maxAttempts: readScalar(fields.get("maxAttempts"), attempts, mistakes),
    onRollbackFailure: readScalar(fields.get("onRollbackFailure"), onFailure, mistakes),
    rollbackOrder: readScalar(fields.get("rollbackOrder"), order, mistakes),
    deadlines: readDeadlines(fields.get("deadlines"), mistakes),
    realms: readScalar(fields.get("realms"), oneOf(["same", "any", "spread"], DEFAULT_POLICY.realms), mistakes),
    onRefusal: readScalar(fields.get("onRefusal"), oneOf(["rollback", "replace"], DEFAULT_POLICY.onRefusal), mistakes),
    maxReplacements: readScalar(fields.get("maxReplacements"), replacements, mistakes),
    maxHourlyMicros: most === undefined ? null : readScalar(most, DOLLARS, mistakes),
    leaseMs: lease === undefined ? null : readScalar(lease, LEASE, mistakes),
    studyMs: readOnFailure(fields.get("onFailure"), mistakes),
    quarantineMs: quarantine === undefined ? null : readScalar(quarantine, QUARANTINE, mistakes),
    refusals: readRefusals(fields.get("refusals"), mistakes),
  };
}

/** How long what has failed is kept; null: it is rolled back at once. */
function readOnFailure(section: Cursor | undefined, mistakes: Mistake[]): number | null {
  if (section?.node.kind !== "map") {
    readScalar(section, ON_FAILURE_WORD, mistakes);
    return null;
  }
  const hold = fieldsOf(section, ON_FAILURE, mistakes).get("hold");
  return hold === undefined ? null : readScalar(hold, STUDY, mistakes);
}

function readRefusals(section: Cursor | undefined, mistakes: Mistake[]): LaunchPolicy["refusals"] {
  const standard = DEFAULT_POLICY.refusals;
  if (section === undefined) return standard;
  const fields = fieldsOf(section, REFUSALS, mistakes);
  const read = (key: string, fallback: number): number =>
    readScalar(fields.get(key), { ...wholeNumber(1, REFUSALS_MOST), fallback }, mistakes);
  return { sizes: read("sizes", standard.sizes), realms: read("realms", standard.realms) };
}

function readDeadlines(section: Cursor | undefined, mistakes: Mistake[]): LaunchPolicy["deadlines"] {
  const standard = DEFAULT_POLICY.deadlines;
  if (section === undefined) return standard;
  const fields = fieldsOf(section, DEADLINES, mistakes);
  const read = (key: string, fallback: number): number => readScalar(fields.get(key), duration(fallback), mistakes);
  return {
    createMs: read("create", standard.createMs),
    bootMs: read("boot", standard.bootMs),
    startMs: read("start", standard.startMs),
    readyMs: read("ready", standard.readyMs),
    undoMs: read("undo", standard.undoMs),
    launchMs: read("launch", standard.launchMs),
  };
}
