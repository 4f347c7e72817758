// What is wrong with a text as YAML, in sentences for its author. The library's own texts speak of tokens and nodes.

import { type Document, isCollection, isScalar, visit } from "yaml";
import type { Place } from "../../core/blueprint/located.ts";
import { type Mistake, type MistakeCode, quoted } from "../../core/blueprint/mistake.ts";

export interface YamlFault {
  readonly code: MistakeCode;
  readonly text: string;
  /** Into the text, from 0. */
  readonly offset: number;
}

/** Ends the reading: after a mistake in the syntax the rest of the text cannot be trusted to mean what it says. */
export class Unreadable extends Error {
  readonly mistake: Mistake;
  constructor(code: MistakeCode, text: string, { line, column }: Place) {
    super(text);
    this.mistake = { code, text, line, column, pointer: "" };
  }
}

type Found = Document.Parsed["errors"][number];

/** The first mistake in the syntax, or null. Further ones are mostly echoes of it. */
export function syntaxFault(document: Document.Parsed, text: string): YamlFault | null {
  if (document.directives.yaml.explicit === true && document.directives.yaml.version !== "1.2") {
    return { code: "syntax", text: "Blueprints are YAML 1.2: remove the line %YAML.", offset: 0 };
  }
  const [found] = [...document.errors, ...document.warnings];
  if (found === undefined) return null;
  const offset = unclosedAt(document, found) ?? found.pos[0];
  const code = found.code === "MULTIPLE_DOCS" ? "several_documents" : "syntax";
  return { code, text: sentenceOf(found, text, offset), offset };
}

/** Where the quote or bracket opens that is never closed; the library tells where it missed the end. */
function unclosedAt(document: Document.Parsed, { code, message, pos }: Found): number | null {
  const isQuote = code === "MISSING_CHAR" && message.includes("closing");
  const isBracket = message.startsWith("Flow ") && /\bend with\b/.test(message);
  if (!isQuote && !isBracket) return null;
  let found: number | null = null;
  visit(document, {
    Node: (_, node) => {
      const range = "range" in node ? node.range : undefined;
      const isKind = isQuote
        ? isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE")
        : isCollection(node) && node.flow === true;
      if (isKind && range && range[0] <= pos[0] && pos[0] <= range[2]) found = range[0];
    },
  });
  return found;
}

export const NO_ESCAPE = 'This is no escape between double quotes: write "\\\\" for a backslash, or use single quotes.';

interface Rule {
  readonly code: Found["code"];
  /** Words of the library's message, where a code has several meanings. */
  readonly about?: string;
  readonly says: (word: string) => string;
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['"["', '"]"'],
  ['"{"', '"}"'],
]);

const RULES: readonly Rule[] = [
  { code: "TAB_AS_INDENT", says: () => "A tab indents this line: use spaces." },
  { code: "MULTIPLE_DOCS", says: () => "A second document begins here: keep each blueprint in a file of its own." },
  {
    code: "BLOCK_AS_IMPLICIT_KEY",
    says: () => 'A second ": " follows, here or on the next line: put the value in quotes, or mend the indentation.',
  },
  { code: "BAD_SCALAR_START", says: (word) => `A value cannot begin with ${word}: put it in quotes.` },
  { code: "BAD_DQ_ESCAPE", says: () => NO_ESCAPE },
  {
    code: "TAG_RESOLVE_FAILED",
    says: () => 'Tags have no meaning in a blueprint: remove the word that begins with "!".',
  },
  {
    code: "MISSING_CHAR",
    about: "closing",
    says: (word) => `The quote that opens here is not closed: add ${word} at its end.`,
  },
  {
    code: "MISSING_CHAR",
    about: "map values",
    says: () => 'This line has no ": " and thus is no key with a value: mend it or its indentation.',
  },
  {
    code: "UNEXPECTED_TOKEN",
    says: (word) => `This ${word} does not fit here: mend the line or its indentation, or put the value in quotes.`,
  },
  {
    code: "MISSING_CHAR",
    about: "end with",
    says: (word) => `The ${word} that opens here is not closed: add its ${CLOSING.get(word) ?? "end"}.`,
  },
  {
    code: "BAD_INDENT",
    about: "Flow",
    says: (word) =>
      `The ${word} that opens here is not closed, or what is in it is not indented: add its ${CLOSING.get(word) ?? "end"}, or indent it.`,
  },
  {
    code: "BAD_INDENT",
    says: () => "The indentation does not fit: keys of one map, and items of one list, begin in the same column.",
  },
  {
    code: "MULTIPLE_ANCHORS",
    says: () => 'A value has one anchor at most: remove the second word that begins with "&".',
  },
  {
    code: "MULTILINE_IMPLICIT_KEY",
    says: () =>
      'What begins here runs over several lines and is no key with a value: end the key with ":", put in a "," that is missing between brackets, or mend the indentation.',
  },
  { code: "MISSING_CHAR", about: "Comments", says: () => 'A comment has a space before its "#": put one there.' },
  {
    code: "MISSING_CHAR",
    about: "Missing ,",
    says: () =>
      'Between brackets a "," stands between two values, and a ":" behind a key: put in the one that is missing.',
  },
  {
    code: "MISSING_CHAR",
    about: "directives-end",
    says: () => 'Lines that begin with "%" have no meaning in a blueprint: remove them.',
  },
  { code: "KEY_OVER_1024_CHARS", says: () => "A key has 1024 characters at most: shorten it." },
  {
    code: "BLOCK_IN_FLOW",
    says: () =>
      'Between brackets, lists and maps stand in brackets too, with a "," between values: write [ … ] or { … }.',
  },
];

function sentenceOf({ code, message, pos }: Found, text: string, offset: number): string {
  if (text.slice(pos[0] - 1, pos[0] + 2) === "${{") {
    return 'Between brackets a reference must be in quotes: write "${{ … }}".';
  }
  const rule = RULES.find((one) => one.code === code && message.includes(one.about ?? ""));
  if (rule !== undefined) return rule.says(quoted(text.slice(offset, offset + 1)));
  return "This is not YAML: mend the line or its indentation, or put the value in quotes.";
}
