/** RTM_NEWLINK, RTM_SETLINK, RTM_DELLINK, RTM_GETLINK and alternative names (net/core/rtnetlink.c). @module */
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import { link as schema } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import { portsOf, removePort } from "./bridge.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import type { HandlerTable } from "./handlers.ts";
import { inet6LinkMessage } from "./inet6-device.ts";
import { AF_BRIDGE, AF_INET6 } from "./ip.ts";
import { changeLink } from "./link-change.ts";
import { createLink } from "./link-create.ts";
import { findByName, findLink } from "./link-find.ts";
import { linkProfiles } from "./link-kinds.ts";
import { bridgePortMessage, linkMessage } from "./link-message.ts";
import { stateChanged, unregisterLinks } from "./link-state.ts";
import type { Link, Netns } from "./state.ts";

export type LinkRequest = RequestOf<typeof schema>;

/** The namespace that a request is about, where it names another one (IFLA_TARGET_NETNSID). */
function targetNet(request: LinkRequest): Netns {
  const { targetNetnsid } = request.value;
  if (targetNetnsid === undefined) return request.net;
  const id = request.net.nsids.get(targetNetnsid);
  if (id === undefined) refuse("EINVAL", "Invalid target network namespace id");
  return request.kernel.netns(id);
}

function newLink(request: LinkRequest): void {
  const { kernel, net, value, flags } = request;
  if (value.ifname === "") refuse("EINVAL"); // nla_strscpy leaves nothing to look up by
  if (value.index < 0) refuse("EINVAL", "ifindex can't be negative");
  const found =
    value.index > 0
      ? net.links.get(value.index)
      : value.ifname !== undefined || value.altIfname !== undefined
        ? findByName(net, value.ifname ?? value.altIfname!)
        : undefined;
  if (found) {
    if ((flags & NLM_F_EXCL) !== 0) refuse("EEXIST");
    if ((flags & NLM_F_REPLACE) !== 0) refuse("EOPNOTSUPP");
    changeLink(request, found, value, true);
    return;
  }
  if ((flags & NLM_F_CREATE) === 0) {
    if (value.index || value.group === undefined) refuse("ENODEV");
    for (const link of [...net.links.values()]) if (link.group === value.group) changeLink(request, link, value, false);
    return;
  }
  if (value.map || value.protinfo) refuse("EOPNOTSUPP");
  const kind = (value.linkinfo as { kind?: string } | undefined)?.kind;
  if (kind === undefined || !Object.hasOwn(linkProfiles, kind)) refuse("EOPNOTSUPP", "Unknown device type");
  createLink(kernel, request, kind);
}

function setLink(request: LinkRequest): void {
  const { value } = request;
  const { ifname, altIfname } = value;
  let found: Link | undefined;
  if (value.index > 0) found = request.net.links.get(value.index);
  else if (ifname !== undefined || altIfname !== undefined) found = findByName(request.net, ifname ?? altIfname!);
  else refuse("EINVAL");
  if (found === undefined) refuse("ENODEV");
  changeLink(request, found, value, false);
}

function deleteLink(request: LinkRequest): void {
  const { kernel, value } = request;
  const net = targetNet(request);
  let links: Link[];
  if (value.index > 0 || value.ifname !== undefined || value.altIfname !== undefined) {
    const found = findLink(net, value);
    if (found === undefined) refuse("ENODEV");
    links = [found];
  } else if (value.group !== undefined) {
    if (value.group === 0) refuse("EPERM");
    links = [...net.links.values()].filter((link) => link.group === value.group);
    if (links.length === 0) refuse("ENODEV");
  } else refuse("EINVAL");
  for (const link of links) if (link.kind === undefined) refuse("EOPNOTSUPP");
  removeLinks(kernel, links, request);
}

