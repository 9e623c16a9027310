/** Links and addresses of them, as `ip link show` and `ip address show` list them (ip/ipaddress.c). @module */
import type { Channel } from "../../api/channel.ts";
import { indexOf } from "../../api/device.ts";
import { listDump } from "../../api/dump.ts";
import { isNotFound } from "../../api/errors.ts";
import { ask } from "../../api/facet.ts";
import { AF_INET6, contains, parsePrefix } from "../../api/options.ts";
import { type Address, addressFlags, address as addressSchema } from "../../codec/rtnetlink/address.ts";
import { linkFlags } from "../../codec/rtnetlink/link/flags.ts";
import { type Link, link as linkSchema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { pick } from "../../codec/schema/attrs.ts";
import type { Context } from "../context.ts";
import { failure, wrong } from "../failure.ts";
import { device, oneWord, text } from "../grammar/args.ts";
import type { Options, Values } from "../grammar/command.ts";
import { named } from "../grammar/named.ts";
import { namespacesOf as allNamespaces } from "../namespaces.ts";
import { Devices, devicesOf } from "./devices.ts";

/** Which links: the words of `ip link show`. */
export const linkFilters = {
  dev: { arg: device, help: "this one" },
  up: { help: "those that are up" },
  group: { arg: named("GROUP", "groups", 0xffffffff), help: "those of a group" },
  master: { arg: device, help: "those that have this master" },
  nomaster: { help: "those that have none" },
  vrf: { arg: text("VRF", "vrf"), help: "those in this VRF" },
  type: { arg: text("KIND"), help: "those of a kind; KIND_slave: those whose master is of it" },
  vf: {
    arg: oneWord("{ on | off }", (word) => (word === "on" || word === "off" ? word : undefined)),
    help: "virtual functions, too",
  },
  novf: { key: "vf", value: "off", hidden: true, help: "" },
} satisfies Options;

/** IFLA_EXT_MASK */
const VF = 1;
const SKIP_STATS = 8;

const flagNames = Object.keys(addressFlags.values) as (keyof typeof addressFlags.values)[];
/** Addresses' flags as words of a filter: `permanent`, `-tentative`. */
const flagFilters = Object.fromEntries(
  [...flagNames, "temporary", "dynamic", "primary"].flatMap((flag) =>
    ["", "-"].map((sign) => [
      `${sign}${flag}`,
      {
        key: "flags",
        many: true,
        value: `${sign}${flag}`,
        help: `those that are ${sign === "-" ? "not " : ""}${flag}`,
        hidden: sign === "-",
      },
    ]),
  ),
) as { [word: string]: { key: "flags"; many: true; value: string; help: string; hidden: boolean } };

/** Which addresses, beside those of which links: the words of `ip address show`. */
export const addressFilters = {
  to: { arg: text("PREFIX"), help: "addresses in this prefix" },
  scope: {
    arg: {
      ...named("SCOPE", "scopes"),
      read: (parser, word) =>
        parser.take("all") ? undefined : (named("SCOPE", "scopes").read(parser, word) as number | undefined),
    },
    help: "addresses of a scope",
  },
  label: { arg: text("PATTERN"), help: "addresses whose label matches a shell pattern" },
  proto: { arg: named("PROTOCOL", "addressProtocols"), help: "addresses that this one has set" },
  ...linkFilters,
  ...flagFilters,
} satisfies Options;

export type LinkFilter = Values<typeof linkFilters>;
export type AddressFilter = LinkFilter & {
  to?: string;
  scope?: number | undefined;
  label?: string;
  proto?: number;
  flags?: string[];
};

/** What a device of a filter is that is not there. */
async function indexIn(channel: Channel, name: string, missing: (name: string) => Error): Promise<number> {
  try {
    return await indexOf(channel, name);
  } catch (e) {
    if (isNotFound(e)) throw missing(name);
    throw e;
  }
}
export const noSuchDevice = (name: string): Error => failure(`Device "${name}" does not exist.`);

const SLAVE = "_slave";
/** The links of a filter, those below and above them known to the devices. */
export async function listLinks(
  context: Context,
  filter: LinkFilter,
  how: { readonly family?: number; readonly oneAlone?: boolean } = {},
): Promise<{ links: Link[]; devices: Devices }> {
  const channel = await context.rtnetlink();
  const extMask = filter.vf === "off" ? SKIP_STATS : VF;
  const master = filter.master ?? filter.vrf;
  const masterIndex =
    master === undefined
      ? undefined
      : await indexIn(channel, master, (name) =>
          filter.vrf === undefined ? wrong(name, "Device does not exist") : wrong(name, "Not a valid VRF name"),
        );
  if (filter.vrf !== undefined) await mustBeVrf(channel, filter.vrf, masterIndex!);
  const index = filter.dev === undefined ? undefined : await indexIn(channel, filter.dev, noSuchDevice);
  const [slave, kind] = filter.type?.endsWith(SLAVE)
    ? [filter.type.slice(0, -SLAVE.length), undefined]
    : [undefined, filter.type];
  const wanted = (link: Link) =>
    (index === undefined || link.index === index) &&
    (!filter.up || (link.flags & linkFlags.values.up) !== 0) &&
    (filter.group === undefined || link.group === filter.group) &&
    (masterIndex === undefined || link.master === masterIndex) &&
    (!filter.nomaster || !link.master) &&
    (kind === undefined || link.linkinfo?.kind === kind) &&
    (slave === undefined || link.linkinfo?.slaveKind === slave);

  if (index !== undefined && how.oneAlone) {
    const value = await ask(channel, { type: RTM.getlink, schema: linkSchema, value: { index, extMask } }, linkSchema, {
      operation: `get link ${filter.dev}`,
    });
    const others = value.link !== undefined || value.master !== undefined;
    const devices = others ? await devicesOf(channel) : new Devices();
    return { links: wanted(value) ? [value] : [], devices };
  }
  const devices = new Devices();
  const narrowed = masterIndex !== undefined || kind !== undefined;
  const plain = !narrowed && filter.group === undefined && slave === undefined && !filter.nomaster;
  const links = await listDump(
    channel,
    {
      message: {
        type: RTM.getlink,
        schema: linkSchema,
        // IPv6 has a list of its own, of less (inet6_dump_ifinfo). The kernel filters the other (rtnl_dump_ifinfo).
        value: (how.family === AF_INET6 && plain
          ? { family: AF_INET6 }
          : {
              extMask,
              ...(masterIndex === undefined ? {} : { master: masterIndex }),
              ...(kind === undefined ? {} : { linkinfo: { kind } }),
            }) as never,
      },
      answer: linkSchema,
      map: (link: Link) => {
        devices.remember(link.index, link.ifname ?? "", link.flags);
        return wanted(link) ? link : undefined;
      },
    },
    { operation: "list links" },
  );
  // What IPv6's list lacks and iproute2 asks the device for.
  if (how.family === AF_INET6 && plain) {
    const lengths = await queueLengths(channel);
    for (const link of links) link.txqlen ??= lengths.get(link.index)!;
  }
  return { links, devices: narrowed && links.length > 0 ? await devicesOf(channel) : devices };
}

async function queueLengths(channel: Channel): Promise<Map<number, number>> {
  const lengths = new Map<number, number>();
  await listDump(channel, {
    message: { type: RTM.getlink, schema: linkSchema, value: { extMask: SKIP_STATS } },
    answer: pick(linkSchema, "index", "txqlen"),
    map: ({ index, txqlen }) => void lengths.set(index, txqlen ?? 0),
  });
  return lengths;
}
async function mustBeVrf(channel: Channel, name: string, index: number): Promise<void> {
  const value = await ask(
    channel,
    { type: RTM.getlink, schema: linkSchema, value: { index, extMask: SKIP_STATS } },
    linkSchema,
    {},
  );
  if (value.linkinfo?.kind !== "vrf") throw wrong(name, "Not a valid VRF name");
}

/** The bits that a filter's flags want, and of which bits. */
function flagMask(words: readonly string[] = []): { flags: number; mask: number } {
  let [flags, mask] = [0, 0];
  for (const word of words) {
    const not = word.startsWith("-");
    const name = not ? word.slice(1) : word;
    const bit =
      name === "dynamic"
        ? addressFlags.values.permanent
        : name === "primary" || name === "temporary"
          ? addressFlags.values.secondary
          : addressFlags.values[name as keyof typeof addressFlags.values];
    const on = (name === "dynamic" || name === "primary") === not;
    mask |= bit;
    flags = on ? flags | bit : flags & ~bit;
  }
  return { flags, mask };
}

/** What a shell's pattern matches: `eth*`, `v?[0-9]`. */
export function globbed(pattern: string): (text: string) => boolean {
  const source = pattern
    .replace(/\[!/g, "[^")
    .replace(/[.+^${}()|\\]|\*|\?/g, (c, at: number) =>
      c === "*" ? ".*" : c === "?" ? "." : c === "^" && pattern[at - 1] === "[" ? "^" : `\\${c}`,
    );
  const regexp = new RegExp(`^${source}$`, "s");
  return (text) => regexp.test(text);
}

/** Whether an address is one of a filter's, and the one family that it is of. */
export function addressTest(
  filter: AddressFilter,
  family: number,
  devices: Devices,
): { readonly family: number; test(address: Address): boolean } {
  const within = filter.to === undefined ? undefined : parsePrefix("to", filter.to, true);
  const { flags, mask } = flagMask(filter.flags);
  const label = filter.label === undefined ? undefined : globbed(filter.label);
  const wanted = within?.family ?? family;
  const test = (address: Address) =>
    (wanted === 0 || address.family === wanted) &&
    (filter.scope === undefined || address.scope === filter.scope) &&
    (((address.allFlags ?? address.flags) ^ flags) & mask) === 0 &&
    (filter.proto === undefined || (address.proto ?? 0) === filter.proto) &&
    (label === undefined || label(address.label ?? devices.name(address.index))) &&
    (within === undefined || contains(within, address.local ?? address.address ?? ""));
  return { family: wanted, test };
}

export async function listAddresses(channel: Channel, family: number): Promise<Address[]> {
  return listDump(
    channel,
    {
      message: { type: RTM.getaddr, schema: addressSchema, value: { family } },
      answer: addressSchema,
      map: (address: Address) => address,
    },
    { operation: "list addresses" },
  );
}

/** Names of the namespaces that the links refer to by their ids, where text is to show them. */
export async function namespacesOf(context: Context, links: readonly Link[]): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  if (context.globals.json || !links.some((link) => (link.linkNetnsid ?? -1) >= 0)) return names;
  const [spaces, { Nsids }] = await Promise.all([allNamespaces(context.io), import("../../api/nsids.ts")]);
  const nsids = new Nsids(await context.rtnetlink());
  for (const name of spaces.list()) {
    const id = await nsids.get(name).catch(() => -1);
    if (id >= 0) names.set(id, name);
  }
  return names;
}
