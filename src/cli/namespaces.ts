/** Namespaces by name: this machine's, or those of a kernel in memory. @module */
import { failure } from "./failure.ts";
import type { Io, Namespaces } from "./io.ts";

export async function namespacesOf(io: Io): Promise<Namespaces> {
  if (io.namespaces) return io.namespaces;
  const { listNetns, createNetns, deleteNetns } = await import("../transport/linux/index.ts");
  return { list: listNetns, create: createNetns, remove: deleteNetns };
}

/** What only this machine has: processes, files of its kernel. @throws {CommandError} in front of another kernel */
export async function machine(io: Io): Promise<typeof import("../transport/linux/index.ts")> {
  if (io.open) throw failure("A virtual kernel has none of this: no processes, files, sockets or packets.");
  return import("../transport/linux/index.ts");
}
