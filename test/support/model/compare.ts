/** What two kernels are compared by: messages without what is different from run to run. @module */
import { decodeMessages } from "../../../src/codec/decode-message.ts";

/** Members that differ by time, by processors, by traffic of the kernel's own, by its version or by what it was built with. */
const VOLATILE = new Set([
  "stats",
  "stats64",
  "map",
  "xdp",
  "devlinkPort",
  "dpllPin",
  "netnsImmutable",
  "headroom",
  "tailroom",
  "maxPacingOffloadHorizon",
  "numTxQueues",
  "numRxQueues",
  "cstamp",
  "tstamp",
  "helloTimer",
  "tcnTimer",
  "topologyChangeTimer",
  "gcTimer",
  "messageAgeTimer",
  "forwardDelayTimer",
  "holdTimer",
  "topologyChange",
  "topologyChangeDetected",
  "topologyChangeAck",
  "mcastNGroups",
  "multiBoolopt",
  "fdbNLearned",
  "forceForwarding",
  "vlanFiltering",
  "vlanProtocol",
  "vlanDefaultPvid",
  "vlanStatsEnabled",
  "vlanStatsPerPort",
  "vlanTunnel",
  "mrpRingOpen",
  "mrpInOpen",
  "unknown",
  "probes",
  "refcnt",
  "opFlags",
  "hwStatsEnable",
  "hwStatsUsed",
  "basic",
  "queue",
  "xstats",
  "app",
  "pcnt",
  "hits",
  "directPkts",
  "directPackets",
]);
/** Structs of which only some members say something that lasts. */
const REDUCED: { readonly [name: string]: readonly string[] } = {
  inet: [],
  inet6: ["addrGenMode"],
  cacheinfo: ["valid", "preferred", "error"],
};

const FOREVER = 0xffffffff;
/** Lifetimes run: two looks at them differ by a second. */
const roughly = (name: string, value: unknown): unknown =>
  (name === "valid" || name === "preferred") && typeof value === "number" && value !== FOREVER
    ? Math.ceil(value / 100) * 100
    : value;

/** A handle that the kernel gave a qdisc: it counts them over all namespaces. */
const isAutomatic = (handle: unknown): boolean =>
  typeof handle === "number"
    ? handle >= 0x80000000 && handle < 0xffff0000 && (handle & 0xffff) === 0
    : typeof handle === "string" && /^8[0-9a-f]{3}:$/.test(handle);

export function stable(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return value.map(stable);
  if (typeof value !== "object" || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (VOLATILE.has(name) || member === undefined) continue;
    if (name === "info" && "hwOffload" in value) continue; // a qdisc's references: one for each queue
    const kept = REDUCED[name];
    if ((name === "handle" || name === "parent") && isAutomatic(member)) {
      out[name] = "automatic";
      continue;
    }
    out[name] =
      kept && typeof member === "object" && member !== null
        ? Object.fromEntries(
            kept.flatMap((key) => (key in member ? [[key, roughly(key, stable((member as never)[key]))]] : [])),
          )
        : stable(member);
  }
  return out;
}

const AF_BRIDGE = 7;
const MULTICAST = /^(ff|22[4-9]|23[0-9])/;
/** What packets of the kernel's own bring about: entries of bridges, of multicast addresses, and those that are learned. */
function fromTraffic(name: string, value: Record<string, unknown>): boolean {
  if (!name.endsWith("neigh")) return false;
  if (value.family === AF_BRIDGE || MULTICAST.test(String(value.dst))) return true;
  return !KEPT_NEIGHBORS.has(String(value.dst));
}
const KEPT_NEIGHBORS = new Set(["192.0.2.50", "192.0.2.51", "2001:db8::50", "0.0.0.0"]);

/** The messages of a datagram as lines to compare. */
export function lines(datagram: Uint8Array, prefix = ""): string[] {
  return decodeMessages(0, datagram.slice()).flatMap((message) => {
    if (!("value" in message)) return [`${prefix}${message.name}`];
    const value = message.value as Record<string, unknown>;
    if (fromTraffic(message.name, value)) return [];
    return [`${prefix}${message.name} ${JSON.stringify(stable(value))}`];
  });
}
