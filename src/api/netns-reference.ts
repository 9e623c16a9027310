/** Network namespaces that a request refers to. @module */
import type { NetnsHandle, NetnsSpec } from "../transport/transport.ts";
import type { Channel } from "./channel.ts";
import { OptionError } from "./options.ts";

/** How a message says which namespace it means: by a process in it, or by an open descriptor of it. */
export type NetnsReference = { readonly pid: number } | { readonly fd: number };

/**
 * Calls `work` with a function that gives references to namespaces, and closes what that opened when the promise of `work` has settled.
 * Names and paths are those of this process's file system, wherever the connection is.
 * @throws {NamespaceNotFound}
 */
export async function withNetnsReferences<T>(
  channel: Channel,
  work: (reference: (where: string, spec: NetnsSpec) => NetnsReference) => Promise<T>,
): Promise<T> {
  const opened = new Map<NetnsSpec, NetnsHandle>();
  try {
    return await work((where, spec) => {
      const number =
        typeof spec !== "object" || spec === null
          ? undefined
          : "pid" in spec
            ? spec.pid
            : "fd" in spec
              ? spec.fd
              : undefined;
      if (number !== undefined) {
        if (!Number.isInteger(number) || number < 0 || number > 0x7fffffff)
          throw new OptionError(
            `${where}: ${String(number)} is not the number of a process or a descriptor`,
            "netns",
            "a namespace",
          );
        return spec as NetnsReference;
      }
      if (typeof spec !== "string" && typeof (spec as { path?: unknown } | null)?.path !== "string")
        throw new OptionError(
          `${where}: ${JSON.stringify(spec)} is not a namespace: a name, { pid }, { path } or { fd }`,
          "netns",
          "a name, { pid }, { path } or { fd }",
        );
      if (!channel.transport.openNetns)
        throw new OptionError(`${where}: this transport knows of no namespaces by name`, "netns", "{ pid } or { fd }");
      const handle = opened.get(spec) ?? channel.transport.openNetns(spec);
      opened.set(spec, handle);
      return { fd: handle.fd };
    });
  } finally {
    for (const handle of opened.values()) handle.close();
  }
}
