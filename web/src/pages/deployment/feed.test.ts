import { expect, test } from "vitest";
import { Failure } from "../../api.ts";
import type { Follow } from "../../sse.ts";
import { createFeed } from "./feed.ts";
import { numbered } from "./deployment.samples.ts";

const STEPS = numbered(
  1,
  Array.from({ length: 6 }, (_, place) => ({ kind: "instance_ready", instance: `app-${place}` }) as const),
);

/** A feed whose line and frames the test holds in its hands. */
function stage() {
  const lines: Follow[] = [];
  const frames: (() => void)[] = [];
  let closed = 0;
  const feed = createFeed(
    "dep",
    {
      follow: async (given) => void lines.push(given),
      soon: (flush) => void frames.push(flush),
      now: () => 7,
      lingerMs: 0,
    },
    () => (closed += 1),
  );
  const line = (): Follow => {
    const last = lines.at(-1);
    if (last === undefined) throw new Error("no line");
    return last;
  };
  return { feed, lines, line, frames, closed: () => closed, frame: () => frames.splice(0).forEach((flush) => flush()) };
}

test("what arrives between two frames is one change", () => {
  const { feed, line, frames, frame } = stage();
  let changes = 0;
  feed.subscribe(() => (changes += 1));
  line().onConnection({ state: "live" });
  for (const step of STEPS) line().onEvents([step]);
  expect([frames.length, changes, feed.state().last]).toEqual([1, 0, 0]);
  frame();
  expect([changes, feed.state().last, feed.state().events.length, feed.state().heardAt]).toEqual([1, 6, 6, 7]);
});

test("every change is another state, so that nobody takes a grown list for an old one", () => {
  const { feed, line, frame } = stage();
  feed.subscribe(() => {});
  const before = feed.state();
  line().onEvents(STEPS.slice(0, 1));
  frame();
  expect(feed.state()).not.toBe(before);
});

test("two who look share one line, and the last one who leaves ends it", async () => {
  const { feed, lines, line, closed } = stage();
  const leave = [feed.subscribe(() => {}), feed.subscribe(() => {})];
  expect(lines).toHaveLength(1);
  leave[0]?.();
  expect(line().signal.aborted).toBe(false);
  leave[1]?.();
  await expect.poll(closed).toBe(1);
  expect(line().signal.aborted).toBe(true);
});

test("after an end it goes on behind the last step, once", () => {
  const { feed, lines, line, frame } = stage();
  feed.subscribe(() => {});
  line().onEvents(STEPS);
  line().onConnection({ state: "closed", failure: null });
  frame();
  feed.resume();
  feed.resume();
  expect(lines.map(({ after }) => after)).toEqual([0, 6]);
});

test("a line that was refused is opened again by whoever comes back, and by nobody else", async () => {
  const { feed, lines, line, frame } = stage();
  const leave = feed.subscribe(() => {});
  const of = { code: "not_authenticated", title: "", detail: "", errors: [], requestId: null } as const;
  line().onEvents(STEPS);
  line().onConnection({ state: "closed", failure: new Failure(of) });
  frame();
  feed.resume();
  const leaveToo = feed.subscribe(() => {});
  expect(lines).toHaveLength(1);
  leave();
  leaveToo();
  feed.subscribe(() => {});
  expect(lines.map(({ after }) => after)).toEqual([0, 6]);
  expect(feed.state()).toMatchObject({ last: 6, connection: { state: "connecting" } });
});
