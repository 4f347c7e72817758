// The section `launch`: how hard to try and how long to wait.

import { type Cursor, fieldsOf, readScalar } from "./cursor.ts";
import type { Mistake } from "./mistake.ts";
import { DEFAULT_POLICY, type LaunchPolicy } from "./model.ts";
import { duration } from "./quantity.ts";
import { oneOf, wholeNumber } from "./reader.ts";

/** The number of an attempt has two digits in a machine's name. */
const ATTEMPTS_MOST = 99;

const LAUNCH = { required: {}, optional: ["maxAttempts", "onRollbackFailure", "rollbackOrder", "deadlines"] };
const DEADLINES = { required: {}, optional: ["create", "boot", "start", "ready", "undo", "launch"] };

export function readPolicy(section: Cursor | undefined, mistakes: Mistake[]): LaunchPolicy {
  if (section === undefined) return DEFAULT_POLICY;
  const fields = fieldsOf(section, LAUNCH, mistakes);
  const attempts = { ...wholeNumber(1, ATTEMPTS_MOST), fallback: DEFAULT_POLICY.maxAttempts };
  const onFailure = oneOf(["stop", "continue"], DEFAULT_POLICY.onRollbackFailure);
  const order = oneOf(["parallel", "reverse"], DEFAULT_POLICY.rollbackOrder);
  return {
    maxAttempts: readScalar(fields.get("maxAttempts"), attempts, mistakes),
    onRollbackFailure: readScalar(fields.get("onRollbackFailure"), onFailure, mistakes),
    rollbackOrder: readScalar(fields.get("rollbackOrder"), order, mistakes),
    deadlines: readDeadlines(fields.get("deadlines"), mistakes),
  };
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
