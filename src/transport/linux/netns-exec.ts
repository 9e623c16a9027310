/**
 * Programs in another namespace, as `ip netns exec` runs them: with a mount namespace of their own, in which /sys shows the namespace's
 * devices and the files of /etc/netns/NAME are those of /etc.
 *
 * This process cannot have the mounts made for its child: its main thread would have to leave the file system context (working directory,
 * umask) that it shares with libuv's pool, and could not come back to it. So a Node of its own enters, makes the mounts, and becomes the
 * program (execve: same process, same descriptors). That takes some 60 ms, where a spawn takes 2.
 * @module
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { closeSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { NetlinkError } from "../netlink-error.ts";
import { errno, errnoName, errnoText } from "./errno.ts";
import { failure, systemFailure } from "./failure.ts";
import { type NetnsSpec, openNetns, withNetns } from "./netns.ts";
import { becomeProgram, type Plan, type Refusal } from "./netns-exec-program.ts";

/** As of `child_process.spawn`. */
export interface NetnsExecOptions extends SpawnOptions {
  /**
   * False: the program shares the mounts of this process, so that /sys shows this one's devices and /etc is the system's. It then runs by an
   * ordinary spawn, thirty times as fast.
   */
  readonly mounts?: boolean | undefined;
}

/**
 * Starts a program in a namespace; resolves when it is about to run, and rejects if it cannot.
 * @throws {NamespaceNotFound}
 * @throws {NetlinkError} `ENOENT`, there is no such program; `ECANCELED`, aborted before it ran
 * @throws {TransportError} of the step that failed
 */
export async function execInNetns(
  spec: NetnsSpec,
  command: string,
  args: readonly string[],
  options: NetnsExecOptions,
): Promise<ChildProcess> {
  check(command, args);
  const { mounts = true, ...rest } = options;
  if (rest.signal?.aborted) throw aborted(command, rest.signal);
  // A spawn reports a missing directory as it does a missing program.
  if (!mounts && rest.cwd !== undefined && !existsSync(rest.cwd))
    throw failure("chdir", errno.ENOENT, String(rest.cwd));
  return mounts
    ? enter(spec, command, args, rest)
    : spawned(
        withNetns(spec, () => spawn(command, args, rest)),
        command,
        rest.signal,
      );
}

/** An ordinary child, once it runs. */
function spawned(child: ChildProcess, command: string, signal: AbortSignal | undefined): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) =>
      reject(
        signal?.aborted ? aborted(command, signal) : cannotRun(command, Math.abs(cause.errno ?? errno.EIO), cause),
      );
    child.once("error", onError);
    child.once("spawn", () => {
      child.off("error", onError);
      resolve(child);
    });
  });
}

async function enter(
  spec: NetnsSpec,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<ChildProcess> {
  const { env = process.env, cwd, argv0, uid, gid, shell, stdio = "pipe", ...rest } = options;
  const streams = [...(typeof stdio === "string" ? [stdio, stdio, stdio] : stdio)];
  while (streams.length < 3) streams.push("pipe");
  const ipc = streams.indexOf("ipc");
  const environment = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  if (ipc >= 0)
    environment.push(`NODE_CHANNEL_FD=${ipc}`, `NODE_CHANNEL_SERIALIZATION_MODE=${options.serialization ?? "json"}`);
  const [file, ...argv] = shell
    ? [typeof shell === "string" ? shell : "/bin/sh", argv0 ?? "sh", "-c", [command, ...args].join(" ")]
    : [command, argv0 ?? command, ...args];
  const plan: Plan = {
    name: typeof spec === "string" ? spec : undefined,
    netns: streams.length,
    // Beyond the third one, nothing given is no descriptor.
    descriptors: [...streams.keys()].filter((i) => i < 3 || (streams[i] !== "ignore" && streams[i] != null)),
    cwd: cwd instanceof URL ? fileURLToPath(cwd) : cwd,
    uid,
    gid,
    file: file!,
    argv,
    environment,
  };
  const channel = streams.length + 1;
  const koffi = createRequire(import.meta.url).resolve("koffi");
  const script = `(${becomeProgram})(require, ${JSON.stringify(koffi)}, ${channel})`;
  const target = openNetns(spec);
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, ["--input-type=commonjs", "-e", script], {
      ...rest,
      env: environmentOfNode(),
      stdio: [...streams, target.fd, "pipe"],
    });
  } finally {
    if (target.owned) closeSync(target.fd);
  }
  await ready(child, channel, plan, options.signal);
  // What Node started is nobody's business any more.
  return Object.assign(child, { spawnfile: plan.file, spawnargs: argv });
}

/** This process's own, without what Node would take for orders. */
function environmentOfNode(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_")));
}

/** Sends the plan; resolves when the child is about to become the program, which it does once the caller has had a turn. */
function ready(child: ChildProcess, channel: number, plan: Plan, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = child.stdio[channel] as Duplex;
    let begun = false;
    let text = "";
    const failed = (error: unknown): void => {
      if (begun) child.emit("error", error);
      else reject(error);
    };
    const onError = (cause: Error) =>
      reject(signal?.aborted ? aborted(plan.file, signal) : systemFailure(cause, plan.file));
    child.once("error", onError);
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        if (line !== "ready") {
          failed(refused(JSON.parse(line) as Refusal));
          continue;
        }
        begun = true;
        child.off("error", onError);
        resolve();
        setImmediate(() => {
          child.emit("spawn");
          stream.write("\n");
        });
      }
    });
    stream.on("error", () => {}); // it is closed next
    stream.on("close", () => {
      if (!begun) reject(failure("exec", 0, `the process that was to become ${plan.file} has ended`));
    });
    stream.write(`${JSON.stringify(plan)}\n`);
  });
}

function refused({ operation, errno: number, detail }: Refusal): NetlinkError {
  return operation === "execve" ? cannotRun(detail, number) : failure(operation, number, detail);
}

function cannotRun(command: string, number: number, cause?: unknown): NetlinkError {
  return new NetlinkError(
    { code: errnoName(number), errno: number, operation: "exec", cause },
    number === errno.ENOENT ? `program not found: ${command}` : `cannot run ${command}: ${errnoText(number)}`,
  );
}

function aborted(command: string, signal: AbortSignal): NetlinkError {
  return new NetlinkError({
    code: "ECANCELED",
    errno: 0,
    operation: `exec ${command}`,
    text: "aborted",
    cause: signal.reason,
  });
}

function check(command: string, args: readonly string[]): void {
  const isText = (x: unknown) => typeof x === "string" && !x.includes("\0");
  if (isText(command) && command !== "" && Array.isArray(args) && args.every(isText)) return;
  throw failure("exec", errno.EINVAL, `not a program and its arguments: ${JSON.stringify([command, args])}`);
}
