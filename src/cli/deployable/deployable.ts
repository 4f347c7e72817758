// A deployable as Aeolus Conductor takes it (its src/app/util/deployable-rng.xml), and what in it nobody reads.

import { badInput } from "../complaint.ts";
import { attributeOf, childrenOf, type Element, itemsOf, namesOf, rootIn, textOf } from "./document.ts";

export interface Deployable {
  readonly name: string;
  readonly description: string;
  readonly assemblies: readonly Assembly[];
  /** In sentences: what is not read. */
  readonly unread: readonly string[];
}

export interface Assembly {
  readonly name: string;
  readonly profile: string;
  readonly image: string;
  readonly services: readonly Service[];
}

export interface Service {
  readonly name: string;
  readonly executable: Content;
  readonly files: readonly (Content & { readonly name: string })[];
  readonly parameters: readonly Parameter[];
}

export type Content = { readonly url: string } | { readonly text: string };

export interface Parameter {
  readonly name: string;
  readonly isSecret: boolean;
  /** Null: whoever launches gives it. */
  readonly value: string | null;
  /** Null: its value is its own. */
  readonly reference: Reference | null;
}

interface Reference {
  readonly assembly: string;
  /** What the other assembly returns; null: a service of it. */
  readonly parameter: string | null;
  readonly service: string | null;
}

/** Throws a Complaint for what is no deployable. */
export function readDeployable(text: string, file: string): Deployable {
  const root = rootIn(text, { name: "deployable", file });
  const unread: string[] = [];
  const complain = (problem: string): never => {
    throw badInput(`${file} is no deployable that could be launched: ${problem}`);
  };
  const needed = (element: Element, name: string, of: string): string =>
    attributeOf(element, name) ?? complain(`${of} has no ${name}`);
  noteUnread(root, { of: "the deployable", known: ["@name", "@version", "@id", "description", "assemblies"], unread });
  const assemblies = itemsOf(root, "assemblies", "assembly").map((element, index) =>
    assemblyIn(element, { no: index + 1, needed, complain, unread }),
  );
  if (assemblies.length === 0) complain("it has no assembly");
  const twice = assemblies.find(({ name }, index) => assemblies.findIndex((other) => other.name === name) < index);
  if (twice !== undefined) complain(`two of its assemblies are called ${twice.name}`);
  const description = childrenOf(root, "description").map(textOf).join(" ").replaceAll(/\s+/g, " ").trim();
  return { name: needed(root, "name", "the deployable"), description, assemblies, unread };
}

interface Reading {
  readonly needed: (element: Element, name: string, of: string) => string;
  readonly complain: (problem: string) => never;
  readonly unread: string[];
}

const ASSEMBLY = ["@name", "@hwp", "image", "services", "returns"];

function assemblyIn(element: Element, reading: Reading & { readonly no: number }): Assembly {
  const { needed, complain, unread, no } = reading;
  const name = needed(element, "name", `assembly ${no}`);
  const of = `the assembly ${name}`;
  noteUnread(element, { of, known: ASSEMBLY, unread });
  const [image, ...others] = childrenOf(element, "image");
  if (image === undefined) return complain(`${of} has no image`);
  if (others.length > 0) unread.push(`${of} has several images; the first is taken`);
  const build = attributeOf(image, "build");
  if (build !== null) {
    unread.push(`${of} asks for the build ${build} of its image: which build is meant is up to the accounts' images`);
  }
  return {
    name,
    profile: needed(element, "hwp", of),
    image: needed(image, "id", `the image of ${of}`),
    services: itemsOf(element, "services", "service").map((service) => serviceIn(service, { ...reading, of })),
  };
}

function serviceIn(element: Element, { needed, complain, unread, of }: Reading & { readonly of: string }): Service {
  const name = needed(element, "name", `a service of ${of}`);
  const own = `the service ${name} of ${of}`;
  noteUnread(element, { of: own, known: ["@name", "description", "executable", "files", "parameters"], unread });
  const [executable] = childrenOf(element, "executable");
  const content = executable === undefined ? null : contentIn(executable);
  if (content === null) return complain(`${own} has no executable, neither a url nor contents`);
  const files = itemsOf(element, "files", "file").flatMap((file) => {
    const found = contentIn(file);
    const called = fileName(file, found);
    if (found !== null && called !== null) return [{ ...found, name: called }];
    unread.push(`${own} has a file without name or contents; it is left out`);
    return [];
  });
  const parameters = itemsOf(element, "parameters", "parameter").map((one) => parameterIn(one, { needed, own }));
  return { name, executable: content, files, parameters };
}

function contentIn(element: Element): Content | null {
  const url = attributeOf(element, "url");
  if (url !== null) return { url };
  const [contents] = childrenOf(element, "contents");
  return contents === undefined ? null : { text: textOf(contents) };
}

/** Of what is fetched, the last part of its address. */
function fileName(file: Element, content: Content | null): string | null {
  if (content === null) return null;
  if ("url" in content)
    return (
      content.url
        .split(/[?#]/)[0]
        ?.split("/")
        .findLast((part) => part !== "") ?? null
    );
  const [contents] = childrenOf(file, "contents");
  return contents === undefined ? null : attributeOf(contents, "filename");
}

function parameterIn(element: Element, { needed, own }: Pick<Reading, "needed"> & { readonly own: string }): Parameter {
  const name = needed(element, "name", `a parameter of ${own}`);
  const [[value], [reference]] = [childrenOf(element, "value"), childrenOf(element, "reference")];
  const type = (value === undefined ? null : attributeOf(value, "type")) ?? attributeOf(element, "type");
  const text = value === undefined ? "" : textOf(value);
  return {
    name,
    isSecret: type === "password",
    value: text.trim() === "" ? null : text,
    reference:
      reference === undefined
        ? null
        : {
            assembly: needed(reference, "assembly", `the reference of ${name} in ${own}`),
            parameter: attributeOf(reference, "parameter"),
            service: attributeOf(reference, "service"),
          },
  };
}

interface Noting {
  readonly of: string;
  readonly known: readonly string[];
  readonly unread: string[];
}

function noteUnread(element: Element, { of, known, unread }: Noting): void {
  for (const name of namesOf(element)) {
    if (!known.includes(name)) unread.push(`${of} has ${name.replace(/^@/, "")}, which is not taken over`);
  }
}
