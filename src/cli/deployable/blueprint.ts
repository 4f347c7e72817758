// A deployable as a blueprint, with what could not be taken over in sentences.

import { stringify } from "yaml";
import type { Assembly, Deployable, Parameter, Service } from "./deployable.ts";
import { inOrder, type Links, linksOf } from "./links.ts";
import { scriptFor } from "./script.ts";

export interface Imported {
  readonly source: string;
  readonly notes: readonly string[];
}

interface Asked {
  readonly type: "string";
  readonly secret?: true;
  readonly default?: string;
  readonly description: string;
}

export function blueprintFrom(deployable: Deployable, file: string): Imported {
  const { assemblies, description } = deployable;
  const links = linksOf(deployable);
  const notes = [...deployable.unread, ...links.notes];
  const names = namesFor(assemblies, notes);
  const nameOf = (assembly: string): string => names.get(assembly) ?? assembly;
  const asked = new Map<string, Asked>();
  const parameterName = parameterNames(assemblies);
  const instances = assemblies.map((assembly) => {
    const valueOf = (parameter: Parameter, service: Service): string | null => {
      if (parameter.reference !== null) {
        const field = links.fieldOf(parameter);
        return field === null ? null : `\${{ ${nameOf(parameter.reference.assembly)}.${field} }}`;
      }
      const name = parameterName(parameter);
      asked.set(name, askedFor(parameter, { name, service, assembly, notes }));
      return `\${{ params.${name} }}`;
    };
    const services = inOrder(assembly, notes);
    const [after, reports] = [links.after(assembly).map(nameOf), links.isAwaited(assembly)];
    const hasScript = services.length > 0 || reports;
    return [
      nameOf(assembly.name),
      {
        image: imageName(assembly),
        profile: profileName(assembly),
        ...(after.length === 0 ? {} : { dependsOn: after }),
        ...(reports ? { ready: "callback" } : {}),
        ...(hasScript ? { userData: scriptFor({ services, valueOf, reports }) } : {}),
      },
    ] as const;
  });
  const name = slug(deployable.name, { most: 63, otherwise: "deployable" });
  if (name !== deployable.name) notes.push(`the deployable ${deployable.name} is called ${name}`);
  const blueprint = {
    slipway: 1,
    name,
    ...(asked.size === 0 ? {} : { parameters: Object.fromEntries(asked) }),
    instances: Object.fromEntries(instances),
  };
  const heading = [`Made of Aeolus' deployable ${oneLine(deployable.name)} in ${oneLine(file)}.`, oneLine(description)];
  const comment = heading.filter((line) => line !== "").map((line) => `# ${line}\n`);
  return {
    source: comment.join("") + stringify(blueprint, { lineWidth: 0, aliasDuplicateObjects: false }),
    notes: [...notes, ...generalNotes(assemblies, links)],
  };
}

/** Images are named without blanks. */
const imageName = ({ image }: Pick<Assembly, "image">): string => image.replaceAll(/\s+/g, "-");

const profileName = ({ profile }: Pick<Assembly, "profile">): string =>
  slug(profile, { most: 63, otherwise: "profile" });

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** What holds of every deployable. */
function generalNotes(assemblies: readonly Assembly[], { isAwaited }: Links): readonly string[] {
  const images = [...new Set(assemblies.map((assembly) => imageName(assembly)))].join(", ");
  const profiles = [...new Set(assemblies.map(profileText))].join(", ");
  const isFetched = assemblies.some(({ services }) =>
    services.some(({ executable, files }) => [executable, ...files].some((content) => "url" in content)),
  );
  return [
    `images are called as in Aeolus (${images}): say what each is at an account, with slipway account set NAME --image IMAGE=ID`,
    `hardware profiles are called as in Aeolus, in Slipway's letters (${profiles}): those that are not there are made with slipway profile add, or written out in their place`,
    ...(assemblies.some((assembly) => isAwaited(assembly))
      ? ["machines that report when they are done do so by curl, and have to reach the server at its public address"]
      : []),
    ...(isFetched
      ? [
          "executables and files with a url are fetched by the machines themselves: they need curl, and a way to that address",
        ]
      : []),
  ];
}

