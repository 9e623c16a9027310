/** `ip link add`, `set`, `delete` and `property`. @module */
import type { Channel } from "../../../api/channel.ts";
import { indexOf } from "../../../api/device.ts";
import { InterfaceNotFound, NetlinkError } from "../../../api/errors.ts";
import { withNetnsReferences } from "../../../api/netns-reference.ts";
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../../codec/nlmsg/header.ts";
import { link as schema } from "../../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../../codec/rtnetlink/types.ts";
import { NamespaceNotFound } from "../../../transport/errors.ts";
import type { Context } from "../../context.ts";
import { failure, usage, wrong } from "../../failure.ts";
import { device, text } from "../../grammar/args.ts";
import { type Arg, command, group, type Options, type Values } from "../../grammar/command.ts";
import { named } from "../../grammar/named.ts";
import type { Data } from "../kinds/rows.ts";
import {
  altName,
  checkAddress,
  enterKind,
  type KindGiven,
  kindNames,
  type LinkWords,
  linkOf,
  linkOptions,
  linkValue,
} from "./words.ts";

/** A name that a device can have: an alternative one may be longer. */
const newName: Arg<string> = {
  ...device,
  read(parser, word) {
    const name = device.read(parser, word);
    if (name.length > 15) throw wrong(name, '"name" not a valid ifname');
    return name;
  },
};
/**
 * The name of a new link; or nlink's spelling, a kind and then the name: `ip link add vlan eth0.100 --link eth0 --id 100`. A kind stands
 * alone as a name if words of the line follow it.
 */
const newLink: Arg<{ name: string } | (KindGiven & { name: string })> = {
  syntax: "NAME",
  read(parser, word) {
    const first = newName.read(parser, word);
    const next = parser.ahead;
    if (!KINDS.has(first) || next === undefined || parser.knows(next)) return { name: first };
    const name = newName.read(parser, word);
    return { name, ...enterKind(first, parser) };
  },
};
const KINDS = new Set(kindNames);

const addOptions = {
  name: { also: ["dev"], arg: newLink, help: "its name" },
  link: { arg: text("DEVICE", "device"), help: "the device below" },
  parentdev: { arg: text("NAME"), help: "the device of the kernel's device model that it is made on" },
  ...linkOptions,
} satisfies Options;
/** What the kernel looks at only when a link is there (rtnl_create_link has none of these). */
const LATER = ["ifalias", "carrier", "protoDown", "protoDownReason", "afSpec", "xdp", "vfinfoList"];

async function add(
  context: Context,
  values: Values<typeof addOptions>,
  flags = NLM_F_CREATE | NLM_F_EXCL,
): Promise<void> {
  const { name, link, parentdev, ...words } = values;
  const type = words.type ?? (name && "kind" in name ? name : undefined);
  if (!type) throw failure('Not enough information: "type" argument is required');
  const channel = await context.rtnetlink();
  const operation = `add ${type.kind} link${name ? ` ${name.name}` : ""}`;
  await references(channel, async (reference) => {
    const given: LinkWords = { ...words, type, ...(name ? { name: name.name } : {}) };
    const value = await linkValue(given, { context, channel, reference });
    const netns = words["link-netns"];
    if (netns !== undefined) {
      const { Nsids } = await import("../../../api/nsids.ts");
      value.linkNetnsid = await new Nsids(channel).get(netns);
    }
    if (link !== undefined) value.link = await indexOf(channel, value.linkNetnsid === undefined ? link : Number(link));
    if (parentdev !== undefined) value.parentDevName = parentdev;
    const later: Data = {};
    for (const field of LATER)
      if (value[field] !== undefined) {
        later[field] = value[field];
        delete value[field];
      }
    await channel.ack({ type: RTM.newlink, flags, schema, value }, { operation });
    if (Object.keys(later).length > 0 && name)
      await channel.ack(
        { type: RTM.newlink, schema, value: { ...later, index: await indexOf(channel, name.name) } },
        { operation },
      );
  });
}

/** Names of namespaces that are not there are wrong words here. */
async function references(channel: Channel, work: Parameters<typeof withNetnsReferences<void>>[1]): Promise<void> {
  try {
    await withNetnsReferences(channel, work);
  } catch (e) {
    throw e instanceof NamespaceNotFound ? wrong(e.target, 'Invalid "netns" value') : e;
  }
}

