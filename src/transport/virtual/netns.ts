/** Namespaces that come and go. @module */
import { routeTables } from "../../codec/rtnetlink/route-table.ts";
import { copyDefaults } from "./devconf.ts";
import { newTable } from "./fib.ts";
import { AF_INET, AF_INET6 } from "./ip.ts";
import type { Kernel } from "./kernel.ts";
import { removeLinks } from "./link.ts";
import { loopback } from "./link-kinds.ts";
import { zeroStats } from "./link-stats.ts";
import { dropNsids } from "./nsid.ts";
import { defaultRules } from "./rule.ts";
import type { Link, Netns, State } from "./state.ts";

const TABLE = routeTables.values;

/** A namespace with nothing in it but a loopback device that is down. */
export function newNetns(state: State): Netns {
  const id = state.nextNetns++;
  const lo: Link = {
    netns: id,
    index: 1,
    name: "lo",
    altNames: [],
    kind: undefined,
    type: loopback.type,
    flags: loopback.flags,
    carrier: true,
    operstate: 0,
    linkmode: 0,
    address: "00:00:00:00:00:00",
    broadcast: "00:00:00:00:00:00",
    permanent: undefined,
    mtu: loopback.mtu,
    minMtu: 0,
    maxMtu: 0,
    txqlen: 1000,
    group: 0,
    promiscuity: 0,
    allmulti: 0,
    queues: [1, 1],
    gso: {
      maxSize: 65536,
      maxSegs: 65535,
      ipv4MaxSize: 65536,
      groMaxSize: 65536,
      groIpv4MaxSize: 65536,
      tsoMaxSize: loopback.tsoMaxSize,
      tsoMaxSegs: 65535,
    },
    master: 0,
    lower: 0,
    lowerNetns: id,
    peer: undefined,
    addressSet: false,
    mtuSet: false,
    joined: 0,
    data: undefined,
    slave: undefined,
    alias: undefined,
    protoDown: false,
    carrierUp: 0,
    carrierDown: 0,
    stats: zeroStats(),
    inet: true,
    addresses: [],
    inet6: {
      ready: false,
      addresses: [],
      addrGenMode: 0,
      token: 0n,
      mtu: loopback.mtu,
      disabled: false,
      changed: state.now,
    },
    qdisc: "noop",
    qdiscs: [],
    filters: [],
  };
  const net: Netns = {
    id,
    nextIndex: 2,
    links: new Map([[1, lo]]),
    tables4: new Map(),
    tables6: new Map([TABLE.local, TABLE.main].map((table) => [table, newTable(table)])),
    rules4: defaultRules(AF_INET),
    rules6: defaultRules(AF_INET6),
    customRules: false,
    neighbors: new Map(),
    nexthops: new Map(),
    nsids: new Map(),
    sysctls: new Map(),
    generation: 0,
  };
  copyDefaults(net, 1);
  state.netns.set(id, net);
  return net;
}

/** Ends a namespace: its links go, with their peers elsewhere, and nobody has an id of it any longer (cleanup_net). */
export function endNetns(kernel: Kernel, id: number): void {
  const net = kernel.netns(id);
  dropNsids(kernel, id);
  removeLinks(
    kernel,
    [...net.links.values()].filter((link) => link.kind !== undefined),
  );
  kernel.settle();
  kernel.state.netns.delete(id);
  for (const [pid, of] of [...kernel.state.processes]) if (of === id) kernel.state.processes.delete(pid);
}

export function emptyState(seed: number): State {
  return {
    netns: new Map(),
    names: new Map(),
    processes: new Map(),
    nextNetns: 1,
    now: 0,
    timers: [],
    seed,
    autoHandle: 0x80000000,
  };
}
