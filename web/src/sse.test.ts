import { expect, test } from "vitest";
import { framesOf } from "./sse.ts";

const step = (no: number): string => `event: step\nid: ${no}\ndata: {"no":${no},"kind":"deleted"}\n\n`;

test("steps are given when their frame is whole, however the stream is cut", () => {
  const text = `retry: 1000\n\n${step(1)}: still here\n\n${step(2)}event: end\ndata: {"last":2}\n\n`;
  for (let cut = 0; cut <= text.length; cut += 1) {
    const frames = framesOf();
    const [first, second] = [frames(text.slice(0, cut)), frames(text.slice(cut))];
    expect([...first.steps, ...second.steps].map(({ no }) => no)).toEqual([1, 2]);
    expect(first.end ?? second.end).toEqual({ last: 2 });
  }
});

test("a frame that is not whole gives nothing", () => {
  expect(framesOf()(step(1).slice(0, -1))).toEqual({ steps: [], end: null });
});
