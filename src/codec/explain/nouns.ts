/** What a line about each of rtnetlink's nouns says: iproute2's words, the key of the object first. @module */
import type { DeviceName } from "../schema/friendly.ts";
import type { Obj } from "../schema/program.ts";
import { shownClassKinds } from "../tc/class-kinds.ts";
import { filterKinds } from "../tc/filter-kinds.ts";
import { formatHandle, formatParent } from "../tc/handle.ts";
import { optionsFromWire, printOptions, type TcKind } from "../tc/kind.ts";
import { qdiscKinds } from "../tc/qdisc-kinds.ts";
import { MAGIC_BLOCK, priorityOf, protocolOf } from "../tc/tcmsg.ts";
import { formatEthertype } from "../text/ethertype.ts";
import { CodecError } from "../wire/error.ts";

interface Context {
  /** As decoded. */
  readonly value: Obj;
  readonly deviceName: DeviceName;
  readonly little: boolean;
}
/** Words of a value in friendly form. */
type Noun = (x: Obj, context: Context) => string[];

/** A word and a value, if there is one. */
const word = (key: string, x: unknown): string[] => (x === undefined || x === "" || x === 0 ? [] : [`${key} ${x}`]);
const only = (x: unknown): string[] => (x === undefined || x === "" || x === 0 ? [] : [String(x)]);
const list = (x: unknown): string[] => (Array.isArray(x) ? x.map(String) : []);
/** `"10.0.0.0/8"`, without a length that says nothing; of MPLS, labels: `"100/200"`. */
const net = (address: unknown, length: unknown): string => {
  if (Array.isArray(address)) return address.map((entry) => entry >>> 12).join("/");
  const whole = String(address).includes(":") ? 128 : 32;
  return length === whole ? String(address) : `${address}/${length}`;
};

const link: Noun = (x) => {
  const info = (x.linkinfo ?? {}) as Obj;
  const flags = list(x.flags);
  return [
    ...(x.index === 0 || x.index === undefined ? [] : [`${x.index}:`]),
    ...only(x.ifname),
    ...word("altname", x.altIfname),
    ...word("kind", info.kind),
    ...flags.filter((flag) => flag === "up"),
    ...word("state", x.operstate),
    ...word("mtu", x.mtu),
    ...word("master", x.master),
    ...word("link", x.link),
    ...word("lladdr", x.address),
    ...word("netns", x.netNsFd ?? x.netNsPid),
  ];
};

const address: Noun = (x) => [
  ...(x.local === undefined && x.address === undefined ? [] : [`${x.local ?? x.address}/${x.prefixlen}`]),
  ...(x.local !== undefined && x.address !== undefined && x.local !== x.address ? [`peer ${x.address}`] : []),
  ...word("dev", x.index),
  ...(x.local === undefined && x.address === undefined ? [] : word("scope", x.scope)),
  ...list(x.allFlags ?? x.flags),
];

const hop = (x: Obj): string[] => {
  const via = x.via as Obj | undefined;
  return [
    ...word("via", x.gateway ?? via?.address),
    ...word("dev", x.oif ?? (x.ifindex === 0 ? undefined : x.ifindex)),
    ...word("encap", x.encapType),
  ];
};
const route: Noun = (x) => {
  const type = x.type === "unspec" || x.type === "unicast" ? undefined : x.type;
  const known = x.dst !== undefined || x.oif !== undefined || x.gateway !== undefined || x.multipath !== undefined;
  const paths = (x.multipath as Obj[] | undefined) ?? [];
  return [
    ...only(type),
    ...(x.dst === undefined ? (known || type ? ["default"] : []) : [net(x.dst, x.dstLen)]),
    ...(x.src === undefined ? [] : [`from ${net(x.src, x.srcLen)}`]),
    ...hop(x),
    ...paths.map((path) => `nexthop ${[...hop(path), `weight ${Number(path.hops) + 1}`].join(" ")}`),
    ...word("nhid", x.nhId),
    ...word(
      "table",
      [x.tableId ?? x.table].find((table) => table !== "unspec"),
    ),
    ...word("proto", x.protocol === "unspec" ? undefined : x.protocol),
    ...word("src", x.prefsrc),
    ...word("metric", x.priority),
    ...list(x.flags),
  ];
};

