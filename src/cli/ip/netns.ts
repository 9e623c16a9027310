/** `nlink ip netns`. @module */

import { isNotFound } from "../../api/errors.ts";
import { Nsids } from "../../api/nsids.ts";
import type { Context } from "../context.ts";
import { CommandError, EXIT, failure, usage } from "../failure.ts";
import { integer, oneWord, rest, text } from "../grammar/args.ts";
import { command, group } from "../grammar/command.ts";
import { machine, namespacesOf } from "../namespaces.ts";
import { runProgram } from "./program.ts";

const DIRECTORY = "/run/netns";
/** A name: no part of a path. */
const name = { ...text("NAME", "netns") };
const checked = (given: string | undefined): string => {
  if (given === undefined) throw failure("No netns name specified");
  if (given === "" || given === "." || given === ".." || given.includes("/") || given.length > 255)
    throw usage(`Invalid netns name "${given}"`);
  return given;
};
const reason = (e: unknown): string =>
  (e as { code?: string }).code === "EEXIST"
    ? "File exists"
    : isNotFound(e)
      ? "No such file or directory"
      : (e as { code?: string }).code === "EPERM"
        ? "Operation not permitted"
        : (e as Error).message;
const opening = (given: string) => (e: unknown) => {
  throw isNotFound(e) ? usage(`Cannot open network namespace "${given}": No such file or directory`) : e;
};
/** The process of a command about one: its number, or this one's. */
const pid = oneWord("PID", (word) => (/^\d+$/.test(word) ? Number(word) : undefined), "not the number of a process");

async function list(context: Context): Promise<void> {
  const names = (await namespacesOf(context.io)).list();
  await context.printer.list(async (item) => {
    const nsids = names.length > 0 ? new Nsids(await context.rtnetlink()) : undefined;
    for (const one of names) {
      const id = (await nsids?.get(one).catch(() => -1)) ?? -1;
      item((out) => {
        out.put("name", one, one);
        if (id >= 0) out.put("id", id, ` (id: ${id})`);
        out.say("\n");
      });
    }
  });
}

async function listIds(
  context: Context,
  { nsid, "target-nsid": target }: { nsid?: number; "target-nsid"?: number },
): Promise<void> {
  const channel = await context.rtnetlink();
  const nsids = new Nsids(channel);
  const spaces = await namespacesOf(context.io);
  await context.printer.list(async (item) => {
    const found = (await nsids.list(target === undefined ? {} : { target })).filter(
      (one) => nsid === undefined || one.nsid === nsid,
    );
    if (nsid !== undefined && found.length === 0)
      throw new CommandError(EXIT.refused, "RTNETLINK answers: No such file or directory");
    const names = new Map<number, string>();
    if (found.length > 0) for (const one of spaces.list()) names.set(await nsids.get(one).catch(() => -1), one);
    for (const { nsid: id, current } of found)
      item((out) => {
        out.put("nsid", id, `nsid ${id} `);
        if (current !== undefined && current >= 0) out.put("current-nsid", current, `current-nsid ${current} `);
        const here = target === undefined ? names.get(id) : current === undefined ? undefined : names.get(current);
        if (here !== undefined) out.put("name", here, `(iproute2 netns name: ${here})`);
        out.say("\n");
      });
  });
}

/** Every namespace, one after the other, with its name before it. */
async function each(context: Context, run: (name: string) => Promise<number | void>): Promise<number> {
  let status = 0;
  for (const one of (await namespacesOf(context.io)).list()) {
    context.printer.say(`\nnetns: ${one}\n`);
    context.printer.flush();
    status = (await run(one)) || status;
  }
  return status;
}

