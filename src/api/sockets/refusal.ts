/** What the kernel's refusals mean here. @module */
import { isNotFound, NetlinkError } from "../errors.ts";
import type { SocketKind } from "./query.ts";

/** There is no such socket, or one with another cookie. */
export const isGone = (e: unknown): boolean => isNotFound(e) || (e instanceof NetlinkError && e.code === "ESTALE");
/** The kernel does not take the bytecode. */
export const isRejected = (e: unknown): boolean => e instanceof NetlinkError && e.code === "EINVAL";
/** There is no handler of the family or protocol, and no module that brings one. */
export const isUnknownKind = (e: unknown): boolean =>
  e instanceof NetlinkError && ["ENOENT", "EOPNOTSUPP", "EPROTONOSUPPORT", "EAFNOSUPPORT"].includes(e.code);
export function explained(e: unknown, kind: SocketKind): unknown {
  if (!isUnknownKind(e) || !(e instanceof NetlinkError)) return e;
  return new NetlinkError({
    code: "EOPNOTSUPP",
    errno: 95,
    operation: e.operation,
    text: `this kernel has no socket diagnostics for ${kind}`,
    cause: e,
  });
}
export const undecided = (kind: SocketKind): NetlinkError =>
  new NetlinkError({
    code: "EOPNOTSUPP",
    errno: 95,
    operation: `list ${kind} sockets`,
    text: "this kernel cannot apply the filter, and does not tell enough of the sockets to apply it here",
  });
