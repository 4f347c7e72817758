import fc from "fast-check";
import { expect, test } from "vitest";
import { CONSOLE_BYTES_MAX } from "../../ports/console-tail.ts";
import { readFrames } from "./console.ts";

function frame(stream: 1 | 2, text: string | Uint8Array): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

test("both streams come in their order of arrival", async () => {
  const bytes = Buffer.concat([frame(2, "err\n"), frame(1, "hi\n"), frame(2, "again\n")]);
  expect(await readFrames(chunked(bytes, []))).toBe("err\nhi\nagain\n");
});

test("it does not matter where the network cuts the frames", async () => {
  const text = fc.string({ unit: "binary" });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 5 }), fc.array(fc.nat(20)), async (texts, sizes) => {
      const bytes = Buffer.concat(texts.map((one, index) => frame(index % 2 === 0 ? 1 : 2, one)));
      expect(await readFrames(chunked(bytes, sizes))).toBe(texts.join(""));
    }),
    { numRuns: 50 },
  );
});

test("of a frame that was cut off at the end there is what has come", async () => {
  const bytes = Buffer.concat([frame(1, "whole,"), frame(1, "half").subarray(0, 10)]);
  expect(await readFrames(chunked(bytes, []))).toBe("whole,ha");
});

test("a frame that says it has four gigabytes is not waited for", async () => {
  const bytes = Buffer.concat([Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), Buffer.alloc(1_000_000, "x")]);
  expect(await readFrames(chunked(bytes, [5, 100_000, 200_000]))).toBe("x".repeat(CONSOLE_BYTES_MAX));
});

test("only the newest 64 KiB are kept", async () => {
  const bytes = Buffer.concat([frame(1, "old"), frame(1, "é".repeat(CONSOLE_BYTES_MAX)), frame(1, "new")]);
  const output = await readFrames(chunked(bytes, []));
  expect(output.endsWith("éénew")).toBe(true);
  expect(Buffer.byteLength(output)).toBe(CONSOLE_BYTES_MAX - 1);
  expect(output).not.toContain("\uFFFD");
});
