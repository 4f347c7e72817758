// The states of a deployment, its instances and its machines as its events alone tell them, against the stored ones.

import type { Deployment } from "../../src/contract/deployment.ts";
import type { Event } from "../../src/contract/event.ts";

const UNASKED = "not asked for";
/** Of a member that is none, before it came or after it went. */
const ABSENT = "no member";

interface Track {
  state: string;
  /** Null: not told, of a member that is in another revision what it was. */
  ready: boolean | null;
}

/** What differs, one line each. */
export function rebuilt(deployment: Deployment, events: readonly Event[]): string[] {
  const wrong: string[] = [];
  const tracks = new Map<string, Track>();
  const trackOf = (what: string, first: string): Track => {
    const track = tracks.get(what) ?? { state: first, ready: false };
    tracks.set(what, track);
    return track;
  };
  const move = (track: Track, what: string, { no, from, to }: { no: number; from: string; to: string }): void => {
    if (track.state !== from) wrong.push(`event ${no} moves ${what} from ${from}, and it was ${track.state}`);
    track.state = to;
    track.ready = false;
  };
  for (const event of events) {
    if (event.kind === "deployment_moved") move(trackOf("deployment", "new"), "the deployment", event);
    if (event.kind === "instance_moved") move(trackOf(`instance ${event.instance}`, "new"), event.instance, event);
    if (event.kind === "instance_revised") {
      const { no, from, to, instance } = event;
      move(trackOf(`instance ${instance}`, from ?? ABSENT), instance, { no, from: from ?? ABSENT, to: to ?? ABSENT });
      if (to === "running") trackOf(`instance ${instance}`, to).ready = null;
    }
    if (event.kind === "instance_ready") trackOf(`instance ${event.instance}`, "new").ready = true;
    if (event.kind === "machine_moved") move(trackOf(`machine ${event.machine}`, UNASKED), event.machine, event);
    if (event.kind === "machine_asked") {
      move(trackOf(`machine ${event.machine}`, UNASKED), event.machine, { no: event.no, from: UNASKED, to: "intent" });
    }
  }
  const { name, state, instances, machines } = deployment;
  const expect = (what: string, stored: Track): void => {
    const track = trackOf(what, "new");
    if (track.state === stored.state && (track.ready === null || track.ready === stored.ready)) return;
    wrong.push(`${what} is ${textOf(stored)}, and ${textOf(track)} by its events`);
  };
  expect("deployment", { state, ready: false });
  for (const instance of instances) expect(`instance ${instance.name}`, instance);
  for (const machine of machines) expect(`machine ${machine.id}`, { state: machine.state, ready: false });
  return wrong.map((line) => `${name}: ${line}`);
}

function textOf({ state, ready }: Track): string {
  return ready === true ? `${state} and ready` : state;
}
