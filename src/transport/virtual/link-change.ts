/** Changes to a link that is there (do_setlink and rtnl_changelink of net/core/rtnetlink.c). @module */
import type { Link as LinkValue } from "../../codec/rtnetlink/link/link.ts";
import { refuse } from "./ack.ts";
import { bridgeOf, changeId } from "./bridge.ts";
import { carrierOff, carrierOn } from "./carrier.ts";
import { setSetting } from "./devconf.ts";
import { toBig } from "./ip.ts";
import type { Kernel } from "./kernel.ts";
import type { LinkRequest } from "./link.ts";
import { mergeData, validateData } from "./link-data.ts";
import { allocateName, findByName, isValidName } from "./link-find.ts";
import { isLoopback, isUp, notifyLink, OPER } from "./link-message.ts";
import { moveLink } from "./link-move.ts";
import { checkMtu, destination } from "./link-options.ts";
import { changeFlags, notifyFlags, stateChanged } from "./link-state.ts";
import { setMaster } from "./master.ts";
import type { Link } from "./state.ts";

/** `byKind` takes the kind's own settings too (RTM_NEWLINK; RTM_SETLINK does not look at them). */
export function changeLink(request: LinkRequest, link: Link, value: LinkValue, byKind: boolean): void {
  const { kernel } = request;
  let notify = false;
  if (byKind) {
    const info = value.linkinfo as
      | { kind?: string; data?: Record<string, unknown>; slaveData?: Record<string, unknown> }
      | undefined;
    if (info?.data) {
      if (info.kind === undefined || info.kind !== link.kind || link.kind === "veth" || link.kind === "vrf")
        refuse("EOPNOTSUPP");
      if (link.kind !== "vlan") validateData(link.kind, {}, info.data);
      mergeData(link.kind, link, info.data);
      notify = true;
    }
    if (info?.slaveData) {
      const bridge = bridgeOf(kernel, link);
      if (bridge === undefined || link.slave === undefined) refuse("EOPNOTSUPP");
      const { unknown: _, flush: __, ...slave } = info.slaveData;
      Object.assign(link.slave, slave);
      notify = true;
    }
  }
  try {
    notify = setLink(request, link, value) || notify;
  } finally {
    if (notify) stateChanged(kernel, link);
  }
}

/** do_setlink; whether the change is one that is told at its end. */
function setLink(request: LinkRequest, link: Link, value: LinkValue): boolean {
  const { kernel } = request;
  let notify = false;
  const dest = destination(request, value);
  if (dest) moveLink(kernel, link, dest, value.ifname, value.newIfindex ?? 0);
  if (value.address !== undefined) setAddress(kernel, link, value.address);
  if (value.mtu !== undefined && value.mtu !== link.mtu) {
    checkMtu(link, value.mtu);
    if (link.kind === "vlan") {
      const lower = kernel.netns(link.lowerNetns).links.get(link.lower);
      if (lower && value.mtu > lower.mtu) refuse("ERANGE");
    }
    link.mtu = value.mtu;
    link.mtuSet = true;
    kernel.device(link, "mtu");
  }
  if (value.group !== undefined) {
    link.group = value.group;
    notify = true;
  }
  const home = kernel.netns(link.netns);
  if (value.index > 0 && value.ifname && value.ifname !== link.name) {
    const name = value.ifname.includes("%") ? (allocateName(home, value.ifname) ?? refuse("EINVAL")) : value.ifname;
    if (!isValidName(name)) refuse("EINVAL");
    if (findByName(home, name)) refuse("EEXIST");
    link.name = name;
    home.generation++;
    kernel.device(link, "name");
  }
  if (value.ifalias !== undefined) {
    link.alias = value.ifalias === "" ? undefined : value.ifalias;
    notify = true;
  }
  if (value.broadcast !== undefined) {
    link.broadcast = value.broadcast;
    kernel.device(link, "address");
  }
  if (value.flags || value.change) {
    const old = link.flags;
    const wanted = value.change ? (value.flags & value.change) | (old & ~value.change) : value.flags;
    notifyFlags(kernel, link, old, changeFlags(kernel, link, wanted >>> 0));
  }
  if (value.master !== undefined) setMaster(kernel, link, value.master);
  if (value.carrier !== undefined) {
    if (link.kind !== "dummy" && link.kind !== "macvlan") refuse("EOPNOTSUPP");
    if (value.carrier) carrierOn(kernel, link);
    else carrierOff(kernel, link);
  }
  if (value.txqlen !== undefined && value.txqlen !== link.txqlen) {
    link.txqlen = value.txqlen;
    notifyLink(kernel, link);
  }
  const { gso } = link;
  if (value.gsoMaxSize !== undefined) {
    if (value.gsoMaxSize > gso.tsoMaxSize) refuse("EINVAL", "gso_max_size is larger than max");
    gso.maxSize = value.gsoMaxSize;
  }
  if (value.gsoMaxSegs !== undefined) gso.maxSegs = value.gsoMaxSegs;
  if (value.groMaxSize !== undefined) gso.groMaxSize = value.groMaxSize;
  if (value.gsoIpv4MaxSize !== undefined) gso.ipv4MaxSize = value.gsoIpv4MaxSize;
  if (value.groIpv4MaxSize !== undefined) gso.groIpv4MaxSize = value.groIpv4MaxSize;
  if (value.operstate !== undefined) setOperstate(kernel, link, value.operstate);
  if (value.linkmode !== undefined) {
    if (value.linkmode !== link.linkmode) notify = true;
    link.linkmode = value.linkmode;
  }
  if (value.afSpec !== undefined) {
    setFamilies(kernel, link, value.afSpec as AfSpec);
    notify = true;
  }
  if (value.protoDown !== undefined) {
    if (link.kind !== "macvlan" && link.kind !== "vxlan") refuse("EOPNOTSUPP", "Attribute not supported");
    link.protoDown = value.protoDown !== 0;
    notify = true;
  }
  return notify;
}

