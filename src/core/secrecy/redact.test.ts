import { expect, test } from "vitest";
import { sampleFault, sampleObserved } from "../../ports/store.samples.ts";
import { SECRET_LEAST } from "./secret.ts";
import { redactFault, redactObserved, redactOutcome, redactText } from "./redact.ts";

test.each([
  ["as it is", "password hunter2/ is wrong", "password [redacted] is wrong"],
  ["in a URL", "http://u:hunter2%2F@host", "http://u:[redacted]@host"],
  ["in a URL, as another program writes it", "http://u:%68unter2%2f@host", "http://u:[redacted]@host"],
  ["in a URL within a URL", "http://a/?b=hunter2%252F", "http://a/?b=[redacted]"],
  ["in JSON", String.raw`{"p":"hunter2\/"}`, `{"p":"[redacted]"}`],
  ["in JSON within JSON", String.raw`{"p":"{\"q\":\"hunter2\\u002f\"}"}`, String.raw`{"p":"{\"q\":\"[redacted]\"}"}`],
  ["in what a program prints", String.raw`b'hunter2\x2f'`, `b'[redacted]'`],
  ["in XML", "<p>hunter2&#47;</p><p>hunter2&#x2F;</p>", "<p>[redacted]</p><p>[redacted]</p>"],
  ["in hexadecimal digits", "0x68756e746572322f and 68 75 6E 74 65 72 32 2F", "0x[redacted] and [redacted]"],
  ["several times", "hunter2/ hunter2/hunter2/", "[redacted] [redacted]"],
])("a secret is taken out %s", (_where, text, clean) => {
  expect(redactText(text, ["hunter2/"])).toBe(clean);
});

test.each([
  ["with quotes", 'a"b"c"d', JSON.stringify({ p: 'a"b"c"d' }), '{"p":"[redacted]"}'],
  ["with a line end", "top\nsecret", JSON.stringify({ p: "top\nsecret" }), '{"p":"[redacted]"}'],
  ["with spaces, in a form", "a b c d", "q=a+b+c+d&r=a%20b%20c%20d", "q=[redacted]&r=[redacted]"],
  [
    "beyond ASCII",
    "пароль",
    String.raw`"\u043f\u0430\u0440\u043e\u043b\u044c", %d0%BF%D0%B0роль`,
    '"[redacted]", [redacted]',
  ],
  ["beyond 16 bits", "🔑🔑🔑", String.raw`"\ud83d\udd11\uD83D\uDD11🔑"`, '"[redacted]"'],
  ["in XML", `<&>"'x`, "&lt;&amp;&gt;&quot;&apos;x &#60;&#38;&#62;&#34;&#39;x", "[redacted] [redacted]"],
])("a secret %s is found", (...[, secret, text, clean]) => {
  expect(redactText(text, [secret])).toBe(clean);
});

const SECRET = "correct-horse-battery";

test.each([0, 1, 2])("a secret is taken out of base64 at each alignment: %i", (before) => {
  const encoded = Buffer.from(`${"x".repeat(before)}${SECRET}!`).toString("base64");
  const clean = redactText(`user data was ${encoded}, and is wrong`, [SECRET]);
  expect(clean).toMatch(/^user data was e?H?h?.{0,2}\[redacted\].{0,4}, and is wrong$/);
  expect(Buffer.from(clean.replace(/^user data was |\[redacted\].*/g, ""), "base64").toString()).not.toContain("c");
});

test("a secret is taken out of base64 for URLs, and of base64 in lines", () => {
  const odd = "ÿþÿþÿþ??>>";
  const [plain, url] = (["base64", "base64url"] as const).map((encoding) => Buffer.from(odd).toString(encoding));
  expect(redactText(`${plain} ${url}`, [odd])).toBe("[redacted]== [redacted]");
  const lines = Buffer.from(`${"-".repeat(50)}${SECRET}${"-".repeat(50)}`)
    .toString("base64")
    .replaceAll(/.{38}/g, "$&\r\n   ");
  const clean = redactText(lines, [SECRET]);
  expect(clean.replaceAll(/\s/g, "")).toMatch(/^[LS0t]+.?\[redacted\].?[LS0tQ]+=*$/);
});

