import { expect, test } from "vitest";
import { createTokenBucket } from "./token-bucket.ts";

test("who waits exactly as long as told finds a token, at every rate", () => {
  for (let perSecond = 0.1; perSecond < 60; perSecond += 0.1) {
    let now = 1_700_000_000_000.3;
    const bucket = createTokenBucket({ burst: 1, perSecond }, now);
    for (let call = 0; call < 50; call++) {
      const waitMs = bucket.take(now);
      if (waitMs > 0) expect(bucket.take(now + waitMs)).toBe(0);
      now += waitMs + (call % 7) * 20;
    }
  }
});

test("rest fills the bucket up to its burst and no further", () => {
  const bucket = createTokenBucket({ burst: 3, perSecond: 10 }, 0);
  const taken = Array.from({ length: 5 }, () => bucket.take(3_600_000));
  expect(taken).toEqual([0, 0, 0, 100, 100]);
});
