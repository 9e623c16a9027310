/** The process that becomes a program in another namespace: what `netns-exec.ts` starts. @module */

/** What to become, sent as a line of JSON. */
export interface Plan {
  /** Of the namespace, for /etc/netns/NAME; undefined if it was not given by name. */
  readonly name: string | undefined;
  /** Descriptor of the namespace. */
  readonly netns: number;
  /** Descriptors that the program gets. */
  readonly descriptors: readonly number[];
  readonly cwd: string | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly file: string;
  readonly argv: readonly string[];
  /** NAME=VALUE */
  readonly environment: readonly string[];
}

/** Why it cannot be. `errno` 0: not by a system call's failure. */
export interface Refusal {
  readonly operation: string;
  readonly errno: number;
  readonly detail: string;
}

/** What is used of koffi and of Node in there. */
interface Koffi {
  load(path: null): {
    func(name: string, result: string, parameters: readonly string[]): (...args: unknown[]) => number;
  };
  errno(): number;
}
interface FileSystem {
  readSync(fd: number, buffer: Uint8Array): number;
  writeSync(fd: number, text: string): number;
  readdirSync(path: string): string[];
  accessSync(path: string, mode: number): void;
  statSync(path: string): { isFile(): boolean };
}

/**
 * Runs as the whole program of `node -e`, by its source text: it must refer to nothing outside itself. Reads the plan from the descriptor
 * `channel`, prepares, says `ready`, waits for a line, and becomes the program. What fails is told as a line of JSON (`Refusal`).
 */
export function becomeProgram(require: (name: string) => unknown, koffiPath: string, channel: number): void {
  const fs = require("node:fs") as FileSystem;
  const CLONE_NEWNET = 0x40000000;
  const CLONE_NEWNS = 0x20000;
  const MS_RDONLY = 1;
  const MS_BIND = 0x1000;
  const MS_REC = 0x4000;
  const MS_SLAVE = 0x80000;
  const MNT_DETACH = 2;
  const F_SETFD = 2;
  const SIGPIPE = 13;
  const SIGXFSZ = 25;
  const ENOENT = 2;
  const ENOEXEC = 8;
  const EACCES = 13;

  const refuse = (operation: string, errno: number, detail: string): never => {
    fs.writeSync(channel, `${JSON.stringify({ operation, errno, detail })}\n`);
    process.exit(127);
  };
  const line = (): string => {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const buffer = new Uint8Array(65536);
      const length = fs.readSync(channel, buffer);
      if (length === 0) process.exit(127); // whoever started this is gone
      chunks.push(buffer.subarray(0, length));
      if (buffer[length - 1] === 10) return Buffer.concat(chunks).toString();
    }
  };

  try {
    const plan = JSON.parse(line()) as Plan;
    const koffi = require(koffiPath) as Koffi;
    const libc = koffi.load(null);
    const setns = libc.func("setns", "int", ["int", "int"]);
    const unshare = libc.func("unshare", "int", ["int"]);
    const mount = libc.func("mount", "int", ["str", "str", "str", "ulong", "str"]);
    const umount2 = libc.func("umount2", "int", ["str", "int"]);
    const fcntl = libc.func("fcntl", "int", ["int", "int", "long"]);
    const signal = libc.func("signal", "void *", ["int", "void *"]);
    const strerror = libc.func("strerror", "str", ["int"]) as unknown as (errno: number) => string;
    const execve = libc.func("execve", "int", ["str", "char **", "char **"]);
    const check = (result: number, operation: string, detail: string) => {
      if (result < 0) refuse(operation, koffi.errno(), detail);
    };

    // As netns_switch of iproute2 (lib/namespace.c).
    check(setns(plan.netns, CLONE_NEWNET), "setns", plan.name ?? "");
    check(unshare(CLONE_NEWNS), "unshare", "new mount namespace");
    check(mount("", "/", "none", MS_SLAVE | MS_REC, null), "mount", "make / a slave");
    umount2("/sys", MNT_DETACH);
    const source = plan.name ?? "sysfs";
    // One that is read-only cannot be covered by one that is not.
    if (mount(source, "/sys", "sysfs", 0, null) < 0)
      check(mount(source, "/sys", "sysfs", MS_RDONLY, null), "mount", "/sys");
    if (plan.name !== undefined) {
      const etc = `/etc/netns/${plan.name}`;
      let files: string[] = [];
      try {
        files = fs.readdirSync(etc);
      } catch {
        // It is there for those namespaces only that have files of their own.
      }
      for (const file of files)
        if (mount(`${etc}/${file}`, `/etc/${file}`, "none", MS_BIND, null) < 0)
          fs.writeSync(2, `Bind ${etc}/${file} -> /etc/${file} failed: ${strerror(koffi.errno())}\n`);
    }

    const system = (detail: string, call: () => void) => {
      try {
        call();
      } catch (error) {
        const { syscall, errno } = error as NodeJS.ErrnoException;
        if (syscall === undefined || errno === undefined) throw error;
        refuse(syscall, Math.abs(errno), detail);
      }
    };
    if (plan.uid !== undefined || plan.gid !== undefined) {
      try {
        process.setgroups!([]); // as libuv does, whether it may or not
      } catch {}
    }
    const { uid, gid, cwd } = plan;
    if (gid !== undefined) system(`group ${gid}`, () => process.setgid!(gid));
    if (uid !== undefined) system(`user ${uid}`, () => process.setuid!(uid));
    if (cwd !== undefined) system(cwd, () => process.chdir(cwd));

    // As execvp finds it.
    const path = plan.environment.find((variable) => variable.startsWith("PATH="))?.slice(5);
    const candidates = plan.file.includes("/")
      ? [plan.file]
      : (path ?? "/usr/local/bin:/bin:/usr/bin").split(":").map((directory) => `${directory || "."}/${plan.file}`);
    let found: string | undefined;
    let reason = ENOENT;
    for (const candidate of candidates) {
      try {
        if (!fs.statSync(candidate).isFile()) {
          reason = EACCES;
          continue;
        }
        fs.accessSync(candidate, 1);
        found = candidate;
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EACCES") reason = EACCES;
      }
    }
    const program = found ?? refuse("execve", reason, plan.file);

    // What Node has changed of what a program inherits.
    signal(SIGPIPE, null);
    signal(SIGXFSZ, null);
    for (const fd of plan.descriptors) fcntl(fd, F_SETFD, 0);

    fs.writeSync(channel, "ready\n");
    line();
    execve(program, [...plan.argv, null], [...plan.environment, null]);
    // A script without a first line that says what runs it is the shell's.
    if (koffi.errno() === ENOEXEC)
      execve("/bin/sh", [plan.argv[0], program, ...plan.argv.slice(1), null], [...plan.environment, null]);
    refuse("execve", koffi.errno(), plan.file);
  } catch (error) {
    refuse("exec", 0, error instanceof Error ? error.message : String(error));
  }
}
