/** Filters in the kernel's language: INET_DIAG_REQ_BYTECODE, which inet_diag_bc_run runs on each socket. @module */
import { names } from "../../schema/scalar.ts";
import { type ByteOrder, hostOrder } from "../../wire/order.ts";
import { Writer } from "../../wire/writer.ts";
import type { Expression, Host } from "./expression.ts";

/** INET_DIAG_BC_* */
export const bytecodeOps = names("INET_DIAG_BC_", {
  nop: 0,
  jmp: 1,
  "s-ge": 2,
  "s-le": 3,
  "d-ge": 4,
  "d-le": 5,
  auto: 6,
  "s-cond": 7,
  "d-cond": 8,
  "dev-cond": 9,
  "mark-cond": 10,
  "s-eq": 11,
  "d-eq": 12,
  "cgroup-cond": 13,
});
const OP = bytecodeOps.values;
const AF_INET = 2;
const AF_INET6 = 10;
/** nla_len is 16 bits wide, and so are jumps. */
const MAX = 0xfff8;

/** Where a jump goes to, once it is known. */
interface Label {
  at: number;
}

/**
 * Compiles a filter of IPv4 and IPv6 sockets. An operation falls through where it holds and jumps ahead where not; running off the
 * end exactly accepts a socket, four bytes further rejects it.
 *
 * Ports are compared by S_COND and D_COND, as ss does it, which all kernels know (S_EQ came with 5.12). Conditions on other families hold
 * for none of these sockets. Names of devices and cgroups are to be replaced by numbers first, states by constants.
 * @returns undefined for what is too long
 * @throws {TypeError} a leaf that the kernel has no operation for
 */
export function compileFilter(filter: Expression, order: ByteOrder = hostOrder): Uint8Array | undefined {
  const w = new Writer(order, 256);
  const jumps: { readonly at: number; readonly to: Label }[] = [];
  const reject: Label = { at: -1 };

  /** Takes an operation's room: all of it is falling through. */
  const op = (code: number, size: number, otherwise: Label): number => {
    const at = w.room(size);
    w.bytes.fill(0, at, at + size);
    w.bytes[at] = code;
    w.bytes[at + 1] = size;
    jumps.push({ at, to: otherwise });
    return at + 4;
  };
  const place = (label: Label): void => {
    label.at = w.length;
  };

  const emit = (e: Expression, otherwise: Label): void => {
    switch (e.kind) {
      case "and":
        for (const item of e.items) emit(item, otherwise);
        return;
      case "or": {
        const end: Label = { at: -1 };
        for (const item of e.items.slice(0, -1)) {
          const following: Label = { at: -1 };
          emit(item, following);
          op(OP.jmp, 4, end);
          place(following);
        }
        const last = e.items.at(-1);
        if (last) emit(last, otherwise);
        else op(OP.jmp, 4, otherwise);
        place(end);
        return;
      }
      case "not": {
        const holds: Label = { at: -1 };
        emit(e.item, holds);
        op(OP.jmp, 4, otherwise);
        place(holds);
        return;
      }
      case "constant":
        op(e.value ? OP.nop : OP.jmp, 4, otherwise);
        return;
      case "host":
        host(e.side === "src" ? OP["s-cond"] : OP["d-cond"], e.host, otherwise);
        return;
      case "port": {
        const code =
          e.side === "src" ? (e.op === "ge" ? OP["s-ge"] : OP["s-le"]) : e.op === "ge" ? OP["d-ge"] : OP["d-le"];
        const at = op(code, 8, otherwise);
        // The number stands where the second of a pair of operations would have its jump.
        w.view.setUint16(at + 2, e.port, w.little);
        return;
      }
      case "device": {
        if (typeof e.device !== "number") throw new TypeError(`filter: the index of ${e.device} is not known`);
        const at = op(OP["dev-cond"], 8, otherwise);
        w.view.setUint32(at, e.device, w.little);
        return;
      }
      case "mark": {
        const at = op(OP["mark-cond"], 12, otherwise);
        w.view.setUint32(at, e.mark, w.little);
        w.view.setUint32(at + 4, e.mask, w.little);
        return;
      }
      case "cgroup": {
        if (typeof e.cgroup !== "bigint") throw new TypeError(`filter: the id of ${e.cgroup} is not known`);
        const at = op(OP["cgroup-cond"], 12, otherwise);
        w.view.setBigUint64(at, e.cgroup, w.little);
        return;
      }
      case "autobound":
        op(OP.auto, 4, otherwise);
        return;
      case "state":
        throw new TypeError("filter: bytecode cannot tell states");
    }
  };
  /** struct inet_diag_hostcond: family, prefix length, port in the host's order (-1: any), address. */
  const host = (code: number, h: Host, otherwise: Label): void => {
    if (h.family !== undefined && h.family !== "inet" && h.family !== "inet6") {
      op(OP.jmp, 4, otherwise);
      return;
    }
    const { prefix, port } = h;
    const family = prefix
      ? prefix.bytes.length === 4
        ? AF_INET
        : AF_INET6
      : h.family === undefined
        ? 0
        : h.family === "inet"
          ? AF_INET
          : AF_INET6;
    const at = op(code, 12 + (family === AF_INET ? 4 : family === AF_INET6 ? 16 : 0), otherwise);
    w.bytes[at] = family;
    w.bytes[at + 1] = prefix?.length ?? 0;
    w.view.setInt32(at + 4, port ?? -1, w.little);
    if (prefix) w.bytes.set(prefix.bytes, at + 8);
  };

  emit(filter, reject);
  if (w.length > MAX) return undefined;
  reject.at = w.length + 4;
  for (const { at, to } of jumps) w.view.setUint16(at + 2, to.at - at, w.little);
  return w.take();
}