function profileText(assembly: Assembly): string {
  const name = profileName(assembly);
  return name === assembly.profile ? name : `${name} for ${oneLine(assembly.profile)}`;
}

/** Shortest secret that can be kept out of what clouds and machines write. */
const SECRET_LEAST = 6;

interface Asking {
  readonly name: string;
  readonly service: Service;
  readonly assembly: Assembly;
  readonly notes: string[];
}

function askedFor({ isSecret, value, name: own }: Parameter, { name, service, assembly, notes }: Asking): Asked {
  const about = { type: "string", description: `${own} of the service ${service.name} of ${assembly.name}` } as const;
  if (!isSecret) return value === null ? about : { ...about, default: value };
  if (value === null) return { ...about, secret: true };
  if (value.length < SECRET_LEAST) {
    notes.push(
      `the parameter ${name} is a password with a default of less than ${SECRET_LEAST} characters, which is too short to be kept secret: it has none now`,
    );
    return { ...about, secret: true };
  }
  notes.push(`the parameter ${name} is a password whose default anybody can read who can read the blueprint`);
  return { ...about, secret: true, default: value };
}

const PARAMETER_MOST = 64;

/** Its own name where it alone has that, else with those of assembly and service before it. */
function parameterNames(assemblies: readonly Assembly[]) {
  const all = assemblies.flatMap((assembly) =>
    assembly.services.flatMap((service) =>
      service.parameters
        .filter(({ reference }) => reference === null)
        .map((parameter) => ({ parameter, long: `${assembly.name}_${service.name}_${parameter.name}` })),
    ),
  );
  const byShort = Map.groupBy(all, ({ parameter }) => word(parameter.name));
  const taken = new Set<string>();
  const names = new Map<Parameter, string>();
  for (const { parameter, long } of all) {
    const isAlone = byShort.get(word(parameter.name))?.length === 1;
    const name = unlike(word(isAlone ? parameter.name : long), { taken, most: PARAMETER_MOST, mark: "_" });
    names.set(parameter, name);
  }
  return (parameter: Parameter): string => names.get(parameter) ?? word(parameter.name);
}

const word = (text: string): string => {
  const cut = text.replaceAll(/[^\w-]+/g, "_").slice(0, PARAMETER_MOST);
  return /^[A-Za-z]/.test(cut) ? cut : `p${cut}`.slice(0, PARAMETER_MOST);
};

const INSTANCE_MOST = 32;
/** They mean something else in references. */
const MEANT_OTHERWISE: readonly string[] = ["params", "self", "deployment"];

function namesFor(assemblies: readonly Assembly[], notes: string[]): ReadonlyMap<string, string> {
  const taken = new Set(MEANT_OTHERWISE);
  return new Map(
    assemblies.map(({ name }) => {
      const own = slug(name, { most: INSTANCE_MOST, otherwise: "instance" });
      const free = unlike(own, { taken, most: INSTANCE_MOST, mark: "-" });
      if (free !== name) notes.push(`the assembly ${name} is the instance ${free}`);
      return [name, free];
    }),
  );
}

interface Unlike {
  readonly taken: Set<string>;
  readonly most: number;
  readonly mark: string;
}

/** The name, with a number behind it where others have it. */
function unlike(name: string, { taken, most, mark }: Unlike): string {
  let free = name;
  for (let no = 2; taken.has(free); no += 1) free = `${name.slice(0, most - String(no).length - 1)}${mark}${no}`;
  taken.add(free);
  return free;
}

/** A name for hosts. */
function slug(name: string, { most, otherwise }: { readonly most: number; readonly otherwise: string }): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "");
  return plain.slice(0, most).replace(/-+$/, "") || otherwise;
}
