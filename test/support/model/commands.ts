/** Commands of a small world: few names, few addresses, so that they meet. @module */
import fc from "fast-check";

/** One call of a connection's facet, in one of the two namespaces: plain data, to be printed and run again. */
export interface Command {
  readonly netns: 0 | 1;
  readonly facet: string;
  readonly method: string;
  readonly args: readonly unknown[];
}
/** Stands for the other namespace in a command's arguments. */
export const OTHER = "$other";

export const MACS: { readonly [name: string]: string } = {
  v0: "02:00:00:00:00:01",
  v1: "02:00:00:00:00:02",
  v2: "02:00:00:00:00:03",
  v3: "02:00:00:00:00:04",
  b0: "02:00:00:00:00:0b",
  d0: "02:00:00:00:00:0d",
};
const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const call = (facet: string, method: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Command> =>
  fc.record({
    netns: fc.constantFrom<0 | 1>(0, 0, 0, 0, 0, 1),
    facet: fc.constant(facet),
    method: fc.constant(method),
    args: fc.tuple(...args),
  });
/** Some of an object's members. */
const some = (members: { [name: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<object> =>
  fc.record(members, { requiredKeys: [] });

const dev = pick("v0", "v0", "v1", "v1", "v2", "v3", "b0", "lo");
const pair = pick(["v0", "v1"], ["v2", "v3"]);
const names = pick("v0", "v2", "x0", "v1");
const prefix4 = pick(
  "192.0.2.1/24",
  "192.0.2.2/24",
  "192.0.2.129/25",
  "192.0.2.3/32",
  "10.0.0.1/8",
  "10.1.0.1/16",
  "10.1.2.3/31",
  "198.51.100.7/24",
);
const prefix6 = pick(
  "2001:db8::1/64",
  "2001:db8::2/64",
  "2001:db8:1::1/48",
  "2001:db8::5/128",
  "fd00::1/8",
  "fe80::99/64",
);
const gateway4 = pick("192.0.2.254", "192.0.2.2", "10.1.0.9", "10.200.0.1", "203.0.113.1");
const gateway6 = pick("2001:db8::fe", "2001:db8::2", "2001:db8:1::9", "fe80::1", "2001:db8:ffff::1");
const dst4 = pick("172.16.0.0/12", "172.16.1.0/24", "172.16.1.5", "default", "10.0.0.0/8", "192.0.2.0/24");
const dst6 = pick("2001:db8:8::/48", "2001:db8:8:1::/64", "2001:db8:8::5", "fd00:1::/32");
const table = pick(100, 254, 255, 1000);
const metric = pick(0, 50, 100, 1024);
const nexthopId = pick(1, 2, 3, 10);

const linkCommands = [
  call(
    "links",
    "add",
    pair.chain(([name, peer]) =>
      pick(undefined, OTHER).map((netns) => ({
        kind: "veth",
        name,
        address: MACS[name!],
        peer: { name: peer, address: MACS[peer!], ...(netns === undefined ? {} : { netns }) },
      })),
    ),
  ),
  call("links", "add", fc.constant({ kind: "bridge", name: "b0" })),
  call("links", "set", dev, pick({ up: true }, { up: true }, { up: true }, { up: false })),
  call("links", "set", dev, pick({ up: true }, { up: true }, { up: true }, { up: false })),
  call(
    "links",
    "set",
    dev,
    pick({ mtu: 1400 }, { mtu: 9000 }, { mtu: 1000 }, { mtu: 60 }, { mtu: 1500 }, { mtu: 70000 }),
  ),
  call(
    "links",
    "set",
    dev,
    pick({ txqlen: 5 }, { group: 7 }, { alias: "text" }, { alias: "" }, { txqlen: 1000, group: 0 }),
  ),
  call(
    "links",
    "set",
    dev,
    names.map((name) => ({ name })),
  ),
  call(
    "links",
    "set",
    dev,
    pick("02:00:00:00:00:33", "00:00:00:00:00:00", "02:00:00:00:00:05").map((address) => ({ address })),
  ),
  call("links", "set", dev, pick({ master: "b0" }, { master: "b0" }, { master: null }, { master: "v2" })),
  call("links", "set", dev, fc.constant({ netns: OTHER })),
  call("links", "set", dev, pick({ addrGenMode: "none" }, { addrGenMode: "eui64" })),
  call("links", "remove", dev),
  call("links", "addAltNames", dev, pick(["alt0"], ["alt1", "alt0"], ["v0"])),
  call("links", "removeAltNames", dev, pick(["alt0"], ["alt1"], ["v0"])),
];

const lifetimes = pick({}, {}, { validLifetime: 3000, preferredLifetime: 1000 }, { preferredLifetime: 0 });
const addressSettings4 = fc
  .tuple(
    some({
      broadcast: pick<string | boolean>(true, "192.0.2.255", "10.255.255.255"),
      scope: pick("link", "host"),
      metric: pick(77),
    }),
    pick({}, {}, { flags: ["noprefixroute"] }),
    lifetimes,
  )
  .map((parts) => Object.assign({}, ...parts));
const settings6 = fc
  .tuple(some({ metric: pick(77) }), pick({}, {}, { flags: ["nodad"] }, { flags: ["noprefixroute"] }))
  .map((parts) => Object.assign({}, ...parts));
const addressSettings6 = fc.tuple(settings6, lifetimes).map((parts) => Object.assign({}, ...parts));
const addressCommands = [
  call("addresses", "add", dev, prefix4, addressSettings4),
  call("addresses", "add", dev, prefix4, fc.constant({})),
  call("addresses", "replace", dev, prefix4, addressSettings4),
  call("addresses", "remove", dev, prefix4),
  call("addresses", "add", dev, prefix6, addressSettings6),
  call("addresses", "add", dev, prefix6, fc.constant({})),
  // A lifetime given afterwards makes a running kernel drop the prefix's route too early: see the virtual kernel's differences.
  call("addresses", "replace", dev, prefix6, settings6),
  call("addresses", "remove", dev, prefix6),
];

const way4 = fc.oneof(
  fc.record({ via: gateway4 }),
  fc.record({ dev }),
  fc.record({ via: gateway4, dev }),
  fc.record({ via: gateway4, dev, onlink: fc.constant(true) }),
  fc.record({ type: pick("blackhole", "unreachable", "prohibit", "throw") }),
  fc.record({ nexthopId }),
  fc
    .array(fc.record({ via: gateway4, weight: pick(1, 5) }), { minLength: 2, maxLength: 3 })
    .map((nexthops) => ({ nexthops })),
);
const way6 = fc.oneof(
  fc.record({ via: gateway6 }),
  fc.record({ dev }),
  fc.record({ via: gateway6, dev }),
  fc.record({ type: pick("blackhole", "unreachable", "prohibit") }),
  fc.record({ nexthopId }),
  fc
    .array(fc.record({ via: gateway6, weight: pick(1, 5) }), { minLength: 2, maxLength: 3 })
    .map((nexthops) => ({ nexthops })),
);
const routeMore = fc
  .tuple(
    some({ metric, table }),
    pick({}, {}, {}, { protocol: "static" }, { src: "192.0.2.1" }, { metrics: { mtu: 1300 } }),
  )
  .map((parts) => Object.assign({}, ...parts));
const route4 = fc.tuple(fc.record({ dst: dst4 }), way4, routeMore).map((parts) => Object.assign({}, ...parts));
const routeMore6 = fc
  .tuple(some({ metric, table }), pick({}, {}, {}, { protocol: "static" }, { src: "2001:db8::1" }, { pref: "high" }))
  .map((parts) => Object.assign({}, ...parts));
const route6 = fc.tuple(fc.record({ dst: dst6 }), way6, routeMore6).map((parts) => Object.assign({}, ...parts));
const route = fc.oneof(route4, route6);
const routeCommands = [
  call("routes", "add", route),
  call("routes", "add", route),
  call("routes", "append", route),
  call("routes", "replace", route),
  call("routes", "change", route),
  call("routes", "remove", route),
  call("routes", "remove", fc.oneof(fc.record({ dst: dst4 }), fc.record({ dst: dst6 }))),
];

const rule = fc
  .tuple(
    some({
      from: pick("10.0.0.0/8", "192.0.2.1"),
      iif: pick("v0", "nosuch"),
      priority: pick(100, 200, 32766),
      fwmark: pick("0x1", "0x10/0xf0"),
      suppressPrefixLength: pick(0),
      ipProto: pick("tcp"),
    }),
    pick(
      { table: 100 },
      { table: 1000 },
      { action: "blackhole" },
      { action: "prohibit" },
      { goto: 200, action: "goto" },
      {},
    ),
    pick({}, {}, { family: "inet6" }),
  )
  .map((parts) => Object.assign({}, ...parts));
const ruleCommands = [call("rules", "add", rule), call("rules", "add", rule), call("rules", "remove", rule)];

const neighbor = fc
  .tuple(
    fc.record({ dst: pick("192.0.2.50", "192.0.2.51", "2001:db8::50"), dev }),
    pick({ lladdr: "02:00:00:00:00:aa" }, { lladdr: "02:00:00:00:00:bb" }, { proxy: true }),
    pick({}, { state: "permanent" }, { state: "noarp" }),
  )
  .map((parts) => Object.assign({}, ...parts));
const neighborCommands = [
  call("neighbors", "add", neighbor),
  call("neighbors", "replace", neighbor),
  call("neighbors", "change", neighbor),
  call("neighbors", "remove", fc.record({ dst: pick("192.0.2.50", "192.0.2.51", "2001:db8::50"), dev })),
];

const nexthop = fc.oneof(
  fc.record({ id: nexthopId, via: gateway4, dev }),
  fc.record({ id: nexthopId, via: gateway6, dev }),
  fc.record({ id: nexthopId, dev }),
  fc.record({ id: nexthopId, blackhole: fc.constant(true) }),
  fc.record({ id: nexthopId, group: pick([1, 2], [1], [2, { id: 3, weight: 4 }], [10]) }),
);
const nexthopCommands = [
  call("nexthops", "add", nexthop),
  call("nexthops", "add", nexthop),
  call("nexthops", "replace", nexthop),
  call("nexthops", "remove", nexthopId),
];

const handle = pick("1:", "2:", undefined, "1:");
const qdisc = fc.oneof(
  fc.record({ kind: fc.constant("htb"), options: fc.record({ default: pick(0x10, 0x20) }) }),
  fc.record({ kind: fc.constant("htb"), options: fc.record({ default: pick(0x10, 0x20) }) }),
  fc.record({ kind: fc.constant("tbf"), options: fc.constant({ rate: "1mbit", burst: "32kb", limit: "10kb" }) }),
  fc.record({ kind: pick("pfifo", "bfifo"), options: pick({}, { limit: 20 }) }),
);
const place = fc
  .oneof(
    { weight: 3, arbitrary: fc.tuple(fc.constant("root"), handle) },
    { weight: 4, arbitrary: fc.tuple(pick("1:10", "1:20", "1:1", "3:1"), pick("10:", "20:", undefined)) },
  )
  .map(([parent, handle]) => ({ parent, ...(handle === undefined ? {} : { handle }) }));
const tcDev = pick("v0", "v0", "v0", "v1");
const classPlace = fc
  .tuple(pick("1:", "1:1", "1:1", "1:10", "2:", "9:"), pick("1:1", "1:10", "1:20", "2:1"))
  .map(([parent, handle]) => ({ parent, handle }));
const htbClass = pick(
  { kind: "htb", options: { rate: "1mbit" } },
  { kind: "htb", options: { rate: "1mbit", ceil: "2gbit", priority: 3 } },
  { kind: "htb", options: { rate: "100kbit", quantum: 3000 } },
  { kind: "htb", options: { rate: "50gbit" } },
);
const filterPlace = fc
  .tuple(pick("1:", "1:", "1:1", "2:", "ingress"), pick("ip", "all"), pick(undefined, 5, 10))
  .map(([parent, protocol, priority]) => ({ parent, protocol, ...(priority === undefined ? {} : { priority }) }));
const u32 = pick(
  { kind: "u32", options: { match: [{ ip: { src: "10.0.0.0/8" } }], classid: "1:10" } },
  { kind: "u32", options: { match: [{ ip: { dst: "10.0.0.1" } }, { tcp: { dst: 80 } }], classid: "1:20" } },
);
const tcCommands = [
  call("qdiscs", "add", tcDev, qdisc, place),
  call(
    "qdiscs",
    "add",
    tcDev,
    fc.constant({ kind: "htb", options: {} }),
    fc.constant({ parent: "root", handle: "1:" }),
  ),
  call("qdiscs", "replace", tcDev, qdisc, place),
  call("qdiscs", "change", tcDev, qdisc, place),
  call(
    "qdiscs",
    "remove",
    tcDev,
    pick({}, { parent: "1:10" }, { handle: "1:", parent: "root" }, { parent: "ingress" }),
  ),
  call("qdiscs", "add", tcDev, pick({ kind: "clsact" }, { kind: "ingress" })),
  call("classes", "add", tcDev, htbClass, classPlace),
  call("classes", "add", tcDev, htbClass, classPlace),
  call("classes", "add", tcDev, htbClass, fc.constant({ parent: "1:1", handle: "1:10" })),
  call("classes", "change", tcDev, htbClass, classPlace),
  call("classes", "remove", tcDev, pick("1:1", "1:10", "1:20")),
  call("filters", "add", tcDev, u32, filterPlace),
  call("filters", "add", tcDev, u32, filterPlace),
  call("filters", "remove", tcDev, filterPlace),
  call("links", "set", tcDev, pick({ up: false }, { up: true })),
];

/** The commands of each noun, to be tried alone or together. */
export const COMMANDS = {
  links: linkCommands,
  addresses: addressCommands,
  routes: routeCommands,
  rules: ruleCommands,
  neighbors: neighborCommands,
  nexthops: nexthopCommands,
  tc: tcCommands,
} as const;
export type Noun = keyof typeof COMMANDS;

const SETUP: readonly Command[] = [
  { netns: 0, facet: "links", method: "set", args: ["lo", { up: true }] },
  {
    netns: 0,
    facet: "links",
    method: "add",
    args: [{ kind: "veth", name: "v0", address: MACS.v0, peer: { name: "v1", address: MACS.v1 } }],
  },
  { netns: 0, facet: "links", method: "set", args: ["v0", { up: true }] },
  { netns: 0, facet: "links", method: "set", args: ["v1", { up: true }] },
  { netns: 0, facet: "addresses", method: "add", args: ["v0", "192.0.2.1/24", {}] },
  { netns: 0, facet: "addresses", method: "add", args: ["v0", "2001:db8::1/64", {}] },
];

/** Sequences of commands about some nouns; most begin with a pair of links that is up and has addresses. */
export function sequences(nouns: readonly Noun[], maxLength = 40): fc.Arbitrary<Command[]> {
  const command = fc.oneof(...nouns.map((noun) => fc.oneof(...COMMANDS[noun])));
  return fc
    .tuple(pick(SETUP, SETUP, SETUP, []), fc.array(command, { minLength: 1, maxLength, size: "max" }))
    .map(([setup, commands]) => [...setup, ...commands]);
}
