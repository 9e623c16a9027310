/** RTM_NEWADDR and its like of both families. @module */
import { address as schema } from "../../codec/rtnetlink/address.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import { addAddress4, address4Message, removeAddress4 } from "./address4.ts";
import { addAddress6, address6Message, getAddress6, removeAddress6 } from "./address6.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import type { HandlerTable } from "./handlers.ts";
import { AF_INET, AF_INET6 } from "./ip.ts";
import type { Address4, Address6, Link, Netns } from "./state.ts";

export type AddressRequest = RequestOf<typeof schema>;

function byFamily(v4: (request: AddressRequest) => void, v6: (request: AddressRequest) => void) {
  return (request: AddressRequest) => {
    if (request.family === AF_INET) v4(request);
    else if (request.family === AF_INET6) v6(request);
    else refuse("EOPNOTSUPP");
  };
}

function list(request: AddressRequest): Listing[] {
  const { kernel, family, value } = request;
  let net: Netns = request.net;
  const { targetNetnsid } = value;
  if (targetNetnsid !== undefined) {
    const id = net.nsids.get(targetNetnsid);
    if (id === undefined) refuse("EINVAL", `${family === AF_INET6 ? "" : "ipv4: "}Invalid target network namespace id`);
    net = kernel.netns(id);
  }
  const { index } = value;
  const links = index ? [net.links.get(index)].filter((link) => link !== undefined) : [...net.links.values()];
  if (index && links.length === 0) refuse("ENODEV");
  const generation = () => net.generation;
  const more = targetNetnsid === undefined ? {} : { targetNetnsid };
  const listings: Listing[] = [];
  const filtered = index !== 0;
  if (family === AF_INET || family === 0)
    listings.push({
      type: RTM.newaddr,
      schema,
      items: links.flatMap((link) => link.addresses.map((address) => [link, address] as const)),
      fill: ([link, address]: [Link, Address4]) => ({ ...address4Message(kernel, link, address), ...more }),
      filtered,
      generation,
    });
  if (family === AF_INET6 || family === 0)
    listings.push({
      type: RTM.newaddr,
      schema,
      items: links.flatMap((link) => (link.inet6?.addresses ?? []).map((address) => [link, address] as const)),
      fill: ([link, address]: [Link, Address6]) => ({ ...address6Message(kernel, link, address), ...more }),
      filtered,
      generation,
    });
  return listings;
}

export const addressHandlers: HandlerTable = [
  [RTM.newaddr, { doit: byFamily(addAddress4, addAddress6) }],
  [RTM.deladdr, { doit: byFamily(removeAddress4, removeAddress6) }],
  [RTM.getaddr, { doit: byFamily(() => refuse("EOPNOTSUPP"), getAddress6), dump: list }],
];
