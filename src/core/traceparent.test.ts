import { expect, test } from "vitest";
import { keptTrace, parseTraceHeaders, parseTraceparent, traceparentOf } from "./traceparent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

test("a traceparent is read and written", () => {
  const read = parseTraceparent(`00-${TRACE}-${SPAN}-01`);
  expect(read).toEqual({ traceId: TRACE, spanId: SPAN, isSampled: true, state: null });
  for (const flags of ["00", "01"]) {
    const text = `00-${TRACE}-${SPAN}-${flags}`;
    const parsed = parseTraceparent(text);
    expect(parsed === null ? null : traceparentOf(parsed)).toBe(text);
  }
});

test("a later version may say more, and of the flags one is known", () => {
  expect(parseTraceparent(`01-${TRACE}-${SPAN}-03-more`)).toMatchObject({
    traceId: TRACE,
    spanId: SPAN,
    isSampled: true,
  });
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-02`)).toMatchObject({ isSampled: false });
});

test.each([
  undefined,
  null,
  "",
  "hello",
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE}-${SPAN}`,
])("%j is none", (text) => {
  expect(parseTraceparent(text)).toBeNull();
});

const PARENT = `00-${TRACE}-${SPAN}-01`;

test.each([
  ["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"],
  [" tenant@system=a b , ,x=1", "tenant@system=a b,x=1"],
  ["", null],
  [" , ", null],
  ["Upper=1", null],
  ["a=b=c", null],
  ["good=1,no value", null],
  [Array.from({ length: 33 }, (_, n) => `k${n}=1`).join(","), null],
  [Array.from({ length: 5 }, (_, n) => `k${n}=${"v".repeat(110)}`).join(","), null],
])("the state %j is kept as %j", (tracestate, state) => {
  const parent = parseTraceHeaders({ traceparent: PARENT, tracestate });
  expect(parent?.state).toBe(state);
  expect(parent === null ? null : parseTraceparent(keptTrace(parent))).toEqual(parent);
});

test("a state without a trace is nobody's", () => {
  expect(parseTraceHeaders({ tracestate: "a=1" })).toBeNull();
  expect(parseTraceHeaders({ traceparent: PARENT })?.state).toBeNull();
});
