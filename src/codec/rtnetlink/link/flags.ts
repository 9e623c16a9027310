/** What a link's flags and states are called. @module */
import { names } from "../../schema/scalar.ts";

/**
 * Bits of `ifi_flags` and `ifi_change` (linux/if.h). `up` is what the administrator wants, `lower_up` says that there
 * is a carrier, `running` that both and the protocols above agree.
 */
export const linkFlags = names("IFF_", {
  up: 0x1,
  broadcast: 0x2,
  debug: 0x4,
  loopback: 0x8,
  pointopoint: 0x10,
  notrailers: 0x20,
  running: 0x40,
  noarp: 0x80,
  promisc: 0x100,
  allmulti: 0x200,
  master: 0x400,
  slave: 0x800,
  multicast: 0x1000,
  portsel: 0x2000,
  automedia: 0x4000,
  dynamic: 0x8000,
  lower_up: 0x10000,
  dormant: 0x20000,
  echo: 0x40000,
});

/** Operational states of RFC 2863 (linux/if.h). Devices without a notion of a carrier, lo and tun, stay `unknown`. */
export const operStates = names("IF_OPER_", {
  unknown: 0,
  notpresent: 1,
  down: 2,
  lowerlayerdown: 3,
  testing: 4,
  dormant: 5,
  up: 6,
});

/**
 * How a link that gains its carrier goes up: by itself, or to a state that a daemon has to lift it from (linux/if.h).
 */
export const linkModes = names("IF_LINK_MODE_", { default: 0, dormant: 1, testing: 2 });

/** Why the kernel sent a message, in IFLA_EVENT (linux/if_link.h). */
export const linkEvents = names("IFLA_EVENT_", {
  none: 0,
  reboot: 1,
  features: 2,
  bonding_failover: 3,
  notify_peers: 4,
  igmp_resend: 5,
  bonding_options: 6,
});

/**
 * What a request for links wants or can do without, in IFLA_EXT_MASK (linux/rtnetlink.h). Without `vf` no virtual
 * function is reported. `skip_stats` leaves out only the counters of virtual functions and of IFLA_AF_SPEC:
 * IFLA_STATS64 stays.
 */
export const linkFilters = names("RTEXT_FILTER_", {
  vf: 0x1,
  brvlan: 0x2,
  brvlan_compressed: 0x4,
  skip_stats: 0x8,
  mrp: 0x10,
  cfm_config: 0x20,
  cfm_status: 0x40,
  mst: 0x80,
});
