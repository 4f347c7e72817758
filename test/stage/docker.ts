// The Docker Engine of the tests (the one that DOCKER_HOST names), and a door before it.

import { type HoldingDoor, openHoldingDoor } from "./holding-door.ts";
import { run } from "./command.ts";

export const ENGINE = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";

/** Standard output of one `docker` command; throws when it fails. */
export async function docker(...argv: readonly string[]): Promise<string> {
  const { code, out, err } = await run("docker", argv, { DOCKER_HOST: ENGINE });
  if (code !== 0) throw new Error(`docker ${argv.join(" ")}: ${err}`);
  return out.trim();
}

/** Containers of one deployment, in whatever state, as [instance, id]. */
export async function containersOf(deployment: string): Promise<readonly (readonly [instance: string, id: string])[]> {
  const format = `{{.Label "slipway-instance"}} {{.ID}}`;
  const filter = `label=slipway-deployment=${deployment}`;
  const lines = await docker("ps", "--all", "--no-trunc", "--filter", filter, "--format", format);
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""] as const)
    .toSorted(([a, one], [b, other]) => (a + one < b + other ? -1 : 1));
}

export interface Door extends HoldingDoor {
  /** Setting of the account. */
  readonly endpoint: string;
}

/** One poll of the tracker asks for this list once. */
export const LIST = /^GET \/containers\/json\?all=1&filters=%7B%22label/;

/** What is asked is told without the version. */
export async function openDoor(): Promise<Door> {
  const listen = { port: 0, host: "127.0.0.1" };
  const door = await openHoldingDoor({ to: ENGINE.replace(/^unix:\/\//, ""), listen, version: / \/v\d\.\d+/ });
  return { ...door, endpoint: `http://127.0.0.1:${door.port}` };
}
