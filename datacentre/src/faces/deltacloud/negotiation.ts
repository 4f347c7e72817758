// Which form of an answer is meant. A client that takes anything gets a page for people, even where it takes XML as gladly.

import type { FaceRequest } from "../face.ts";

export type Form = "xml" | "html";

const XML: readonly string[] = ["application/xml", "text/xml"];
const HTML: readonly string[] = ["text/html", "application/xhtml+xml", "*/*", "text/*"];

/** Null: nothing that there is. */
export function formFor({ headers, query }: FaceRequest): Form | null {
  const format = query.get("format");
  if (format !== null) return format === "xml" || format === "html" ? format : null;
  const accept = headers["accept"] ?? "";
  if (accept === "") return "xml";
  const wishes = accept.split(",").map((part) => {
    const [type = "", ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
    return { type, weight: Number(weight) || 0 };
  });
  const weightOf = (types: readonly string[]): number =>
    Math.max(0, ...wishes.filter(({ type }) => types.includes(type)).map(({ weight }) => weight));
  const [xml, html] = [weightOf(XML), weightOf(HTML)];
  if (xml > html) return "xml";
  return html > 0 ? "html" : null;
}
