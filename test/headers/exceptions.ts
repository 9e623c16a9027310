/** Where the schemas and the headers of Linux 6.12 differ on purpose, constant by constant. @module */

/** Constants that no schema declares, each with the reason. The first constant of an enum stands for all of it. */
export const undeclared: { readonly [c: string]: string } = {
  MDBA_GET_ENTRY_UNSPEC: "the same two numbers as MDBA_SET_ENTRY, which mdbRequest declares",
  FR_ACT_RES3: "reserved: fib_nl2rule takes no such action",
  FR_ACT_RES4: "reserved: fib_nl2rule takes no such action",
  IPPROTO_IP: "any IP protocol: a tunnel carries one of a few",
  NETKIT_NEXT: "an answer of a program; netkit_check_policy takes pass and drop only",
  NETKIT_REDIRECT: "an answer of a program; netkit_check_policy takes pass and drop only",
  BPF_TCP_MAX_STATES: "the end of the states",
  XFRM_POLICY_MASK: "the bits of a policy's index that are its direction",
  XFRM_POLICY_TYPE_MAX: "the end of the types of policies",

  // Generic netlink families whose constants begin with the word of an encapsulation's.
  ILA_CMD_UNSPEC: "generic netlink: commands of ila",
  IOAM6_ATTR_UNSPEC: "generic netlink: IOAM6",
  IOAM6_CMD_UNSPEC: "generic netlink: commands of IOAM6",
  IOAM6_EVENT_ATTR_UNSPEC: "generic netlink: events of IOAM6",
  MPTCP_ATTR_UNSPEC: "generic netlink: events of MPTCP",
  MPTCP_PM_ADDR_ATTR_UNSPEC: "generic netlink: MPTCP's path manager",
  MPTCP_PM_ENDPOINT_ADDR: "generic netlink: MPTCP's path manager",
  SEG6_ATTR_UNSPEC: "generic netlink: SEG6",
  SEG6_CMD_UNSPEC: "generic netlink: commands of SEG6",
};

/** Constants and structs that came after Linux 6.12, with the release that brought them: its headers check them. */
export const later: { readonly [c: string]: string } = {
  DEVCONF_FORCE_FORWARDING: "6.17",
  IFLA_GENEVE_PORT_RANGE: "6.15",
  IFLA_HEADROOM: "6.18",
  IFLA_MAX_PACING_OFFLOAD_HORIZON: "6.13",
  IFLA_MCTP_PHYS_BINDING: "6.13",
  IFLA_NETNS_IMMUTABLE: "6.15",
  IFLA_OVPN_MODE: "6.16",
  IFLA_TAILROOM: "6.18",
  IFLA_VXLAN_RESERVED_BITS: "6.14",
  NETCONFA_FORCE_FORWARDING: "6.17",
  OVPN_MODE_MP: "6.16",
  OVPN_MODE_P2P: "6.16",
  TCA_FQ_OFFLOAD_HORIZON: "6.13",
  "struct ifla_geneve_port_range": "6.15",
};
