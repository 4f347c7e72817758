import { expect, test } from "vitest";
import { UnreadableAnswer } from "../../cloud-http/read.ts";
import { instance } from "./cloud-replay.testsuite.ts";
import { readInstance, readInstances } from "./schema.ts";
import { unescaped } from "./xml.ts";

const listOf = (...names: readonly string[]) =>
  Buffer.from(
    `<instances>${names.map((name, no) => instance({ id: `inst${no}`, name, owner: "" })).join("")}</instances>`,
  );

test("names that Deltacloud does not escape do no harm to what is listed beside them", () => {
  const names = ["a & b", "x < y > z", "<b>bold</b>", "&amp; &#65;&#x42;", "web_suite", "&nbsp;", "a]]>b"];
  const read = readInstances(listOf(...names)).map(({ name }) => name);
  expect(read).toEqual(["a & b", "x < y > z", "<b>bold</b>", "& AB", "web_suite", "&nbsp;", "a]]>b"]);
});

test("a name that makes itself into elements spoils the list, which is not believed then", () => {
  for (const name of [
    "x</name><state>FINISH</state><name>y",
    "x</name></instance><instance id='inst9'><name>y",
    "x</name>",
  ]) {
    const forged = () => readInstances(listOf(name, "web_suite"));
    if (name.includes("inst9")) expect(forged().map(({ id }) => id)).toContain("inst1");
    else expect(forged).toThrow(UnreadableAnswer);
  }
});

test.each([
  "",
  "not found",
  "<html><body><p>x</body></html>",
  "<html></html>",
  "<instance/>",
  "<instance id=''/>",
  "<instances/>",
])("%s is no instance", (text) => {
  expect(() => readInstance(Buffer.from(text))).toThrow(UnreadableAnswer);
});

test("a document of beginnings without an end is refused before anybody waits for it", () => {
  const beginnings = ["<name>", "<description>", "<owner_id>"].map((begin) => begin.repeat(100_000)).join("");
  expect(() => readInstances(Buffer.from(`<instances>${beginnings}</instances>`))).toThrow(UnreadableAnswer);
});

test("names of the language are no elements, and entities of a document's own stay what they are", () => {
  expect(() => readInstance(Buffer.from("<instance id='a'><constructor/></instance>"))).toThrow(UnreadableAnswer);
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa">]><instance id='a'><state>&a;</state></instance>`;
  expect(readInstance(Buffer.from(bomb)).state).toBe("&A;");
});

test.each([
  [" a &lt;b&gt; &quot;c&quot; &apos;d&apos; ", `a <b> "c" 'd'`],
  ["&#0; &#x110000; &unknown;", "&#0; &#x110000; &unknown;"],
])("%s is meant as it is written", (text, meant) => {
  expect(unescaped(text)).toBe(meant);
});