function setAddress(kernel: Kernel, link: Link, address: string): void {
  if (link.kind === "nlmon") refuse("EOPNOTSUPP");
  if (link.address === address) {
    link.addressSet = true;
    kernel.device(link, "address");
    return;
  }
  if (link.kind === "vrf" && isUp(link)) refuse("EBUSY");
  if (address.length !== 17 || address === "00:00:00:00:00:00" || (Number.parseInt(address.slice(0, 2), 16) & 1) !== 0)
    refuse("EADDRNOTAVAIL");
  link.addressSet = true;
  if (link.kind === "bridge") changeId(kernel, link, address);
  else link.address = address;
  kernel.device(link, "address");
}

/** set_operstate: user space may only lift a dormant device, and put it back. */
function setOperstate(kernel: Kernel, link: Link, transition: number): void {
  const { operstate } = link;
  let state = operstate;
  if (
    transition === OPER.up &&
    (operstate === OPER.dormant || operstate === OPER.testing || operstate === OPER.unknown)
  )
    state = OPER.up;
  if (
    (transition === OPER.dormant || transition === OPER.testing) &&
    (operstate === OPER.up || operstate === OPER.unknown)
  )
    state = transition;
  if (state === operstate) return;
  link.operstate = state;
  stateChanged(kernel, link);
}

interface AfSpec {
  readonly inet?: { readonly change?: Record<string, number> };
  readonly inet6?: { readonly addrGenMode?: number; readonly token?: string };
}
/** do_setlink's IFLA_AF_SPEC (inet_set_link_af, inet6_set_link_af). */
function setFamilies(kernel: Kernel, link: Link, spec: AfSpec): void {
  const net = kernel.netns(link.netns);
  if (spec.inet?.change)
    for (const [name, value] of Object.entries(spec.inet.change)) setSetting(net, "ipv4", link.index, name, value);
  if (spec.inet6 === undefined) return;
  const { inet6 } = link;
  if (inet6 === undefined) refuse("EAFNOSUPPORT");
  const { token, addrGenMode } = spec.inet6;
  if (token !== undefined) {
    if (isLoopback(link)) refuse("EINVAL", "Device does not do neighbour discovery");
    inet6.token = toBig(token);
  }
  if (addrGenMode !== undefined) {
    if (addrGenMode > 3) refuse("EINVAL");
    if (addrGenMode === 2) refuse("EINVAL");
    inet6.addrGenMode = addrGenMode;
  }
}
