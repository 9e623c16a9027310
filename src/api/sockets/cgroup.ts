/** Cgroups of version 2 by path and by id: the id is the inode of the directory. @module */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { NetlinkError } from "../errors.ts";

/** Where the hierarchy is mounted. */
function root(): string {
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const [, at, type] = line.split(" ");
    if (type === "cgroup2")
      return at!.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  }
  throw new NetlinkError(
    { code: "ENOENT", errno: 2, operation: "find cgroup" },
    "cgroup not found: no hierarchy of version 2 is mounted",
  );
}

/** Id of a cgroup by its path below the hierarchy's root, or from `/` where it leads there. @throws {NetlinkError} ENOENT */
export function cgroupId(path: string): bigint {
  const top = root();
  const under = path === top || path.startsWith(`${top}/`) ? path : join(top, path);
  try {
    const stat = statSync(under, { bigint: true });
    if (stat.isDirectory()) return stat.ino;
  } catch (cause) {
    throw new NetlinkError({ code: "ENOENT", errno: 2, operation: "find cgroup", cause }, `cgroup not found: ${path}`);
  }
  throw new NetlinkError({ code: "ENOTDIR", errno: 20, operation: "find cgroup" }, `not a cgroup: ${path}`);
}

/** Paths of all cgroups by id, from the hierarchy's root on: `/`, `/user.slice`. Empty where there is no hierarchy. */
export function cgroupPaths(): Map<bigint, string> {
  const paths = new Map<bigint, string>();
  const walk = (top: string, path: string) => {
    try {
      paths.set(statSync(top + path, { bigint: true }).ino, path === "" ? "/" : path);
      for (const entry of readdirSync(top + path, { withFileTypes: true }))
        if (entry.isDirectory()) walk(top, `${path}/${entry.name}`);
    } catch {
      // It is gone, or not for us to see.
    }
  };
  try {
    walk(root(), "");
  } catch (e) {
    if (!(e instanceof NetlinkError)) throw e;
  }
  return paths;
}
