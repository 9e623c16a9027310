/** Filters of sockets, as data: what `parseFilter` makes, and what may be written by hand. @module */

export type Side = "src" | "dst";

/** An address or prefix of IPv4 or IPv6: of the bytes, `length` bits count. */
export interface AddressPrefix {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/**
 * What one end of a socket may be. What is left out may be anything; conditions on a family hold for no socket of another.
 * - `inet`, `inet6`: `prefix` of either family (IPv4's holds for IPv4 within IPv6, too), `port`.
 * - `unix`: `pattern`, a glob without regard to case; an abstract name begins with `@`.
 * - `packet`: `protocol`, an Ethernet one; `port` is the index or name of the device.
 * - `netlink`: `protocol`; `port` is the port id.
 * - `vsock`: `cid`, `port`.
 */
export type Host =
  | { readonly family?: "inet" | "inet6"; readonly prefix?: AddressPrefix; readonly port?: number }
  | { readonly family: "unix"; readonly pattern: string }
  | { readonly family: "packet"; readonly protocol?: number; readonly port?: number | string }
  | { readonly family: "netlink"; readonly protocol?: number; readonly port?: number }
  | { readonly family: "vsock"; readonly cid?: number; readonly port?: number };

export type Expression =
  | { readonly kind: "and" | "or"; readonly items: readonly Expression[] }
  | { readonly kind: "not"; readonly item: Expression }
  | { readonly kind: "host"; readonly side: Side; readonly host: Host }
  /** A port (or port id, or index of a device) that is at least or at most this. */
  | { readonly kind: "port"; readonly side: Side; readonly op: "ge" | "le"; readonly port: number }
  /** Bound to a device: its index, or its name. */
  | { readonly kind: "device"; readonly device: number | string }
  /** `(mark of the socket & mask) === mark`. */
  | { readonly kind: "mark"; readonly mark: number; readonly mask: number }
  /** In this cgroup of version 2: its id, or its path below the cgroup file system. */
  | { readonly kind: "cgroup"; readonly cgroup: bigint | string }
  /** The local port or name was chosen by the kernel. */
  | { readonly kind: "autobound" }
  /** In one of these states: a bit each, `1 << number`. */
  | { readonly kind: "state"; readonly states: number }
  | { readonly kind: "constant"; readonly value: boolean };

export const TRUE: Expression = { kind: "constant", value: true };
export const FALSE: Expression = { kind: "constant", value: false };
const isConstant = (e: Expression, value: boolean): boolean => e.kind === "constant" && e.value === value;

/** `and` or `or` of some, without constants and nests of the same kind. */
export function join(kind: "and" | "or", items: readonly Expression[]): Expression {
  const decisive = kind === "or";
  const flat: Expression[] = [];
  for (const item of items) {
    if (isConstant(item, decisive)) return item;
    if (isConstant(item, !decisive)) continue;
    if (item.kind === kind) flat.push(...item.items);
    else flat.push(item);
  }
  return flat.length === 0 ? (decisive ? FALSE : TRUE) : flat.length === 1 ? flat[0]! : { kind, items: flat };
}

export function negate(item: Expression): Expression {
  if (item.kind === "not") return item.item;
  return item.kind === "constant" ? (item.value ? FALSE : TRUE) : { kind: "not", item };
}

export type Leaf = Exclude<Expression, { readonly items: readonly Expression[] } | { readonly item: Expression }>;
/** The expression with its leaves replaced, simplified. */
export function mapLeaves(e: Expression, replace: (leaf: Leaf) => Expression): Expression {
  if ("items" in e)
    return join(
      e.kind,
      e.items.map((item) => mapLeaves(item, replace)),
    );
  return "item" in e ? negate(mapLeaves(e.item, replace)) : replace(e);
}

/** Whether some leaf is one that `test` holds for. */
export function someLeaf(e: Expression, test: (leaf: Leaf) => boolean): boolean {
  if ("items" in e) return e.items.some((item) => someLeaf(item, test));
  return "item" in e ? someLeaf(e.item, test) : test(e);
}
