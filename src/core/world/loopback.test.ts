import { expect, test } from "vitest";
import { isLoopback, isLoopbackHost } from "./loopback.ts";

test.each([
  "http://127.0.0.1:7070",
  "http://127.1.2.3",
  "http://127.1/x",
  "https://localhost/yard",
  "http://LOCALHOST:80",
  "http://slipway.localhost:7070",
  "http://[::1]:7070",
  "http://[::]:7070",
  "http://0.0.0.0:7070",
  "http://[::ffff:127.0.0.1]:7070",
  "http://[::ffff:7f00:1]:7070",
])("%s leads to oneself", (url) => expect(isLoopback(url)).toBe(true));

test.each([
  "http://10.0.0.1:7070",
  "http://slipway.example.org",
  "http://localhost.example.org",
  "http://127.example.org",
  "http://[fd00::1]:7070",
  "http://[::ffff:10.0.0.1]:7070",
  "http://x?localhost",
  "ftp://localhost",
  "",
])("%s does not", (url) => expect(isLoopback(url)).toBe(false));

test("hosts are known in brackets and without", () => {
  expect(["::1", "[::1]", "127.0.0.1", "localhost", "fd00::1", "docker"].map(isLoopbackHost)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});
