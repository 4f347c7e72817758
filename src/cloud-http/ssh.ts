// The system's own `ssh` as a line: a child that is logged in on another machine, where a program passes on what is said. Keys, agents and
// known hosts are ssh's matter; Slipway reads none of them.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { FormField } from "../ports/account-form.ts";
import type { Remedies } from "./faults.ts";

export interface SshPlace {
  readonly host: string;
  /** Null: as ssh's own settings say. */
  readonly port: number | null;
  readonly user: string | null;
  /** A file on Slipway's machine; null: the user's own keys. */
  readonly keyFile: string | null;
  readonly knownHosts: string | null;
  /** Run there by the shell of the user. */
  readonly command: string;
  /** What the command says when it fails, first of all. */
  readonly rules: readonly SshRule[];
}

/** For people. */
export function sshName({ user, host, port }: SshPlace): string {
  const there = host.includes(":") ? `[${host}]` : host;
  return `ssh://${user === null ? "" : `${user}@`}${there}${port === null ? "" : `:${port}`}`;
}

export interface SshRule {
  readonly code: string;
  readonly says: RegExp;
}

export interface SshLine {
  /** Taken for open at once: the first answer shows whether it is. */
  readonly socket: Socket;
  /** Why it ended, as far as ssh has told until now: an error with a code of these rules or of {@link SSH_REMEDIES}. Null: nothing. */
  why(): Error | null;
  /** The same once ssh has ended, and said all that it says. */
  ended(): Promise<Error | null>;
  end(): void;
}

/** What ssh says itself; its wording has been the same for twenty years. */
const RULES: readonly SshRule[] = [
  { code: "no_ssh", says: /exec: ssh: (not found|permission denied)/i },
  {
    code: "ssh_login_refused",
    says: /permission denied \(|too many authentication failures|no supported authentication/i,
  },
  { code: "ssh_host_unknown", says: /host key verification failed|identification has changed/i },
  { code: "ssh_no_host", says: /could not resolve hostname|name or service not known/i },
  { code: "ssh_no_way", says: /connection (refused|timed out)|no route to host|network is unreachable/i },
];

export const SSH_REMEDIES: Remedies = {
  no_ssh: { class: "config", text: "ssh cannot be run on Slipway's machine: install openssh-client" },
  ssh_login_refused: {
    class: "auth",
    text: "ssh's login was refused: the key of the user that Slipway runs as, or the account's own, must be authorized there",
  },
  ssh_host_unknown: {
    class: "config",
    text: "the host's key is not the one that ssh knows here, or it knows none: add it to the known hosts, or correct the account",
  },
  ssh_no_host: { text: "the host name is unknown; correct the account's address" },
  ssh_no_way: { text: "ssh reaches nobody there; start its server, or correct the account's address" },
};

/** Goes into an option of ssh, between quotes, where a percent sign has a meaning. */
export const SSH_PATH = /^\/[^"%\\\p{Cc}]*$/u;
export const SSH_HOST = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9])?)$/;
export const SSH_USER = /^[a-zA-Z0-9_][a-zA-Z0-9_.@-]*$/;

/** Of accounts whose cloud is reached by ssh. */
export const SSH_FIELDS = [
  {
    name: "keyFile",
    of: "setting",
    kind: "text",
    label: "Key file",
    help: "With ssh://: the file with the private key on Slipway's machine; the keys and the agent of the user that Slipway runs as when left out.",
    isRequired: false,
    example: "/etc/slipway/id_ed25519",
    default: null,
  },
  {
    name: "knownHosts",
    of: "setting",
    kind: "text",
    label: "Known hosts",
    help: "With ssh://: the file with the keys of hosts that are trusted; that of the user that Slipway runs as when left out.",
    isRequired: false,
    example: "/etc/slipway/known_hosts",
    default: null,
  },
] as const satisfies readonly FormField[];

export function openSsh(place: SshPlace): SshLine {
  // The third pair of sockets works in both directions, so that it is a socket as any other; ssh gets it as its input and output.
  const argv = ["-c", 'exec ssh "$@" <&3 >&3 3>&-', "ssh", ...sshArguments(place)];
  const child = spawn("sh", argv, { stdio: ["ignore", "ignore", "pipe", "pipe"], env: sshEnvironment() });
  const [, , stderr, socket] = child.stdio;
  if (!(socket instanceof Socket) || !(stderr instanceof Socket)) throw new Error("a pipe to a child is a socket");
  let words = "";
  let spawnError: Error | null = null;
  const isOver = once(child, "close").catch(() => undefined);
  stderr.on("data", (piece: Buffer) => {
    words = (words + piece.toString("utf8")).slice(-WORDS_MOST);
  });
  child.on("error", (error) => {
    spawnError = error;
    socket.destroy();
  });
  // Only who waits for an answer keeps the process alive.
  child.unref();
  stderr.unref();
  const end = (): void => {
    socket.destroy();
    endChild(child);
  };
  socket.on("close", end);
  const why = (): Error | null => whyOf({ words, spawnError, rules: place.rules });
  return {
    socket,
    why,
    async ended() {
      await isOver;
      return why();
    },
    end,
  };
}

/** Last words of ssh, which say why there is no way. */
const WORDS_MOST = 4_096;

interface LastWords {
  readonly words: string;
  readonly spawnError: Error | null;
  readonly rules: readonly SshRule[];
}

/** Exported for its tests. */
export function whyOf({ words, spawnError, rules }: LastWords): Error | null {
  if (spawnError !== null) return coded("no_ssh", spawnError);
  const rule = [...rules, ...RULES].find(({ says }) => says.test(words));
  return rule === undefined ? null : coded(rule.code);
}

const coded = (code: string, cause?: Error): Error => Object.assign(new Error(code, { cause }), { code });

const KILL_AFTER_MS = 2_000;

function endChild(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
  timer.unref();
  child.once("exit", () => clearTimeout(timer));
}

/** What ssh needs to find its keys and its agent, and nothing of Slipway's own. */
function sshEnvironment(): NodeJS.ProcessEnv {
  const names = ["PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK"];
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

const CONNECT_S = 15;

function sshArguments({ host, port, user, keyFile, knownHosts, command }: SshPlace): readonly string[] {
  const options = [
    "BatchMode=yes",
    `ConnectTimeout=${CONNECT_S}`,
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
    "StrictHostKeyChecking=yes",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    ...(keyFile === null ? [] : [`IdentityFile="${keyFile}"`, "IdentitiesOnly=yes"]),
    ...(knownHosts === null ? [] : [`UserKnownHostsFile="${knownHosts}"`]),
  ];
  const login = user === null ? [] : ["-l", user];
  const given = options.flatMap((option) => ["-o", option]);
  const at = port === null ? [] : ["-p", String(port)];
  return ["-T", "-e", "none", ...given, ...at, ...login, "--", host, command];
}

/** For the shell there. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
