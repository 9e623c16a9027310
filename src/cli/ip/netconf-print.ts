/** Settings of devices as `ip netconf` has them (print_netconf in ip/ipnetconf.c). @module */
import { AF_INET, AF_INET6, AF_MPLS } from "../../api/options.ts";
import { NETCONFA_IFINDEX_ALL, NETCONFA_IFINDEX_DEFAULT, type Netconf } from "../../codec/rtnetlink/netconf.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import type { Devices } from "./devices.ts";

const FAMILIES: { readonly [family: number]: string } = { [AF_INET]: "inet", [AF_INET6]: "inet6", [AF_MPLS]: "mpls" };
const RP_FILTER = ["off", "strict", "loose"];

export function printNetconf(netconf: Netconf, out: Out, { paint }: Context, devices: Devices, deleted = false): void {
  if (deleted) out.put("deleted", true, "Deleted ");
  const family = FAMILIES[netconf.family];
  if (family !== undefined) out.put("family", family, `${family} `);
  const { ifindex } = netconf;
  if (ifindex !== undefined) {
    const name =
      ifindex === NETCONFA_IFINDEX_ALL
        ? "all"
        : ifindex === NETCONFA_IFINDEX_DEFAULT
          ? "default"
          : devices.name(ifindex);
    out.put("interface", name, `${ifindex > 0 ? paint("ifname", name) : name} `);
  }
  const onOff = (key: string, value: number | undefined) => {
    if (value !== undefined) out.put(key, value !== 0, `${key} ${value ? "on" : "off"} `);
  };
  onOff("forwarding", netconf.forwarding);
  if (netconf.rpFilter !== undefined) {
    const mode = RP_FILTER[netconf.rpFilter] ?? String(netconf.rpFilter);
    out.put("rp_filter", mode, `rp_filter ${mode} `);
  }
  onOff("mc_forwarding", netconf.mcForwarding);
  onOff("proxy_neigh", netconf.proxyNeigh);
  onOff("ignore_routes_with_linkdown", netconf.ignoreRoutesWithLinkdown);
  onOff("input", netconf.input);
  out.say("\n");
}
