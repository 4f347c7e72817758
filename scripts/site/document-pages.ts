// Documents as pages of the site: docs/ as it is, and what it links to elsewhere in the project.

import { globSync, readFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

type Page = readonly [path: string, text: string];

/** Pages by their path below the site. Links to files of the project that are no documents lead to a page with the file's text. */
export function documentPages(): readonly Page[] {
  const own = globSync("docs/**/*.md", { cwd: ROOT });
  const pages = new Map<string, string>();
  const waiting = [...own];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const at = placeOf(path);
    if (pages.has(at)) continue;
    const text = readFileSync(join(ROOT, path), "utf8");
    if (extname(path) !== ".md") {
      pages.set(at, fileText(path, text));
      continue;
    }
    pages.set(at, rewritten(path, text, waiting));
  }
  return [...pages];
}

/** docs/ is the site's root; what stands elsewhere is below project/. */
function placeOf(path: string): string {
  if (path.startsWith("docs/")) return path.slice("docs/".length);
  const name = path.replace(/\/README\.md$/, "").replaceAll("/", "-");
  return `project/${name.replace(/\.md$/, "").replaceAll(".", "-").toLowerCase()}.md`;
}

function fileText(path: string, text: string): string {
  const kind = extname(path).slice(1) || (path.endsWith("Dockerfile") ? "dockerfile" : "text");
  const language = kind === "service" ? "ini" : kind;
  const fence = "````";
  return `# ${path}\n\n${fence}${language}\n${text.trimEnd()}\n${fence}\n`;
}

const LINK = /(\]\(|(?:src|srcset)=")(?!https?:|#|mailto:)([^)#"\s]+)(#[^)"\s]*)?/g;

/** Its links lead to where the pages are; states are a table. What it links to is put into `also`. */
function rewritten(path: string, text: string, also: string[]): string {
  const from = dirname(placeOf(path));
  const linked = outsideCode(text, (part) =>
    part.replaceAll(LINK, (found) => {
      const [, before = "", link = "", anchor = ""] = new RegExp(LINK.source).exec(found) ?? [];
      const target = join(dirname(path), link).replace(/\/$/, "");
      if (target.startsWith("docs/images/")) return `${before}${toFrom(from, target.slice("docs/".length))}`;
      if (target === "docs/adr") return `${before}${toFrom(from, "adr/0001-no-job-queue.md")}`;
      if (target === "openapi.json") return `${before}${toFrom(from, "api/index.md")}${anchor}`;
      const file = extname(target) === "" && !target.endsWith("Dockerfile") ? `${target}/README.md` : target;
      also.push(file);
      return `${before}${toFrom(from, placeOf(file))}${anchor}`;
    }),
  );
  return linked.replaceAll(/```mermaid\nstateDiagram-v2\n([\s\S]*?)```/g, (_, lines: string) => statesTable(lines));
}

const toFrom = (from: string, to: string): string => {
  const path = relative(from, to);
  return path.startsWith(".") ? path : `./${path}`;
};

function outsideCode(text: string, change: (part: string) => string): string {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part, place) => (place % 2 === 0 ? change(part) : part))
    .join("");
}

const ARC = /^\s*(\S+) --> (\S+?)(?:: (.+))?$/;

function statesTable(lines: string): string {
  const rows = lines.split("\n").flatMap((line) => {
    const [, from, to, moves] = ARC.exec(line) ?? [];
    if (from === undefined || to === undefined) return [];
    if (from === "[*]") return [`| begins as | \`${to}\` | |`];
    if (to === "[*]") return [`| \`${from}\` | ends | |`];
    return [
      `| \`${from}\` | \`${to}\` | ${(moves ?? "")
        .split(", ")
        .map((move) => `\`${move}\``)
        .join(", ")} |`,
    ];
  });
  return ["| from | to | by |", "|---|---|---|", ...rows, ""].join("\n");
}