/** Deletes virtual links with what goes with them: the other ends of pairs, the ports' ties to a bridge. */
export function removeLinks(kernel: LinkRequest["kernel"], links: readonly Link[], cause?: LinkRequest): void {
  const all: Link[] = [];
  for (const link of links) {
    if (all.includes(link)) continue;
    all.push(link);
    if (link.kind === "bridge") for (const port of portsOf(kernel, link)) removePort(kernel, link, port, false);
    const peer = link.peer && kernel.state.netns.get(link.peer.netns)?.links.get(link.peer.index);
    link.peer = undefined;
    if (peer === undefined) continue;
    peer.peer = undefined;
    if (!all.includes(peer)) all.push(peer);
  }
  unregisterLinks(kernel, all, cause);
}

function getLink(request: LinkRequest): void {
  const { kernel, value } = request;
  const net = targetNet(request);
  if (value.index <= 0 && value.ifname === undefined && value.altIfname === undefined) refuse("EINVAL");
  const found = findLink(net, value);
  if (found === undefined) refuse("ENODEV");
  request.reply(RTM.newlink, schema, answer(request, found, kernel));
}
const answer = (request: LinkRequest, link: Link, kernel: LinkRequest["kernel"]) => {
  const { targetNetnsid } = request.value;
  return linkMessage(kernel, link, targetNetnsid === undefined ? {} : { more: { targetNetnsid } });
};

function list(request: LinkRequest): Listing[] {
  const { kernel, value, family } = request;
  const net = targetNet(request);
  const kind = (value.linkinfo as { kind?: string } | undefined)?.kind;
  const { master } = value;
  const links = [...net.links.values()].sort((a, b) => a.index - b.index);
  const generation = () => net.generation;
  if (family === AF_BRIDGE)
    return [
      {
        type: RTM.newlink,
        schema,
        items: links.filter((link) => link.slave !== undefined && link.master !== 0),
        fill: (link: Link) => bridgePortMessage(link),
        generation,
      },
    ];
  if (family === AF_INET6)
    return [
      {
        type: RTM.newlink,
        schema,
        items: links.filter((link) => link.inet6 !== undefined),
        fill: (link: Link) => inet6LinkMessage(net, link),
        generation,
      },
    ];
  if (kind !== undefined && !Object.hasOwn(linkProfiles, kind)) {
    // The kernel passes over a filter by a kind that it does not have (rtnl_dump_ifinfo).
  }
  return [
    {
      type: RTM.newlink,
      schema,
      items: links,
      fill: (link: Link) => {
        if (master !== undefined && master !== 0 && link.master !== master) return undefined;
        if (kind !== undefined && Object.hasOwn(linkProfiles, kind) && link.kind !== kind) return undefined;
        return answer(request, link, kernel);
      },
      filtered: master !== undefined || kind !== undefined,
      generation,
    },
  ];
}

/** rtnl_linkprop: alternative names. */
function property(request: LinkRequest, add: boolean): void {
  const { kernel, net, value } = request;
  if (value.flags || value.change) refuse("EINVAL", "Invalid values in header for linkprop request");
  if (value.index <= 0 && value.ifname === undefined && value.altIfname === undefined) refuse("EINVAL");
  const link = findLink(net, value);
  if (link === undefined) refuse("ENODEV");
  const names = (value.propList as { altIfname?: readonly string[] } | undefined)?.altIfname ?? [];
  for (const name of names) {
    if (add) {
      if (findByName(net, name)) refuse("EEXIST");
      link.altNames.push(name);
    } else {
      const owner = findByName(net, name);
      if (owner === undefined) refuse("ENOENT");
      // The name of the device itself is no alternative one, and another device's is not this one's.
      const at = link.altNames.indexOf(name);
      if (owner !== link || at < 0) refuse("EINVAL");
      link.altNames.splice(at, 1);
    }
    net.generation++;
  }
  // What went before a refusal stays, and is not told (rtnl_linkprop).
  if (names.length > 0) stateChanged(kernel, link);
}

export const linkHandlers: HandlerTable = [
  [RTM.newlink, { doit: newLink }],
  [RTM.setlink, { doit: setLink }],
  [RTM.dellink, { doit: deleteLink }],
  [RTM.getlink, { doit: getLink, dump: list }],
  [RTM.newlinkprop, { doit: (request: LinkRequest) => property(request, true) }],
  [RTM.dellinkprop, { doit: (request: LinkRequest) => property(request, false) }],
];
