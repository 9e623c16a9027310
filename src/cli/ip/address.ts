/** `nlink ip address`. @module */
import { Addresses, type AddressOptions } from "../../api/addresses.ts";
import { removeAll } from "../../api/facet.ts";
import { type Address, address as addressSchema } from "../../codec/rtnetlink/address.ts";
import type { Link } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import { CommandError, EXIT, failure, refusedAs } from "../failure.ts";
import { device, address as ip, oneWord, prefix, text } from "../grammar/args.ts";
import { type Arg, command, commandsOf, group, type Options, type Values } from "../grammar/command.ts";
import { named } from "../grammar/named.ts";
import { printAddress } from "./address-print.ts";
import { detailsOf } from "./link/link.ts";
import { type LinkView, printBrief, printLink } from "./link/print.ts";
import { linkStatistics } from "./link/stats.ts";
import { type AddressFilter, addressFilters, addressTest, listAddresses, listLinks, namespacesOf } from "./list.ts";

const lifetime = oneWord(
  "{ SECONDS | forever }",
  (word) => (word === "forever" ? word : /^\d+$/.test(word) ? Number(word) : undefined),
  "not a number of seconds, or forever",
  ["forever"],
);
const broadcast: Arg<string> = {
  syntax: "{ ADDRESS | + | - }",
  read: (parser, word) => parser.take("+", "-") ?? ip.read(parser, word),
};
const flag = (help: string) => ({ help, key: "flags", many: true }) as const;
const options = {
  local: { arg: prefix, help: "the address" },
  dev: { short: "d", arg: device, help: "the device that has it" },
  peer: { also: ["remote"], arg: prefix, help: "the other end of a point-to-point link" },
  broadcast: { also: ["brd"], arg: broadcast, help: "broadcast address; +: the last of the prefix" },
  anycast: { arg: ip, help: "anycast address" },
  label: { arg: text("LABEL"), help: "the device's name and more, for IPv4" },
  scope: { arg: named("SCOPE", "scopes"), help: "where the address is valid" },
  metric: { also: ["priority", "preference"], arg: oneWord("METRIC", number), help: "of the prefix's route" },
  valid_lft: { arg: lifetime, help: "until the address goes" },
  preferred_lft: { arg: lifetime, help: "until it is deprecated" },
  proto: { arg: named("PROTOCOL", "addressProtocols"), help: "who sets it" },
  home: { ...flag("a home address (Mobile IPv6)"), value: "home" },
  nodad: { ...flag("no duplicate address detection"), value: "nodad" },
  mngtmpaddr: { ...flag("temporary addresses are made from it"), value: "mngtmpaddr" },
  noprefixroute: { ...flag("no route for the prefix"), value: "noprefixroute" },
  autojoin: { ...flag("join the multicast group"), value: "autojoin" },
  optimistic: { ...flag("use it during detection"), value: "optimistic" },
} satisfies Options;
function number(word: string): number | undefined {
  return /^\d+$/.test(word) ? Number(word) : undefined;
}

async function edit(
  context: Context,
  verb: "add" | "change" | "replace" | "remove",
  values: Values<typeof options>,
): Promise<void> {
  const { dev, local, valid_lft, preferred_lft, proto, ...rest } = values;
  if (dev === undefined) throw failure('Not enough information: "dev" argument is required.');
  if (local === undefined) throw new CommandError(EXIT.refused, "Not enough information: an address is required.");
  if (rest.peer !== undefined && rest.peer.includes(":") !== local.includes(":"))
    throw failure(`Error: ${local.includes(":") ? "inet6" : "inet"} prefix is expected rather than "${rest.peer}".`);
  if (
    (preferred_lft === "forever" ? Infinity : (preferred_lft ?? 0)) >
    (valid_lft === "forever" ? Infinity : (valid_lft ?? Infinity))
  )
    throw failure("preferred_lft is greater than valid_lft");
  const settings: AddressOptions = {
    ...rest,
    ...(valid_lft === undefined ? {} : { validLifetime: valid_lft }),
    ...(preferred_lft === undefined ? {} : { preferredLifetime: preferred_lft }),
    ...(proto === undefined ? {} : { protocol: proto }),
  };
  await new Addresses(await context.rtnetlink())[verb](dev, local, settings);
}