const setOptions = {
  dev: { arg: device, help: "the link" },
  name: { arg: newName, help: "its new name" },
  ...linkOptions,
} satisfies Options;
async function set(context: Context, { dev, group, ...words }: Values<typeof setOptions>): Promise<void> {
  const channel = await context.rtnetlink();
  if (dev === undefined && group === undefined) throw usage('Not enough information: "dev" argument is required.');
  await references(channel, async (reference) => {
    const index = dev === undefined ? undefined : await indexOf(channel, dev);
    if (index !== undefined && (words.address !== undefined || words.broadcast !== undefined))
      checkAddress(words, await linkOf(channel, index));
    const value = await linkValue(words, { context, channel, reference, device: dev ?? "" });
    if (group !== undefined) value.group = group;
    if (Object.keys(value).length === 0) return;
    const operation = dev === undefined ? `set links of group ${group}` : `set link ${dev}`;
    const send = (part: Data) =>
      channel.ack({ type: RTM.newlink, schema, value: index === undefined ? part : { ...part, index } }, { operation });
    try {
      // The kernel sets flags before how IPv6 makes addresses (do_setlink), and going up makes one.
      const { flags, change, ...rest } = value;
      if (value.afSpec !== undefined && words.up) {
        await send(rest);
        await send({ flags, change });
      } else await send(value);
    } catch (e) {
      throw dev !== undefined && e instanceof NetlinkError && e.code === "ENODEV" && e.kernelMessage === undefined
        ? new InterfaceNotFound(dev, e)
        : e;
    }
  });
}

const deleteOptions = {
  dev: { also: ["name"], arg: device, help: "the link" },
  group: { arg: named("GROUP", "groups", 0xffffffff), help: "all links of a group" },
  type: { arg: text("KIND"), help: "its kind, for which nobody looks" },
} satisfies Options;
async function remove(context: Context, { dev, group }: Values<typeof deleteOptions>): Promise<void> {
  if (dev === undefined && group === undefined) throw usage('Not enough information: "dev" argument is required.');
  const channel = await context.rtnetlink();
  const value = dev === undefined ? { group: group! } : { index: await indexOf(channel, dev) };
  await channel.ack(
    { type: RTM.dellink, schema, value },
    { operation: dev === undefined ? `remove links of group ${group}` : `remove link ${dev}` },
  );
}

const propertyOptions = {
  dev: { arg: device, help: "the link" },
  altname: { many: true, arg: altName, help: "an alternative name" },
} satisfies Options;
const property = (verb: "add" | "delete", type: number, flags: number) =>
  command({
    name: verb,
    help: verb === "add" ? "give a link further names" : "take such names away",
    options: propertyOptions,
    async run(context, { dev, altname }) {
      if (dev === undefined) throw usage('Not enough of information: "dev" argument is required.');
      const channel = await context.rtnetlink();
      const index = await indexOf(channel, dev);
      const value = { index, ...(altname ? { propList: { altIfname: altname } } : {}) };
      const operation = `${verb} alternative names of link ${dev}`;
      await channel.ack({ type, flags, schema, value }, { operation });
    },
  });

export const addLink = command({
  name: "add",
  help: "make a link",
  options: addOptions,
  bare: ["name"],
  run: (context, values) => add(context, values),
});
export const replaceLink = command({
  name: "replace",
  help: "change a link, or make it",
  options: addOptions,
  bare: ["name"],
  run: (context, values) => add(context, values, NLM_F_CREATE | NLM_F_REPLACE),
});
export const setLink = command({
  name: "set",
  also: ["change"],
  help: "change a link",
  options: setOptions,
  bare: ["dev"],
  run: set,
});
export const deleteLink = command({
  name: "delete",
  help: "delete a link",
  options: deleteOptions,
  bare: ["dev"],
  run: remove,
});
export const propertyGroup = group({
  name: "property",
  help: "alternative names of links",
  entries: [
    property("add", RTM.newlinkprop, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND),
    property("delete", RTM.dellinkprop, 0),
  ],
});
