/** Random filters and sockets that they have a chance to tell apart. @module */
import fc from "fast-check";
import type { Expression, Host } from "../../../src/codec/sockdiag/filter/expression.ts";
import type { End, Subject } from "../../../src/codec/sockdiag/filter/match.ts";
import { formatIp, parseIp } from "../../../src/codec/wire/ip.ts";

export interface World {
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
  readonly devices: readonly number[];
  readonly marks: readonly number[];
  readonly cgroups: readonly bigint[];
}
export const world: World = {
  addresses: [
    "127.0.0.1",
    "10.0.0.1",
    "10.1.2.3",
    "192.0.2.1",
    "::1",
    "::ffff:10.0.0.1",
    "2001:db8::1",
    "2001:db8:1::9",
    "::",
    "0.0.0.0",
  ],
  ports: [0, 22, 80, 443, 1024, 40000, 65535],
  devices: [0, 1, 7],
  marks: [0, 1, 0x10, 0x11, 0xffffffff],
  cgroups: [1n, 77n, 0x1_0000_0002n],
};

/** Filters of sockets of IPv4 and IPv6, by text as ss would have it. */
export function filters(
  w: World,
  kinds: readonly ("host" | "port" | "device" | "mark" | "cgroup" | "state" | "other")[],
): fc.Arbitrary<Expression> {
  const side = fc.constantFrom("src" as const, "dst" as const);
  const port = fc.oneof(fc.constantFrom(...w.ports), fc.integer({ min: 0, max: 65535 }));
  const prefix = fc.constantFrom(...w.addresses).chain((text) => {
    const bytes = parseIp(text)!;
    const max = bytes.length * 8;
    return fc
      .oneof(fc.constantFrom(max, 0, 8, max - 1), fc.integer({ min: 0, max }))
      .map((length) => ({ bytes, length }));
  });
  const host: fc.Arbitrary<Host> = fc.oneof(
    fc.record({ port }),
    fc.record({ prefix }),
    fc.record({ prefix, port }),
    fc.record({ family: fc.constantFrom("inet" as const, "inet6" as const) }),
    fc.constant({}),
  );
  const leaves: { readonly [kind: string]: fc.Arbitrary<Expression> } = {
    host: fc.record({ kind: fc.constant("host" as const), side, host }),
    port: fc.record({
      kind: fc.constant("port" as const),
      side,
      op: fc.constantFrom("ge" as const, "le" as const),
      port,
    }),
    device: fc.record({ kind: fc.constant("device" as const), device: fc.constantFrom(...w.devices) }),
    mark: fc.record({
      kind: fc.constant("mark" as const),
      mark: fc.constantFrom(...w.marks),
      mask: fc.constantFrom(0xffffffff, 1, 0x10, 0),
    }),
    cgroup: fc.record({ kind: fc.constant("cgroup" as const), cgroup: fc.constantFrom(...w.cgroups) }),
    state: fc.record({
      kind: fc.constant("state" as const),
      states: fc.constantFrom(1 << 1, 1 << 10, 0b1000_0000, 0x3ffe, 0x1bfe, 0),
    }),
    other: fc.constantFrom<Expression>(
      { kind: "host", side: "src", host: { family: "unix", pattern: "*" } },
      { kind: "host", side: "dst", host: { family: "netlink", port: 0 } },
      { kind: "constant", value: true },
      { kind: "constant", value: false },
    ),
  };
  const { filter } = fc.letrec<{ filter: Expression }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      { weight: 3, arbitrary: fc.oneof(...kinds.map((kind) => leaves[kind]!)) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("not" as const), item: tie("filter") }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom("and" as const, "or" as const),
          items: fc.array(tie("filter"), { minLength: 1, maxLength: 4 }),
        }) as fc.Arbitrary<Expression>,
      },
    ),
  }));
  return filter;
}

export function subjects(w: World): fc.Arbitrary<Subject> {
  const end = (v6: boolean): fc.Arbitrary<End> =>
    fc.record({
      address: fc.constantFrom(...w.addresses.filter((a) => a.includes(":") === v6)).map((a) => parseIp(a)!),
      port: fc.constantFrom(...w.ports),
    });
  return fc.boolean().chain((v6) =>
    fc.record({
      family: fc.constant(v6 ? 10 : 2),
      state: fc.constantFrom(1, 6, 7, 10),
      src: end(v6),
      dst: end(v6),
      device: fc.constantFrom(...w.devices),
      mark: fc.constantFrom(...w.marks),
      cgroup: fc.constantFrom(...w.cgroups),
    }),
  );
}

/** A filter as ss writes it. */
export function textOf(e: Expression): string {
  switch (e.kind) {
    case "and":
    case "or":
      return `( ${e.items.map(textOf).join(` ${e.kind} `)} )`;
    case "not":
      return `not ${textOf(e.item)}`;
    case "host":
      return `${e.side} ${hostText(e.host)}`;
    case "port":
      return `${e.side === "src" ? "sport" : "dport"} ${e.op === "ge" ? ">=" : "<="} :${e.port}`;
    case "device":
      return `dev = ${e.device}`;
    case "mark":
      return `fwmark = 0x${e.mark.toString(16)}/0x${e.mask.toString(16)}`;
    case "cgroup":
      return `cgroup = ${e.cgroup}`;
    case "autobound":
      return "autobound";
    default:
      throw new Error(`ss has no word for ${e.kind}`);
  }
}
function hostText(h: Host): string {
  if (h.family !== undefined && h.family !== "inet" && h.family !== "inet6") throw new Error("of another family");
  const address = h.prefix ? `${formatIp(h.prefix.bytes)}/${h.prefix.length}` : "*";
  const text = address.includes(":") ? `[${address}]` : address;
  return `${h.family ? `${h.family}:` : ""}${text}${h.port === undefined ? "" : `:${h.port}`}`;
}
