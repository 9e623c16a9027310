/** `nlink ip vrf`. @module */

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { indexOf } from "../../api/device.ts";
import { isNotFound } from "../../api/errors.ts";
import { ask } from "../../api/facet.ts";
import type { Vrf } from "../../codec/rtnetlink/link/kinds/vrf.ts";
import { link as schema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Context } from "../context.ts";
import { failure, usage, wrong } from "../failure.ts";
import { rest, text } from "../grammar/args.ts";
import { command, group } from "../grammar/command.ts";
import { machine } from "../namespaces.ts";
import { listLinks } from "./list.ts";
import { runProgram } from "./program.ts";

const name = { name: { arg: text("VRF", "vrf"), help: "the VRF" } };
const CGROUPS = "/sys/fs/cgroup";

/** The device of a VRF. @throws {CommandError} */
async function indexOfVrf(context: Context, vrf: string, refuse = usage): Promise<number> {
  const channel = await context.rtnetlink();
  try {
    const index = await indexOf(channel, vrf);
    const { linkinfo } = await ask(channel, { type: RTM.getlink, schema, value: { index, extMask: 8 } }, schema, {});
    if (linkinfo?.kind === "vrf") return index;
  } catch (e) {
    if (!isNotFound(e)) throw e;
  }
  throw refuse("Invalid VRF name");
}