/** Addresses of each link, below it; with -o each on a line of its own. */
async function show(context: Context, filter: AddressFilter): Promise<void> {
  const { printer, globals } = context;
  const asked = globals.family ?? 0;
  await printer.list(async (item) => {
    const { links, devices } = await listLinks(context, filter, { family: asked });
    const { family, test } = addressTest(filter, asked, devices);
    const view: AddressView = {
      context,
      devices,
      family,
      namespaces: await namespacesOf(context, links),
      only: false,
      details: await detailsOf(context),
      headless: filter.label !== undefined || (Boolean(globals.oneline) && family !== LINKS),
    };
    const all = family === LINKS ? [] : await listAddresses(await context.rtnetlink(), family);
    const own = grouped(all);
    for (const link of links) {
      const addresses = own.get(link.index) ?? [];
      const found = addresses.filter(test);
      // A link without any address is one of no family in particular.
      if (family !== LINKS && found.length === 0 && !(family === 0 && addresses.length === 0)) continue;
      if (view.headless && !globals.json && !globals.brief)
        for (const address of found)
          item((out) => printAddress(address, out, context, devices, Boolean(globals.oneline)));
      else item((out) => printWithLink(link, found, out, view));
    }
  });
}
/** Removes what a filter keeps: `ip address flush dev eth0 scope link`. */
async function flush(context: Context, filter: AddressFilter): Promise<void> {
  const { globals, printer } = context;
  if (Object.keys(filter).length === 0) throw failure("Flush requires arguments.");
  if (globals.family === LINKS) throw failure("Cannot flush link addresses.");
  const channel = await context.rtnetlink();
  const { links, devices } = await listLinks(context, filter);
  const { family, test } = addressTest(filter, globals.family ?? 0, devices);
  const among = new Set(links.map(({ index }) => index));
  const found = (await listAddresses(channel, family)).filter((address) => among.has(address.index) && test(address));
  // A secondary address may go with its primary, before its turn comes.
  const gone = await refusedAs(
    EXIT.usage,
    removeAll(
      channel,
      found.map(({ cacheinfo: _, unknown: __, ...value }) => ({
        type: RTM.deladdr,
        schema: addressSchema,
        value: value as never,
      })),
      { operation: "flush addresses" },
    ),
  );
  if (globals.statistics)
    printer.say(
      found.length === 0
        ? "Nothing to flush.\n"
        : `\n*** Round 1, deleting ${gone} addresses ***\n*** Flush is complete after 1 round ***\n`,
    );
}
const LINKS = 17;
interface AddressView extends LinkView {
  /** Only addresses: each says the device, or its label does. */
  readonly headless: boolean;
}

function grouped(addresses: readonly Address[]): Map<number, Address[]> {
  const groups = new Map<number, Address[]>();
  for (const address of addresses) {
    const list = groups.get(address.index);
    if (list) list.push(address);
    else groups.set(address.index, [address]);
  }
  return groups;
}

function printWithLink(link: Link, addresses: readonly Address[], out: Out, view: AddressView): void {
  const { context, devices } = view;
  const { globals } = context;
  const links = view.family === LINKS;
  const named = Boolean(globals.oneline);
  if (globals.brief) printBrief(link, out, links ? { ...view, only: true } : view);
  else if (!view.headless) printLink(link, out, view);
  if (!links) {
    out.array("addr_info", (list) => {
      for (const address of addresses) list.object("", (one) => printAddress(address, one, context, devices, named));
    });
    if (globals.brief) out.say("\n");
  }
  if (!globals.brief && !view.headless && globals.statistics) {
    linkStatistics(link, out, globals, false);
    out.say("\n");
  }
}

const bare = ["local"] as const;
const editing = commandsOf(options, bare, edit);
export const address = group({
  name: "address",
  help: "addresses of devices",
  otherwise: "show",
  entries: [
    editing("add", "add", "give a device an address"),
    editing("change", "change", "change an address's lifetimes and flags", ["chg"]),
    editing("replace", "replace", "change an address, or add it"),
    editing("delete", "remove", "take an address away"),
    command({
      name: "show",
      also: ["list", "lst"],
      help: "show addresses",
      options: addressFilters,
      bare: ["dev"],
      run: show,
    }),
    command({ name: "flush", help: "take addresses away", options: addressFilters, bare: ["dev"], run: flush }),
  ],
});
