// Deployables of the forms that Aeolus has published, written anew, and what becomes of them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { Complaint } from "../complaint.ts";
import { blueprintFrom } from "./blueprint.ts";
import { readDeployable } from "./deployable.ts";

function imported(text: string) {
  const { source, notes } = blueprintFrom(readDeployable(text, "shop.xml"), "shop.xml");
  const read = readBlueprint(source);
  if (!("ok" in read)) throw new Error(`${JSON.stringify(read.mistakes)}\n${source}`);
  return { source, notes, blueprint: read.ok, said: (what: string) => notes.filter((note) => note.includes(what)) };
}

function complaintOf(text: string): string {
  try {
    readDeployable(text, "shop.xml");
    return "none";
  } catch (error) {
    if (error instanceof Complaint) return [error.message, ...error.details].join(" | ");
    throw error;
  }
}

/** Both wait for addresses of each other, and the front for the back's work. */
const TIERS = `<?xml version="1.0"?>
<deployable version="1.0" name="Shop &amp; Co" id="ab12">
  <description>Two tiers
    of a shop</description>
  <assemblies>
    <assembly name="Front_End" hwp="small-x86_64">
      <image id="web-image" build="b-1"></image>
      <services>
        <service name="apache-server">
          <description>The front</description>
          <executable url="https://files.example.org/front.sh"/>
          <files><file url="https://files.example.org/conf/settings.php?raw"/></files>
          <parameters>
            <parameter name="port" type="scalar"><value>80</value></parameter>
            <parameter name="admin_pw" type="password"/>
            <parameter name="db_name"><value type="scalar"><![CDATA[it's "shop"]]></value></parameter>
            <parameter name="db_ip"><reference assembly="database" parameter="ipaddress"/></parameter>
            <parameter name="db_host"><reference assembly="database" parameter="hostname"/></parameter>
            <parameter name="db_up"><reference assembly="database" parameter="dbup"/></parameter>
          </parameters>
        </service>
      </services>
      <returns><return name="ipaddress"/></returns>
    </assembly>
    <assembly name="database" hwp="large">
      <image id="db-image"/>
      <services>
        <service name="mysql">
          <executable><contents><![CDATA[
#!/bin/sh
echo "$AUDREY_VAR_mysql_db_name"
]]></contents></executable>
          <parameters>
            <parameter name="db_name"><value>shop</value></parameter>
            <parameter name="root_pw"><value type="password">short</value></parameter>
            <parameter name="web_ip"><reference assembly="Front_End" parameter="ipaddress"/></parameter>
            <parameter name="cache"><reference assembly="cache" parameter="ipaddress"/></parameter>
          </parameters>
        </service>
      </services>
      <returns><return name="ipaddress"/><return name="dbup"/></returns>
    </assembly>
  </assemblies>
</deployable>`;

test("assemblies, profiles, images, parameters and references become a blueprint that has no mistakes", () => {
  const { source, blueprint } = imported(TIERS);
  expect(source).toMatch(
    /^# Made of Aeolus' deployable Shop & Co in shop.xml.\n# Two tiers of a shop\nslipway: 1\nname: shop-co\n/,
  );
  expect(Object.keys(blueprint.parameters).length).toBeGreaterThan(0);
  for (const line of [
    "  front-end:\n    image: web-image\n    profile: small-x86-64\n    dependsOn:\n      - database\n    userData: |",
    "  database:\n    image: db-image\n    profile: large\n    ready: callback\n    userData: |",
    "${{ database.privateAddress }}",
    "${{ params.port }}",
    '  port:\n    type: string\n    description: port of the service apache-server of Front_End\n    default: "80"',
    "  admin_pw:\n    type: string\n    description: admin_pw of the service apache-server of Front_End\n    secret: true",
    "  Front_End_apache-server_db_name:",
    "  database_mysql_db_name:",
    "curl -fsSL -o 'settings.php' 'https://files.example.org/conf/settings.php?raw'",
    "curl -fsS -X POST '${{ self.callbackUrl }}'",
  ]) {
    expect(source).toContain(line);
  }
});

