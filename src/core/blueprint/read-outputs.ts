// The section `outputs`: what a deployment tells about itself, such as the address at which it is reached.

import type { Group, Output } from "./blueprint.ts";
import { strayReference } from "./check-instances.ts";
import { type Cursor, entriesOf, fieldsOf, nameOf, readScalar } from "./cursor.ts";
import { type Complaint, mistakeAt, quoted } from "./mistake.ts";
import { valueNameFault } from "./name.ts";
import type { Scope } from "./open.ts";
import { readTemplate, type TemplateForm } from "./read-template.ts";
import { text, truth } from "./reader.ts";
import type { Reference } from "./template.ts";

/** They stand in every reply about the deployment. */
const OUTPUTS_MOST = 50;
const LENGTH_MOST = 4_096;
const REFERENCES_MOST = 20;

const SHAPE = { required: { value: 'value: "http://${{ web.publicAddress }}"' }, optional: ["description", "secret"] };
const VALUE = text(`must be text of at most ${LENGTH_MOST} characters`, new RegExp(`^[^]{0,${LENGTH_MOST}}$`));
const DESCRIPTION = text("must be text of at most 1024 characters", /^[^]{0,1024}$/);

interface Whole extends Scope {
  readonly groups: readonly Group[];
}

export function readOutputs(section: Cursor | undefined, whole: Whole): readonly Output[] {
  if (section === undefined) return [];
  const entries = [...entriesOf(section, "must be a map from names to outputs", whole.mistakes).values()];
  if (entries.length > OUTPUTS_MOST) {
    const says = `has ${entries.length} outputs, and at most ${OUTPUTS_MOST} are kept: put several values into one`;
    whole.mistakes.push(mistakeAt({ path: section.path, at: section.keyAt }, { code: "too_many", says }));
    return [];
  }
  const byName = new Map(whole.groups.map((group) => [group.name, group]));
  const outputs: Output[] = [];
  for (const cursor of entries) {
    const output = readOutput(cursor, whole);
    const references = output.value.filter((part) => part.kind === "group");
    whole.mistakes.push(...references.flatMap((reference) => strayReference(reference, byName) ?? []));
    outputs.push(output);
  }
  return outputs;
}

function readOutput(cursor: Cursor, scope: Scope): Output {
  const { mistakes } = scope;
  const name = nameOf(cursor);
  const fault = valueNameFault(name, "an output");
  if (fault !== null)
    mistakes.push(mistakeAt({ path: cursor.path, at: cursor.keyAt }, { code: "bad_name", says: fault }));
  if (cursor.node.kind !== "map") {
    return { name, description: null, secret: false, value: readTemplate(cursor, formOf(false, scope), scope) };
  }
  const fields = fieldsOf(cursor, SHAPE, mistakes);
  const secret = readScalar(fields.get("secret"), truth(false), mistakes);
  return {
    name,
    description: fields.has("description") ? readScalar(fields.get("description"), DESCRIPTION, mistakes) : null,
    secret,
    value: readTemplate(fields.get("value"), formOf(secret, scope), scope),
  };
}

function formOf(secret: boolean, { parameters }: Scope): TemplateForm {
  return {
    reader: secret ? { ...VALUE, isHidden: true } : VALUE,
    referencesMost: REFERENCES_MOST,
    remedy: "make several outputs of it",
    refuse: (reference) => {
      if (reference.kind === "self") return NOBODYS;
      const isSecret = reference.kind === "parameter" && parameters.get(reference.name)?.secret === true;
      return isSecret && !secret ? shownSecret(reference) : null;
    },
  };
}

const NOBODYS: Complaint = {
  code: "bad_reference",
  says: "refers to self, and an output belongs to no instance: name the instance, as in ${{ web[1].publicAddress }}",
};

function shownSecret({ name }: Extract<Reference, { kind: "parameter" }>): Complaint {
  const says = `shows the secret parameter ${quoted(name)} to everyone: add secret: true, or leave it out`;
  return { code: "secret_shown", says };
}
