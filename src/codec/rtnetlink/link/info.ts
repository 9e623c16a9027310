/**
 * IFLA_LINKINFO: what kind of virtual device a link is, that kind's own settings, and those it has as a member of its master.
 * To add a kind: a file under kinds/, and a line here.
 * @module
 */
import { type Attrs, attrs, bare, type FieldsOf, lazy, select, string } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import type { Flat } from "../../schema/struct.ts";
import { amt } from "./kinds/amt.ts";
import { bareudp } from "./kinds/bareudp.ts";
import { batadv } from "./kinds/batadv.ts";
import { bond } from "./kinds/bond.ts";
import { bondSlave } from "./kinds/bond-slave.ts";
import { bridge } from "./kinds/bridge.ts";
import { bridgePort } from "./kinds/bridge-port.ts";
import { caif } from "./kinds/caif.ts";
import { can, canDeviceStats } from "./kinds/can.ts";
import { dsa } from "./kinds/dsa.ts";
import { dummy } from "./kinds/dummy.ts";
import { geneve } from "./kinds/geneve.ts";
import { gre } from "./kinds/gre.ts";
import { gtp } from "./kinds/gtp.ts";
import { hsr } from "./kinds/hsr.ts";
import { ifb } from "./kinds/ifb.ts";
import { ip6gre } from "./kinds/ip6gre.ts";
import { ipoib } from "./kinds/ipoib.ts";
import { ip6tnl, ipip, sit } from "./kinds/iptun.ts";
import { ipvlan } from "./kinds/ipvlan.ts";
import { macsec } from "./kinds/macsec.ts";
import { macvlan } from "./kinds/macvlan.ts";
import { netkit } from "./kinds/netkit.ts";
import { nlmon } from "./kinds/nlmon.ts";
import { ovpn } from "./kinds/ovpn.ts";
import { pfcp } from "./kinds/pfcp.ts";
import { ppp } from "./kinds/ppp.ts";
import { rmnet } from "./kinds/rmnet.ts";
import { team } from "./kinds/team.ts";
import { tun } from "./kinds/tun.ts";
import { vcan } from "./kinds/vcan.ts";
import { veth } from "./kinds/veth.ts";
import { virtWifi } from "./kinds/virt-wifi.ts";
import { vlan } from "./kinds/vlan.ts";
import { vrf } from "./kinds/vrf.ts";
import { vrfSlave } from "./kinds/vrf-slave.ts";
import { vti, vti6 } from "./kinds/vti.ts";
import { vxcan } from "./kinds/vxcan.ts";
import { vxlan } from "./kinds/vxlan.ts";
import { wireguard } from "./kinds/wireguard.ts";
import { wwan } from "./kinds/wwan.ts";
import { xfrm } from "./kinds/xfrm.ts";

/**
 * IFLA_INFO_DATA by IFLA_INFO_KIND. Nested without NLA_F_NESTED (rtnl_link_info_fill). The kinds with a peer are lazy because a
 * peer is a link: see kinds/peer.ts.
 */
export const linkKinds = {
  dummy: bare(dummy),
  veth: bare(lazy(() => veth)),
  bridge: bare(bridge),
  bond: bare(bond),
  team: bare(team),
  vlan: bare(vlan),
  vxlan: bare(vxlan),
  macvlan: bare(macvlan),
  macvtap: bare(macvlan),
  ipvlan: bare(ipvlan),
  ipvtap: bare(ipvlan),
  vrf: bare(vrf),
  ifb: bare(ifb),
  netkit: bare(lazy(() => netkit)),
  tun: bare(tun),
  wireguard: bare(wireguard),
  nlmon: bare(nlmon),
  gre: bare(gre),
  gretap: bare(gre),
  erspan: bare(gre),
  ip6gre: bare(ip6gre),
  ip6gretap: bare(ip6gre),
  ip6erspan: bare(ip6gre),
  ipip: bare(ipip),
  sit: bare(sit),
  ip6tnl: bare(ip6tnl),
  vti: bare(vti),
  vti6: bare(vti6),
  geneve: bare(geneve),
  bareudp: bare(bareudp),
  xfrm: bare(xfrm),
  macsec: bare(macsec),
  hsr: bare(hsr),
  can: bare(can),
  vcan: bare(vcan),
  vxcan: bare(lazy(() => vxcan)),
  batadv: bare(batadv),
  gtp: bare(gtp),
  pfcp: bare(pfcp),
  amt: bare(amt),
  ppp: bare(ppp),
  wwan: bare(wwan),
  rmnet: bare(rmnet),
  dsa: bare(dsa),
  ipoib: bare(ipoib),
  caif: bare(caif),
  ovpn: bare(ovpn),
  virt_wifi: bare(virtWifi),
} as const;
/** The kinds whose settings have a schema. A link may be of any other; its settings then stay raw. */
export type LinkKind = keyof typeof linkKinds;

/** IFLA_INFO_XSTATS by IFLA_INFO_KIND. No other kind has rtnl_link_ops.fill_xstats. */
export const linkXstats = { can: canDeviceStats } as const;

/** IFLA_INFO_SLAVE_DATA by IFLA_INFO_SLAVE_KIND, the kind of the master. */
export const slaveKinds = {
  bridge: bare(bridgePort),
  bond: bare(bondSlave),
  vrf: bare(vrfSlave),
  team: bare(team),
} as const;
export type SlaveKind = keyof typeof slaveKinds;

const declared = attrs(
  "linkinfo",
  { c: "IFLA_INFO_" },
  {
    kind: [1, string],
    xstats: [3, select("kind", linkXstats)],
    data: [2, select("kind", linkKinds)],
    slaveKind: [4, string],
    slaveData: [5, select("slaveKind", slaveKinds)],
  },
);
// Named types: declarations refer to them, where they would repeat a union of hundreds of members, megabytes of it.
export type LinkInfo = Flat<Value<typeof declared>>;
export type LinkInfoInput = Flat<Input<typeof declared>>;
export interface LinkInfoFields extends FieldsOf<typeof declared> {}
/**
 * IFLA_LINKINFO (rtnl_link_fill in net/core/rtnetlink.c). A link that is neither virtual nor enslaved has none. The kernel reads
 * `slaveData` by the master's kind, whatever `slaveKind` says; iproute2 leaves it out and puts `bridge_slave` into `kind`, so
 * that its `slaveData` stays raw here.
 */
export const linkinfo: Attrs<LinkInfo, LinkInfoInput, LinkInfoFields, {}> = declared;
