// User data that does what Audrey's agent did on a guest: puts each service's files beside its executable, and runs that with its
// parameters in the environment (`AUDREY_VAR_SERVICE_PARAMETER`).

import type { Content, Parameter, Service } from "./deployable.ts";

interface Scripted {
  readonly services: readonly Service[];
  /** What stands for a parameter's value in user data; null: it is left out. */
  readonly valueOf: (parameter: Parameter, service: Service) => string | null;
  /** Somebody waits until it is done. */
  readonly reports: boolean;
}

const FOLDER = "/var/audrey/tooling/user";

export function scriptFor({ services, valueOf, reports }: Scripted): string {
  const parts = services.map((service) => serviceLines(service, valueOf).join("\n"));
  const report = reports ? ["", "curl -fsS -X POST '${{ self.callbackUrl }}'"] : [];
  return ["#!/bin/sh", "set -eu", ...parts.flatMap((part) => ["", part]), ...report, ""].join("\n");
}

function serviceLines(service: Service, valueOf: Scripted["valueOf"]): readonly string[] {
  const { name, executable, files, parameters } = service;
  const folder = quoted(`${FOLDER}/${plain(name)}`);
  const given = parameters.flatMap((parameter) => {
    const value = valueOf(parameter, service);
    if (value === null) return [];
    const variable = quoted(`AUDREY_VAR_${name}_${parameter.name}=`);
    return [`set -- "$@" ${variable}"$(cat <<'${END}'`, value, END, `)"`];
  });
  return [
    `# ${name.replaceAll(/\s+/g, " ")}`,
    `(`,
    `mkdir -p ${folder}`,
    `cd ${folder}`,
    ...files.flatMap((file) => contentLines(file, fileName(file.name))),
    ...contentLines("text" in executable ? { text: executable.text.trimStart() } : executable, "start"),
    "chmod 700 start",
    "set --",
    ...given,
    'env "$@" ./start',
    ")",
  ];
}

const END = "SLIPWAY_END_OF_TEXT";

function contentLines(content: Content, name: string): readonly string[] {
  const file = quoted(name);
  if ("url" in content) return [`curl -fsSL -o ${file} ${quoted(literal(content.url))}`];
  return [`cat > ${file} <<'${END}'`, literal(content.text.replace(/\n\s*$/, "")), END];
}

/** What a reference of Slipway's would be, as it stands. */
const literal = (text: string): string => text.replaceAll("${{", () => "$${{");

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** By its own name, which its service's executable goes by; never elsewhere. */
const fileName = (name: string): string => name.replaceAll(/[/\n]/g, "_").replace(/^\.{1,2}$/, "_");

/** As part of a path. */
const plain = (name: string): string => name.replaceAll(/[^\w.-]+/g, "_").replace(/^\.+/, "_");