test("what could not be taken over is told, each with its place", () => {
  const { notes, said } = imported(TIERS);
  expect(said("the build b-1")).toHaveLength(1);
  expect(
    said("db_up of the service apache-server of Front_End is dbup, which the guest of database would return"),
  ).toHaveLength(1);
  expect(
    said("db_host of the service apache-server of Front_End is hostname of database: its privateAddress is given"),
  ).toHaveLength(1);
  expect(
    said("web_ip of the service mysql of database refers to Front_End, which waits for database itself"),
  ).toHaveLength(1);
  expect(said("cache of the service mysql of database refers to the assembly cache, which is not there")).toHaveLength(
    1,
  );
  expect(said("the parameter root_pw is a password with a default of less than 6 characters")).toHaveLength(1);
  expect(said("the assembly Front_End is the instance front-end")).toHaveLength(1);
  expect(said("images are called as in Aeolus (web-image, db-image)")).toHaveLength(1);
  expect(
    said("hardware profiles are called as in Aeolus, in Slipway's letters (small-x86-64 for small-x86_64, large)"),
  ).toHaveLength(1);
  expect(said("curl")).toHaveLength(2);
  expect(notes).toHaveLength(12);
});

const folder = mkdtempSync(join(tmpdir(), "slipway-deployable-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the one instance's user data as a guest would, in a folder of its own, with its parameters' defaults filled in. */
function run(text: string, values: Readonly<Record<string, string>>): string {
  const { source } = imported(text);
  const [, indented = ""] = /userData: \|\n((?: {6}.*\n|\n)+)/.exec(source) ?? [];
  const script = indented.replaceAll(/^ {6}/gm, "").replaceAll("/var/audrey", folder);
  const filled = script.replaceAll(/(?<!\$)\$\{\{ params\.(\S+) \}\}/g, (_, name: string) => values[name] ?? "?");
  return execFileSync("sh", ["-c", filled.replaceAll("$${{", "${{")], { encoding: "utf8" });
}

test("its script gives services their files and parameters as Audrey did, in the order in which they need each other", () => {
  const service = (name: string, parameters: string) => `<service name="${name}">
    <executable><contents><![CDATA[#!/bin/sh
      cat "a file"; env | grep ^AUDREY_VAR_ | sort; echo "$0 in $(basename "$PWD")" '\${{ self.id }}'
    ]]></contents></executable>
    <files><file><contents filename="a file"><![CDATA[it's ${"$"}HOME of ${name}]]></contents></file></files>
    <parameters>${parameters}</parameters></service>`;
  const text = `<deployable name="one"><assemblies><assembly name="a" hwp="small"><image id="i"/><services>
    ${service("my-second", '<parameter name="after"><reference assembly="a" service="my_first"/></parameter>')}
    ${service("my_first", '<parameter name="odd"><value>x</value></parameter><parameter name="lines"/>')}
    </services></assembly></assemblies></deployable>`;
  const values = { odd: `a'b "c" $HOME \`id\` \\n`, lines: "one\ntwo" };
  expect(run(text, values).split("\n")).toEqual([
    "it's $HOME of my_first",
    "AUDREY_VAR_my_first_lines=one",
    `AUDREY_VAR_my_first_odd=a'b "c" $HOME \`id\` \\n`,
    "./start in my_first ${{ self.id }}",
    "it's $HOME of my-second",
    "./start in my-second ${{ self.id }}",
    "",
  ]);
});

test("a deployable without services is machines alone", () => {
  const { source, notes } = imported(`<deployable name="Redmine"><assemblies>
    <assembly name="web" hwp="hwp1"><image id="4fc3 8a0d"/></assembly>
    <assembly name="self" hwp="hwp1"><image id="4fc3 8a0d"/></assembly></assemblies></deployable>`);
  expect(source).not.toContain("userData");
  expect(source).toContain("  web:\n    image: 4fc3-8a0d\n    profile: hwp1\n  self-2:\n");
  expect(notes).toHaveLength(4);
});

test("services of two assemblies wait for each other's, as far as that is no circle", () => {
  const { source, said } = imported(`<deployable name="d"><assemblies>
    <assembly name="a" hwp="p"><image id="i"/><services><service name="s"><executable url="u"/><parameters>
      <parameter name="w"><reference assembly="b" service="t"/></parameter>
      <parameter name="own"><reference assembly="a" parameter="ipaddress"/></parameter></parameters></service></services></assembly>
    <assembly name="b" hwp="p"><image id="i"/><services><service name="t"><executable url="u"/><parameters>
      <parameter name="w"><reference assembly="a" service="s"/></parameter></parameters></service></services></assembly>
    </assemblies></deployable>`);
  expect(source).toContain("dependsOn:\n      - b");
  expect(said("waits for a service of b")).toHaveLength(1);
  expect(said("which waits for b itself").length + said("which waits for a itself").length).toBe(1);
  expect(said("own of the service s of a refers to its own assembly")).toHaveLength(1);
});

test("services that wait for each other within one assembly run as they stand, and names are made to fit", () => {
  const long = "A".repeat(70);
  const { source, said } = imported(`<deployable name="9 Lives!"><assemblies>
    <assembly name="${long}" hwp="p"><image id="i"/><image id="j"/><packages/><services>
      <service name="s"><executable url="u"/><files><file/></files><parameters>
        <parameter name="1st"/><parameter name="w"><reference assembly="${long}" service="t"/></parameter></parameters></service>
      <service name="t"><executable url="u"/><parameters>
        <parameter name="1st"><value> </value></parameter><parameter name="w"><reference assembly="${long}" service="s"/></parameter></parameters></service>
    </services></assembly>
    <assembly name="${long}b" hwp="p"><image id="i"/></assembly></assemblies></deployable>`);
  expect(source).toContain("name: lives\n");
  expect(source).toContain(`  ${"a".repeat(32)}:\n`);
  expect(source).toContain(`  ${"a".repeat(30)}-2:\n`);
  expect(source).toContain(`  ${"A".repeat(64)}:\n`);
  expect(source).toContain(`  ${"A".repeat(62)}_2:\n`);
  expect(said("wait for each other; they run in the order in which they stand")).toHaveLength(1);
  expect(said("has several images; the first is taken")).toHaveLength(1);
  expect(said("has packages, which is not taken over")).toHaveLength(1);
  expect(said("has a file without name or contents")).toHaveLength(1);
});

test("a password whose default is long enough keeps it, and that is told", () => {
  const { source, said } =
    imported(`<deployable name="d"><assemblies><assembly name="a" hwp="p"><image id="i"/><services>
    <service name="s"><executable url="u"/><parameters><parameter name="pw" type="password"><value>correct horse</value></parameter></parameters></service>
    </services></assembly></assemblies></deployable>`);
  expect(source).toContain("secret: true\n    default: correct horse\n");
  expect(said("pw is a password whose default anybody can read")).toHaveLength(1);
});

const wrapped = (assemblies: string) => `<deployable name="d"><assemblies>${assemblies}</assemblies></deployable>`;

test.each([
  [
    "<deployable>\n<a></deployable>",
    "shop.xml: it is no XML | at 2:4  Expected closing tag 'a' (opened in line 2, col 1) instead of closing tag 'deployable'.",
  ],
  ["<template><name>x</name></template>", "its outermost element is template, and it must be deployable"],
  ["<deployable/>", "it has no assembly"],
  [
    "<deployable><assemblies><assembly name='a' hwp='p'><image id='i'/></assembly></assemblies></deployable>",
    "the deployable has no name",
  ],
  [wrapped("<assembly hwp='p'><image id='i'/></assembly>"), "assembly 1 has no name"],
  [wrapped("<assembly name='a'><image id='i'/></assembly>"), "the assembly a has no hwp"],
  [wrapped("<assembly name='a' hwp='p'/>"), "the assembly a has no image"],
  [wrapped("<assembly name='a' hwp='p'><image id=' '/></assembly>"), "the image of the assembly a has no id"],
  [wrapped("<assembly name='a' hwp='p'><image id='i'/></assembly>".repeat(2)), "two of its assemblies are called a"],
  [
    wrapped("<assembly name='a' hwp='p'><image id='i'/><services><service name='s'/></services></assembly>"),
    "the service s of the assembly a has no executable, neither a url nor contents",
  ],
  ["<deployable><constructor/></deployable>", "shop.xml: it cannot be read"],
])("%s is told with what is missing", (text, expected) => {
  expect(complaintOf(text)).toContain(expected);
});

test("entities that a file declares itself are never read", () => {
  const assembly = wrapped("<assembly name='a&#45;b' hwp='p'><image id='&x;&lt;i'/></assembly>");
  expect(imported(`<!DOCTYPE d [<!ENTITY x "aaaa">]>${assembly}`).source).toContain('image: "&x;<i"');
  expect(complaintOf(`<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>${assembly}`)).toContain(
    "it cannot be read",
  );
});