const one = { name: { arg: name, help: "the namespace" } };
export const netns = group({
  name: "netns",
  help: "network namespaces",
  otherwise: "list",
  entries: [
    command({ name: "list", also: ["show", "ls", "lst"], help: "show namespaces", run: list }),
    command({
      name: "list-id",
      help: "ids by which this namespace knows others",
      options: {
        "target-nsid": { arg: integer("ID", 0x7fffffff), help: "those of the namespace with this id" },
        nsid: { arg: integer("ID", 0x7fffffff), help: "this one" },
      },
      run: listIds,
    }),
    command({
      name: "add",
      help: "make a namespace",
      options: one,
      bare: ["name"],
      async run({ io }, { name: given }) {
        const wanted = checked(given);
        const spaces = await namespacesOf(io);
        try {
          spaces.create(wanted);
        } catch (e) {
          throw failure(`Cannot create namespace file "${DIRECTORY}/${wanted}": ${reason(e)}`);
        }
      },
    }),
    command({
      name: "set",
      help: "give a namespace an id here",
      options: {
        ...one,
        id: {
          arg: oneWord(
            "{ ID | auto }",
            (word) => (word === "auto" ? -1 : /^\d+$/.test(word) ? Number(word) : undefined),
            'Invalid "netnsid" value',
          ),
          help: "the id; auto: the kernel chooses",
        },
      },
      bare: ["name", "id"],
      async run(context, { name: given, id }) {
        const wanted = checked(given);
        if (id === undefined) throw failure("No nsid specified");
        const nsids = new Nsids(await context.rtnetlink());
        await nsids.set(wanted, id < 0 ? undefined : id).catch((e: unknown) => {
          throw isNotFound(e) ? failure(`Cannot open network namespace "${wanted}": No such file or directory`) : e;
        });
      },
    }),
    command({
      name: "delete",
      help: "take a namespace's name away",
      options: one,
      bare: ["name"],
      async run(context, { name: given }) {
        const spaces = await namespacesOf(context.io);
        const remove = (wanted: string) => {
          try {
            spaces.remove(wanted);
            // A later line may mean another namespace by the same name.
            context.sockets.close();
          } catch (e) {
            throw failure(`Cannot remove namespace file "${DIRECTORY}/${wanted}": ${reason(e)}`);
          }
        };
        if (given === undefined && context.globals.all) return each(context, async (wanted) => remove(wanted));
        remove(checked(given));
        return;
      },
    }),
    command({
      name: "identify",
      help: "names of the namespace of a process",
      options: { pid: { arg: text("PID"), help: "the process; this one if none is given" } },
      bare: ["pid"],
      async run(context, { pid: given }) {
        if (given !== undefined && !/^\d+$/.test(given) && given !== "self")
          throw failure(`Specified string '${given}' is not a pid`);
        const { identifyNetns } = await machine(context.io);
        let names: readonly string[];
        try {
          names = identifyNetns(given === undefined || given === "self" ? process.pid : Number(given));
        } catch (e) {
          throw failure(`Cannot open network namespace: ${reason(e)}`);
        }
        if (context.globals.json)
          return context.printer.list((item) => {
            for (const found of names) item((out) => out.put("name", found));
          });
        // A namespace without a name has an empty line.
        context.printer.say(`${names.join("\n")}\n`);
        return;
      },
    }),
    command({
      name: "pids",
      help: "processes in a namespace",
      options: one,
      bare: ["name"],
      async run(context, { name: given }) {
        const wanted = checked(given);
        const { pidsInNetns } = await machine(context.io);
        let pids: readonly number[];
        try {
          pids = pidsInNetns(wanted);
        } catch (e) {
          throw failure(`Cannot open network namespace: ${reason(e)}`);
        }
        if (context.globals.json)
          return context.printer.list((item) => {
            for (const found of pids) item((out) => out.put("pid", found));
          });
        for (const found of pids) context.printer.say(`${found}\n`);
        return;
      },
    }),
    command({
      name: "exec",
      help: "run a program in a namespace",
      options: { ...one, command: { arg: rest("PROGRAM [ARGUMENTS…]"), help: "the program" } },
      bare: ["name", "command"],
      async run(context, { name: given, command: words }) {
        // With -all there is no name: what stands first is the program.
        const all = Boolean(context.globals.all);
        const program = all && given !== undefined ? [given, ...(words ?? [])] : (words ?? []);
        if (!all && given === undefined) throw failure("No netns name specified");
        if (program.length === 0) throw failure("No command specified");
        const run = (wanted: string) =>
          runProgram(context, program, async (options) => {
            const { execInNetns } = await machine(context.io);
            return execInNetns(wanted, program[0]!, program.slice(1), options);
          }).catch(opening(wanted));
        return all ? each(context, run) : run(given!);
      },
    }),
    command({
      name: "monitor",
      help: "tell of namespaces that come and go",
      async run(context) {
        const { watchNetns } = await machine(context.io);
        const { io, printer, globals } = context;
        await new Promise<void>((resolve, reject) => {
          const watch = watchNetns(({ action, name: changed }) => {
            const word = action === "created" ? "add" : "delete";
            printer.event((out) => (globals.json ? out.put(word, changed) : out.say(`${word} ${changed}\n`)));
          }, reject);
          const end = () => {
            watch.close();
            resolve();
          };
          if (io.signal.aborted) end();
          else io.signal.addEventListener("abort", end, { once: true });
        });
      },
    }),
    command({
      name: "attach",
      help: "give the namespace of a process a name",
      options: { ...one, pid: { arg: pid, help: "the process" } },
      bare: ["name", "pid"],
      async run({ io }, { name: given, pid: process_ }) {
        const wanted = checked(given);
        if (process_ === undefined) throw failure("No pid specified");
        const { attachNetns } = await machine(io);
        try {
          attachNetns(wanted, { pid: process_ });
        } catch (e) {
          throw failure(`Bind /proc/${process_}/ns/net -> ${DIRECTORY}/${wanted} failed: ${reason(e)}`);
        }
      },
    }),
  ],
});