const neighbor: Noun = (x) => [
  ...only(x.dst),
  ...word("dev", x.ifindex),
  ...word("lladdr", x.lladdr),
  ...word("vlan", x.vlan),
  ...word("master", x.master),
  ...list(x.state),
  ...list(x.flags),
];

const rule: Noun = (x) => {
  const lookup =
    x.action === "lookup" ? word("lookup", x.tableId ?? x.table) : only(x.action === "unspec" ? "" : x.action);
  return [
    ...(x.priority === undefined ? [] : [`${x.priority}:`]),
    ...(list(x.flags).includes("invert") ? ["not"] : []),
    ...(x.action === "unspec" ? [] : [`from ${x.src === undefined ? "all" : net(x.src, x.srcLen)}`]),
    ...(x.dst === undefined ? [] : [`to ${net(x.dst, x.dstLen)}`]),
    ...word("iif", x.iifname),
    ...word("oif", x.oifname),
    ...word("fwmark", x.fwmark),
    ...lookup,
    ...word("goto", x.goto),
  ];
};

const nexthop: Noun = (x) => [
  ...word("id", x.id),
  ...(x.group === undefined
    ? []
    : [`group ${(x.group as Obj[]).map(({ id, weight }) => (weight ? `${id},${Number(weight) + 1}` : id)).join("/")}`]),
  ...(x.blackhole ? ["blackhole"] : []),
  ...hop(x),
];

/** Kind, handle, place and tc's words for the options, as far as there are. */
const traffic =
  (kinds: { readonly [kind: string]: unknown }, handleWord: (x: Obj, c: Context) => string[]): Noun =>
  (x, context) => [
    ...only(x.kind),
    ...handleWord(x, context),
    ...(x.ifindex === MAGIC_BLOCK ? [`block ${x.parent}`] : word("dev", x.ifindex)),
    ...(x.ifindex === MAGIC_BLOCK || x.parent === 0 ? [] : [place(x.parent as number)]),
    ...word("chain", x.chain),
    ...optionWords(kinds, x, context),
  ];
const place = (parent: number): string => {
  const text = formatParent(parent);
  return text === "root" || text === "ingress" ? text : `parent ${text}`;
};
function optionWords(
  kinds: { readonly [kind: string]: unknown },
  x: Obj,
  { value, deviceName, little }: Context,
): string[] {
  const kind = typeof x.kind === "string" && Object.hasOwn(kinds, x.kind) ? (kinds[x.kind] as TcKind) : undefined;
  if (!kind || value.options === undefined || value.options instanceof Uint8Array) return [];
  const context = { deviceName, little, parent: x.parent as number, handle: x.handle as number };
  try {
    return printOptions(kind, optionsFromWire(kind, value.options as never, context), context);
  } catch (e) {
    if (e instanceof CodecError) return []; // options that do not add up: explain tells of them
    throw e;
  }
}
const handle = (x: Obj): string[] => (x.handle === 0 ? [] : [formatHandle(x.handle as number)]);
const filterHandle = (x: Obj, { little }: Context): string[] => {
  const info = x.info as number;
  const kind = typeof x.kind === "string" && Object.hasOwn(filterKinds, x.kind) ? x.kind : undefined;
  const format = kind && (filterKinds[kind as keyof typeof filterKinds] as TcKind).formatHandle;
  const number = x.handle as number;
  return [
    ...word("pref", priorityOf(info)),
    ...(info === 0 ? [] : [`protocol ${formatEthertype(protocolOf(info, little))}`]),
    ...(number === 0 ? [] : [`handle ${format ? format(number) : `0x${number.toString(16)}`}`]),
  ];
};

const action: Noun = (x) => {
  const tab = (x.tab as Obj[] | undefined) ?? [];
  const one = (act: Obj) =>
    [act.kind, ...word("index", (act.options as { parms?: Obj } | undefined)?.parms?.index)].join(" ");
  return tab.map((act) => `action ${one(act)}`);
};

/** By the names of schemas. */
export const nouns: { readonly [schema: string]: Noun } = {
  link,
  address,
  route,
  neighbor,
  rule,
  nexthop,
  qdisc: traffic(qdiscKinds, handle),
  tclass: traffic(shownClassKinds, handle),
  filter: traffic(filterKinds, filterHandle),
  chain: traffic(filterKinds, filterHandle),
  action,
};
