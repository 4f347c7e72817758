// The suites on a daemon in libvirt's place, and what a real one cannot be made to show. The real one: conformance.libvirt.test.ts.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { impostorSuite } from "../../ports/provider-suite/impostor.testsuite.ts";
import { machineSuite } from "../../ports/provider-suite/machines.testsuite.ts";
import { type SituationStage, situationSuite } from "../../ports/provider-suite/parts.testsuite.ts";
import { type MachineStage, readyRequest, type Stage, stillStage } from "../../ports/provider-suite/stage.testsuite.ts";
import { OWNER_LABELS } from "../../core/machine.ts";
import { type Daemon, IMAGE, openAt, openDaemon, refusal, type Turn } from "./daemon.testsuite.ts";
import type { Procedure } from "./messages.ts";
import { volumeName } from "./names.ts";

const placement = { realm: "host", size: "custom", image: IMAGE };

type Script = (procedure: Procedure, no: number) => Turn | null;

async function openWith(script?: Script): Promise<MachineStage & { readonly daemon: Daemon }> {
  const daemon = await openDaemon(script);
  const cloud = openAt(daemon.socket);
  return {
    ...stillStage({ cloud, placement }),
    daemon,
    underWay: daemon.hanging,
    plant: async (name, labels) => daemon.plant(name, labels),
    unknownId: "00000000-0000-4000-8000-000000000000",
    async [Symbol.asyncDispose]() {
      await cloud[Symbol.asyncDispose]();
      await daemon[Symbol.asyncDispose]();
    },
  };
}

const on =
  (procedure: Procedure, turn: Turn, from = 1): Script =>
  (asked, no) =>
    asked === procedure && no >= from ? turn : null;

const refusing = (procedure: Procedure, code: number, message: string) => (): Promise<Stage> =>
  openWith(on(procedure, refusal(code, message)));

const NO_MEMORY =
  "internal error: qemu unexpectedly closed the monitor: 2026-11-29T08:00:00.000000Z qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory";
const NO_SPACE =
  "internal error: Child process (/usr/bin/qemu-img create -f qcow2 /images/f2.qcow2) unexpected exit status 1: qemu-img: /images/f2.qcow2: Could not write qcow2 header: No space left on device";

const FAULTS: FaultHarness = {
  throttle: "libvirt has no limit of requests",
  auth: refusing("authList", 45, "authentication failed: Failed to start SASL negotiation"),
  account: "a host has users, and no accounts that could be suspended",
  capacity: refusing("domainStart", 1, NO_MEMORY),
  quota: refusing(
    "domainStart",
    70,
    "Hook script execution failed: internal error: Child process (LC_ALL=C /etc/libvirt/hooks/qemu f2 prepare begin -) unexpected exit status 1: quota: 1 machines may run",
  ),
  async missing_image() {
    const stage = await openWith();
    return { ...stage, placement: { ...placement, image: "never-made.qcow2" } };
  },
  async name_taken() {
    const stage = await openWith();
    const { name } = readyRequest(stage);
    stage.daemon.plant(name, {});
    return { ...stage, placement: { ...placement, name } };
  },
  unreachable: async () => stillStage({ cloud: openAt("/nowhere/libvirt-sock"), placement }),
  answer_lost: () => openWith(on("domainDefine", "done_then_cut")),
  request_lost: () => openWith(on("volumeCreate", "cut")),
  silence: () => openWith(on("domainDefine", "hang")),
  async unheard_state() {
    const stage = await openWith();
    const create: typeof stage.cloud.create = async (...given) => {
      const made = await stage.cloud.create(...given);
      const domain = stage.daemon.domains.get(made.externalId);
      if (domain !== undefined) domain.state = 9;
      return made;
    };
    return { ...stage, cloud: { ...stage.cloud, create } };
  },
  async breakdown() {
    const stage = await openWith();
    const settle = async (): Promise<void> => {
      for (const domain of stage.daemon.domains.values()) {
        if (domain.state === 1) Object.assign(domain, { state: 5, reason: 3 });
      }
    };
    return { ...stage, settle };
  },
  late_failure: "what is defined is there at once",
  partial_list: () =>
    openWith(on("volumes", refusal(55, "Requested operation is not valid: storage pool 'default' is not active"))),
};

async function openParts(script?: Script): Promise<SituationStage> {
  const stage = await openWith(script);
  const { daemon } = stage;
  return {
    ...stage,
    hasPublicAddress: false,
    parts: async () => [...daemon.volumes.keys()].filter((name) => name !== IMAGE),
    async plantPart(machine, labels) {
      const owner = labels[OWNER_LABELS.installation] ?? "nobody";
      daemon.volumes.set(volumeName({ owner, name: machine }, "disk"), Buffer.alloc(0));
    },
    vanish: async (id) => void daemon.domains.delete(id),
    fall: () => undefined,
    otherRealm: "",
    logins: () => ({ begun: 0, open: 0 }),
  };
}

const ONE_HOST = "an account is one host, which is one realm";

machineSuite("libvirt at the wire", { twoStep: true, repeat: "conflict", pageSize: null, open: () => openWith() });
faultSuite("libvirt at the wire", FAULTS);
situationSuite("libvirt at the wire", {
  parts: () => openParts(),
  left_behind: () => openParts(),
  no_room: async () => {
    let mayDelete = true;
    const stage = await openParts((procedure, no) => {
      if (procedure === "volumeCreate" && no === 2) return refusal(1, NO_SPACE);
      // As long as it is not taken back.
      return procedure === "volumeDelete" && !mayDelete && no === 1
        ? refusal(38, "cannot unlink file '/images/f1.disk': Device or resource busy")
        : null;
    });
    return {
      ...stage,
      fall: () => {
        mayDelete = false;
      },
    };
  },
  no_room_twice: "a volume is made once under its name",
  last_refused: "the domain is the last, and a refused definition leaves nothing",
  realm_down: ONE_HOST,
  many_sizes: "there are no sizes: machines are cut to measure",
  short_names: () => openParts(),
  session: "a connection is no login",
});

impostorSuite("libvirt", async (body, status) => {
  const folder = await mkdtemp(join(tmpdir(), "slipway-impostor-"));
  const socket = join(folder, "sock");
  const server = createServer((line) => {
    line.on("error", () => undefined);
    line.once("data", () => line.end(`HTTP/1.1 ${status} Said\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const cloud = openAt(socket);
  return stillStage(
    { cloud, placement },
    {
      async [Symbol.asyncDispose]() {
        await cloud[Symbol.asyncDispose]();
        await new Promise((resolve) => server.close(resolve));
        await rm(folder, { recursive: true });
      },
    },
  );
});
