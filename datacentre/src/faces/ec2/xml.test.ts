import { expect, test } from "vitest";
import { parseXml } from "./ec2.testsuite.ts";
import { xmlDocument } from "./xml.ts";

test("fields, lists and nothing", () => {
  const written = xmlDocument(
    "R",
    { a: 1, b: true, c: null, d: undefined, e: [], f: [{ g: "x" }, { g: "y" }] },
    "urn:r",
  );
  expect(written).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<R xmlns="urn:r"><a>1</a><b>true</b><e></e><f><item><g>x</g></item><item><g>y</g></item></f></R>',
  );
});

test("any text can be read again; what XML can't say is replaced", () => {
  const text = `<a href="x">'&amp;'</a>\r\n\t ü 🚀 ]]>`;
  expect(parseXml(xmlDocument("R", { text })).content).toEqual({ text });
  expect(parseXml(xmlDocument("R", { text: "a\u0000b\u001Bc\uFFFFd\uD800e" })).content).toEqual({
    text: "a\uFFFDb\uFFFDc\uFFFDd\uFFFDe",
  });
});
