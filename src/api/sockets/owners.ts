/** Which processes have which sockets open, as /proc tells. @module */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { SocketOwner } from "./end.ts";

/** Milliseconds after which other work of the process gets its turn. */
const SLICE = 10;

/**
 * Owners of sockets by inode. Of other users' processes descriptors are only seen with CAP_SYS_PTRACE, and of those in other pid namespaces
 * not at all: their sockets have no entry. Takes some 3 µs a descriptor of all processes.
 */
export async function socketOwners(proc = "/proc"): Promise<Map<number, SocketOwner[]>> {
  const owners = new Map<number, SocketOwner[]>();
  let start = performance.now();
  for (const name of readdirSync(proc)) {
    if (!/^\d+$/.test(name)) continue;
    const directory = `${proc}/${name}/fd`;
    let comm: string | undefined;
    for (const fd of gone(() => readdirSync(directory)) ?? []) {
      const target = gone(() => readlinkSync(`${directory}/${fd}`));
      if (target?.startsWith("socket:[")) {
        const inode = Number(target.slice(8, -1));
        comm ??= gone(() => readFileSync(`${proc}/${name}/comm`, "utf8").trimEnd()) ?? "";
        const owner: SocketOwner = { pid: Number(name), comm, fd: Number(fd) };
        const others = owners.get(inode);
        if (others) others.push(owner);
        else owners.set(inode, [owner]);
      }
      if (performance.now() - start > SLICE) {
        await new Promise((resolve) => setImmediate(resolve));
        start = performance.now();
      }
    }
  }
  return owners;
}

/** What a call returns, or undefined if the process is gone or another user's. */
function gone<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (e) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM", "ENOTDIR"].includes((e as NodeJS.ErrnoException).code ?? ""))
      return undefined;
    throw e;
  }
}
