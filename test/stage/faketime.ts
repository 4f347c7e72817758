// A clock that a test sets for other processes: Debian's faketime, which comes between them and the system's clock. Their monotonic
// clocks go on.

import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { ROOT } from "./child.ts";

export interface FakeClock {
  /** For processes that go by this clock. */
  readonly env: NodeJS.ProcessEnv;
  /** From the real time, in hours. */
  set(hours: number): void;
}

/** Null: it is not here, and could not be installed. */
export function fakeClock(): FakeClock | null {
  const library = installed() ?? (isRoot() ? installedNow() : null);
  if (library === null) return null;
  // The folder is open to the user that the database server runs as.
  const file = join(mkdtempSync(join(tmpdir(), "slipway-clock-")), "offset");
  spawnSync("chmod", ["755", join(file, "..")]);
  const set = (hours: number): void => writeFileSync(file, `${hours < 0 ? "" : "+"}${hours * 3600}\n`);
  set(0);
  return {
    set,
    env: { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1", DONT_FAKE_MONOTONIC: "1" },
  };
}

const isRoot = (): boolean => userInfo().uid === 0;

function installed(): string | null {
  return globSync("/usr/lib/*/faketime/libfaketime.so.1")[0] ?? null;
}

function installedNow(): string | null {
  spawnSync(join(ROOT, "scripts/ci/apt-install.sh"), ["faketime"], { stdio: ["ignore", "ignore", "inherit"] });
  return installed();
}
