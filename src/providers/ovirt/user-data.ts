// User data as oVirt's `custom_script`: the engine writes it behind its own YAML, under one `#cloud-config`. Only YAML can stand there. A
// script goes along as a file that cloud-init runs once, as it would have run the script itself; text of no kind as a file alone, which is
// all that a guest elsewhere would have of it.

/** cloud-init has more kinds of user data, which begin so, and none of which can stand behind YAML. */
const OTHER_KINDS =
  /^(?:#include|#upstart-job|#cloud-boothook|#part-handler|## template:|Content-Type:|MIME-Version:)/i;

const PATH = "/var/lib/cloud/slipway-user-data";

/** Empty where there is none. Null: it is of a kind that the engine cannot pass on. */
export function customScript(userData: string): string | null {
  const text = userData.trimStart();
  if (text === "" || OTHER_KINDS.test(text)) return text === "" ? "" : null;
  if (/^#cloud-config\b/.test(text)) return withoutStart(text);
  return text.startsWith("#!")
    ? `${fileOf(text, "0700")}runcmd:\n- [${JSON.stringify(PATH)}]\n`
    : fileOf(userData, "0600");
}

function fileOf(text: string, permissions: string): string {
  const content = Buffer.from(text).toString("base64");
  return `write_files:\n- ${JSON.stringify({ path: PATH, permissions, encoding: "b64", content })}\n`;
}

/** A second document would not be read. */
const withoutStart = (yaml: string): string => yaml.replace(/^#cloud-config[^\n]*\n---[ \t]*\n/, "");