/** The path of a process's cgroup in the second hierarchy: `/user.slice`. */
function cgroupOf(pid: number | "self"): string {
  try {
    return /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1] ?? "/";
  } catch {
    throw failure(`Failed to read the cgroup of process ${pid}`);
  }
}
/** The name of the VRF that a cgroup is for: `…/vrf/blue`. */
const vrfOf = (cgroup: string): string | undefined => /(?:^|\/)vrf\/([^/]+)$/.exec(cgroup)?.[1];
/** Cgroups of a VRF, wherever they are. */
function* cgroupsOf(vrf: string, within: string | undefined, directory = CGROUPS): Generator<string> {
  let entries: string[];
  try {
    entries = readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch {
    return;
  }
  for (const entry of entries) {
    if (entry !== "vrf") yield* cgroupsOf(vrf, within, `${directory}/${entry}`);
    else if (within === undefined || directory.endsWith(`/${within}`)) yield `${directory}/vrf/${vrf}`;
  }
}

/** The name of the namespace that the line is about, where it has one. */
async function namespaceOf({ globals, io }: Context): Promise<string | undefined> {
  const netns = globals.netns ?? io.netns;
  const { identifyNetns, isNetnsName } = await import("../../transport/linux/index.ts");
  if (netns === undefined) return identifyNetns(process.pid)[0];
  return typeof netns === "string" && isNetnsName(netns) ? netns : undefined;
}

export const vrf = group({
  name: "vrf",
  help: "virtual routing and forwarding",
  otherwise: "show",
  entries: [
    command({
      name: "identify",
      help: "the VRF of a process",
      options: { pid: { arg: text("PID"), help: "the process; this one if none is given" } },
      bare: ["pid"],
      async run(context, { pid }) {
        await machine(context.io);
        if (pid !== undefined && !/^\d+$/.test(pid)) throw wrong(pid, "Invalid pid");
        const found = vrfOf(cgroupOf(pid === undefined ? "self" : Number(pid)));
        if (context.globals.json)
          return context.printer.list((item) => {
            if (found !== undefined) item((out) => out.put("name", found));
          });
        if (found !== undefined) context.printer.say(`${found}\n`);
        return undefined;
      },
    }),
    command({
      name: "pids",
      help: "processes in a VRF",
      options: name,
      bare: ["name"],
      async run(context, { name: given }) {
        await machine(context.io);
        if (given === undefined) throw failure("Invalid arguments");
        await indexOfVrf(context, given, failure);
        const found: { pid: number; program: string }[] = [];
        for (const cgroup of cgroupsOf(given, await namespaceOf(context))) {
          let text_: string;
          try {
            text_ = readFileSync(`${cgroup}/cgroup.procs`, "utf8");
          } catch {
            continue; // none of this VRF there
          }
          for (const pid of text_.split("\n").filter((line) => line !== "")) {
            let program = "";
            try {
              program = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
            } catch {
              // It has ended meanwhile.
            }
            found.push({ pid: Number(pid), program });
          }
        }
        if (context.globals.json)
          return context.printer.list((item) => {
            for (const one of found)
              item((out) => {
                out.put("pid", one.pid);
                out.put("name", one.program);
              });
          });
        for (const { pid, program } of found) context.printer.say(`${String(pid).padStart(5)}  ${program}\n`);
        return undefined;
      },
    }),
    command({
      name: "exec",
      help: "run a program whose sockets are bound to a VRF",
      options: { ...name, command: { arg: rest("PROGRAM [ARGUMENTS…]"), help: "the program" } },
      bare: ["name", "command"],
      async run(context, { name: given, command: words }) {
        await machine(context.io);
        if (given === undefined) throw failure("No VRF name specified");
        if (!words || words.length === 0) throw usage("No command specified");
        const index = given === "default" ? 0 : await indexOfVrf(context, given);
        const cgroup = await prepared(context, given, index);
        // The shell enters the cgroup and becomes the program: this process stays where it is.
        const script = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
        const argv = ["-c", script, cgroup, ...words];
        const netns = context.globals.netns ?? context.io.netns;
        return runProgram(context, words, async (options) => {
          if (netns === undefined) return spawn("/bin/sh", argv, options);
          const { execInNetns } = await import("../../transport/linux/index.ts");
          // With the machine's own mounts, where its cgroups are.
          return execInNetns(netns, "/bin/sh", argv, { ...options, mounts: false });
        });
      },
    }),
    command({
      name: "show",
      also: ["list", "ls", "lst"],
      help: "show VRFs",
      options: name,
      bare: ["name"],
      async run(context, { name: given }) {
        const { printer, globals } = context;
        if (given !== undefined) await indexOfVrf(context, given);
        const { links } = await listLinks(context, { type: "vrf", ...(given === undefined ? {} : { dev: given }) });
        const found = links.map((link) => ({
          name: link.ifname ?? "",
          table: (link.linkinfo?.data as Vrf | undefined)?.table ?? 0,
        }));
        if (globals.json)
          return printer.list((item) => {
            for (const one of found)
              item((out) => {
                out.put("name", one.name);
                out.put("table", one.table);
              });
          });
        if (given !== undefined) {
          for (const one of found) printer.say(`${one.name} ${one.table}\n`);
          return undefined;
        }
        printer.say(`${"Name".padEnd(16)}  ${"Table".padStart(5)}\n${"-".repeat(23)}\n`);
        for (const one of found) printer.say(`${one.name.padEnd(16)} ${String(one.table).padStart(5)}\n`);
        if (found.length === 0) printer.say("No VRF has been configured\n");
        return undefined;
      },
    }),
  ],
});

/** The cgroup whose sockets are bound to a VRF, below the one that this process is in (vrf_path in ip/ipvrf.c). */
async function prepared(context: Context, vrf: string, index: number): Promise<string> {
  const own = cgroupOf("self")
    .replace(/\/?vrf\/[^/]+$/, "")
    .replace(/\/$/, "");
  const namespace = await namespaceOf(context);
  // A namespace with a name has its own, whose names of VRFs are others.
  const base = `${CGROUPS}${own}${namespace === undefined || own.endsWith(`/${namespace}`) ? "" : `/${namespace}`}`;
  const path = vrf === "default" ? base : `${base}/vrf/${vrf}`;
  try {
    mkdirSync(path, { recursive: true });
    if (index !== 0) {
      const { bindCgroup } = await import("../../transport/linux/index.ts");
      bindCgroup(path, index);
    }
  } catch (e) {
    throw failure(`Failed to set up the cgroup of VRF ${vrf}: ${(e as Error).message}`);
  }
  return path;
}
