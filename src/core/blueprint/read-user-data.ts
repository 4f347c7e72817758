// `userData`: what a machine is handed at its first start.

import type { OpenTemplatePart } from "./blueprint.ts";
import type { Cursor } from "./cursor.ts";
import { utf8Bytes } from "../secrecy/utf8.ts";
import type { Scope } from "./open.ts";
import { readTemplate, type TemplateForm } from "./read-template.ts";
import { type Reader, text } from "./reader.ts";

/** As it is written. What a cloud takes, filled in, is for the account to say (16 KiB to 128 KiB). */
const BYTES_MOST = 65_536;

const PLAIN = text(`must be text of at most ${BYTES_MOST} bytes`, /^/);

const USER_DATA: Reader<string> = {
  ...PLAIN,
  isHidden: true,
  read: (value) => {
    const bytes = typeof value === "string" ? utf8Bytes(value) : 0;
    return bytes <= BYTES_MOST ? PLAIN.read(value) : { wrong: "bad_value", hint: `It has ${bytes}.` };
  },
};

const FORM: TemplateForm = {
  reader: USER_DATA,
  referencesMost: 500,
  remedy: "put a value into a variable of the script and use that",
  refuse: () => null,
};

export function readUserData(cursor: Cursor | undefined, scope: Scope): readonly OpenTemplatePart[] {
  return readTemplate(cursor, FORM, scope);
}
