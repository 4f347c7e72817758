// User data as oVirt's `custom_script`: the engine writes it behind its own YAML, under one `#cloud-config`. Only YAML can stand there; a
// script goes along as a file that cloud-init runs once, as it would have run the script itself.

/** cloud-init has more kinds of user data, which begin so, and none of which can stand behind YAML. */
const OTHER_KINDS =
  /^(?:#include|#upstart-job|#cloud-boothook|#part-handler|## template:|Content-Type:|MIME-Version:)/i;

const SCRIPT_PATH = "/var/lib/cloud/slipway-user-data";

/** Null: it is of a kind that the engine cannot pass on. */
export function customScript(userData: string): string | null {
  const text = userData.trimStart();
  if (OTHER_KINDS.test(text)) return null;
  if (!text.startsWith("#!")) return withoutStart(userData);
  const file = {
    path: SCRIPT_PATH,
    permissions: "0700",
    encoding: "b64",
    content: Buffer.from(text).toString("base64"),
  };
  return `write_files:\n- ${JSON.stringify(file)}\nruncmd:\n- [${JSON.stringify(SCRIPT_PATH)}]\n`;
}

/** A second document would not be read. */
const withoutStart = (yaml: string): string => yaml.replace(/^(?:#cloud-config[^\n]*\n)?---[ \t]*\n/, "");