test("base64 within JSON, and within base64, is read as well", () => {
  const auth = Buffer.from(`root:${SECRET}`).toString("base64");
  const config = Buffer.from(JSON.stringify({ auths: { host: { auth } } })).toString("base64");
  expect(redactText(JSON.stringify({ log: `got\n${auth}\n` }), [SECRET])).toMatch(/^\{"log":"got\\ncm9vdD\[redacted\]/);
  const clean = redactText(config, [SECRET]);
  expect(clean).toContain("[redacted]");
  expect(clean.length).toBeLessThan(config.length - SECRET.length);
});

test("each long line of a longer secret is taken out, and line ends do not matter", () => {
  const key = "-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----\n";
  expect(redactText("a\r\nMIIEvQIBADANBg\r\nb", [key])).toBe("a\r\n[redacted]\r\nb");
});

test("of secrets within and across secrets nothing is left", () => {
  expect(redactText("abcdef-ghijkl", ["abcdef", "abcdef-ghijkl"])).toBe("[redacted]");
  expect(redactText("abcdef-ghijkl", ["abcdef-gh", "ef-ghijkl"])).toBe("[redacted]");
});

test("a piece of a secret at an end, where the text was cut, is taken out", () => {
  expect(redactText("password correct-hor", [SECRET])).toBe("password [redacted]");
  expect(redactText("se-battery is wrong", [SECRET])).toBe("[redacted] is wrong");
  expect(redactText("corre", [SECRET])).toBe("corre");
  expect(redactText("tery is wrong", [SECRET])).toBe("tery is wrong");
  // Words that only resemble it stay.
  for (const text of ["it is correct-hoXs", "it is Xorrect-horse", "it is cXrrect-horse", "Xe-battery it is"]) {
    expect(redactText(text, [SECRET])).toBe(text);
  }
});

test.each(["", "\n", "pin", "12345", "  12345  "])("%j is too short to be looked for", (secret) => {
  expect(redactText("pin 12345, port 123456", [secret])).toBe("pin 12345, port 123456");
});

test("what only looks encoded stays as it is", () => {
  const text = String.raw`100% of C:\new\users &c; &#0; %zz \q ` + "QUJDREVGR0hJSktMTU5PUA== \u0007 done";
  expect(redactText(text, [SECRET])).toBe(text);
});

test("what neither database nor terminal can hold is taken out", () => {
  expect(redactText("a\0b\ud800c", [])).toBe("ab\ufffdc");
});

test("of a text of megabytes the beginning is read and the rest counted", () => {
  const clean = redactText(`${SECRET} ${"x".repeat(1_000_000)}${SECRET}`, [SECRET]);
  expect(clean).toMatch(/^\[redacted\] x+… 934,507 more characters$/);
  expect(redactText(clean, [SECRET])).toBe(clean);
});

test("a fault loses secrets in its texts, and keeps its code", () => {
  const given = sampleFault({ code: "invalid_hunter2_key", text: "hunter2", requestId: "r-hunter2" });
  const clean = { code: "invalid_hunter2_key", text: "[redacted]", requestId: "r-[redacted]" };
  expect(redactFault(given, ["hunter2"])).toMatchObject(clean);
  expect(redactFault(sampleFault(), ["hunter2"]).requestId).toBeNull();
});

test("a code that has not the form of one is text", () => {
  expect(redactFault(sampleFault({ code: "no hunter2" }), ["hunter2"]).code).toBe("no [redacted]");
});

test("what a machine shows loses secrets in its fault", () => {
  const shown = sampleObserved({ state: "error", fault: sampleFault({ text: "hunter2" }) });
  expect(redactObserved(shown, ["hunter2"]).fault?.text).toBe("[redacted]");
  expect(redactObserved(sampleObserved(), ["hunter2"])).toEqual(sampleObserved());
});

const faulty = sampleObserved({ fault: sampleFault({ text: "hunter2" }) });

test.each([
  [{ kind: "created", observed: faulty }],
  [{ kind: "console", text: "login: hunter2" }],
  [{ kind: "fault", fault: sampleFault({ text: "hunter2" }), externalId: null }],
] as const)("an outcome with words of others is cleaned: $kind", (outcome) => {
  expect(JSON.stringify(redactOutcome(outcome, ["hunter2"]))).not.toContain("hunter2");
});

test("a console that shows nothing stays so, and of one that is too long the newest is kept", () => {
  expect(redactOutcome({ kind: "console", text: null }, ["hunter2"])).toEqual({ kind: "console", text: null });
  const text = `${"old".repeat(30_000)}newest`;
  expect(redactOutcome({ kind: "console", text }, [])).toEqual({ kind: "console", text: text.slice(-65_536) });
});

test("a line of a secret is hidden by itself from eight letters on", () => {
  expect(redactText("eight888 and seven77", ["eight888\nseven77\nand a long last line"])).toBe(
    "[redacted] and seven77",
  );
});

test("of a secret that is cut off anywhere, every piece that is long enough is hidden at both ends of a text", () => {
  const secret = "correct-horse-battery";
  for (let size = SECRET_LEAST - 1; size < secret.length; size += 1) {
    const isLong = size >= SECRET_LEAST;
    const [begin, end] = [secret.slice(0, size), secret.slice(-size)];
    expect(redactText(`it is ${begin}`, [secret])).toBe(isLong ? "it is [redacted]" : `it is ${begin}`);
    expect(redactText(`${end} it is`, [secret])).toBe(isLong ? "[redacted] it is" : `${end} it is`);
    expect(redactText(begin, [secret])).toBe(isLong ? "[redacted]" : begin);
  }
});
