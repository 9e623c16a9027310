/** Filters run here: on sockets of families that the kernel cannot filter, and again on those that it has. @module */
import { AF } from "../types.ts";
import type { AddressPrefix, Expression, Host, Side } from "./expression.ts";

/** One end of a socket. */
export interface End {
  /** Bytes of an IPv4 or IPv6 address. */
  readonly address?: Uint8Array | undefined;
  /** A port; of packet sockets the index of the device, of netlink's the port id, 32 bits of vsock's. */
  readonly port?: number | undefined;
  /** Path, or `@` and abstract name, of a unix socket. */
  readonly name?: string | undefined;
  /** Ethernet protocol of a packet socket, protocol of a netlink one. */
  readonly protocol?: number | undefined;
  readonly cid?: number | undefined;
}
/** What a filter looks at. */
export interface Subject {
  /** AF_* */
  readonly family: number;
  readonly state: number;
  readonly src: End;
  readonly dst: End;
  /** Index of the device it is bound to, 0 if none. */
  readonly device: number;
  readonly mark: number | undefined;
  readonly cgroup: bigint | undefined;
}
/** Whether a filter holds for a socket; undefined where it asks what is not known of it. */
export type Matcher = (socket: Subject) => boolean | undefined;

/**
 * Makes a matcher. Names of devices and cgroups are to be replaced by numbers first.
 * Of sockets of IPv4 and IPv6 only the kernel knows whether they are `autobound`.
 */
export function matcher(e: Expression): Matcher {
  switch (e.kind) {
    case "and":
    case "or":
      return several(e.items.map(matcher), e.kind === "or");
    case "not": {
      const inner = matcher(e.item);
      return (s) => {
        const holds = inner(s);
        return holds === undefined ? undefined : !holds;
      };
    }
    case "constant":
      return () => e.value;
    case "host":
      return hostMatcher(e.side, e.host);
    case "port": {
      const { side, op, port } = e;
      return (s) => {
        const own = s[side].port;
        return own !== undefined && (op === "ge" ? own >= port : own <= port);
      };
    }
    case "device":
      return (s) => s.device === e.device;
    case "mark":
      return (s) => (s.mark === undefined ? undefined : (s.mark & e.mask) >>> 0 === e.mark);
    case "cgroup":
      return (s) => (s.cgroup === undefined ? undefined : s.cgroup === e.cgroup);
    case "state":
      return (s) => (e.states & (1 << s.state)) !== 0;
    case "autobound":
      return autobound;
  }
}

/** `or` (decisive: true) and `and` (false) of three values. */
const several =
  (items: readonly Matcher[], decisive: boolean): Matcher =>
  (s) => {
    let sure = true;
    for (const item of items) {
      const holds = item(s);
      if (holds === decisive) return decisive;
      if (holds === undefined) sure = false;
    }
    return sure ? !decisive : undefined;
  };

/** As run_ssfilter of ss. */
function autobound(s: Subject): boolean | undefined {
  switch (s.family) {
    case AF.unix:
      return s.src.name === undefined || /^@[\da-f]{5}$/.test(s.src.name);
    case AF.packet:
      return s.src.port === 0 && s.src.protocol === 0;
    case AF.netlink:
      // The kernel gives negative port ids to those that have asked for none and whose process id is taken.
      return (s.src.port ?? 0) > 0x7fffffff;
    case AF.vsock:
      return (s.src.port ?? 0) > 1023;
    case AF.inet:
    case AF.inet6:
      return undefined;
    default:
      return false;
  }
}

function hostMatcher(side: Side, host: Host): Matcher {
  switch (host.family) {
    case "unix": {
      const glob = globOf(host.pattern);
      return (s) => s.family === AF.unix && glob.test(s[side].name ?? "");
    }
    case "packet":
    case "netlink": {
      const family = AF[host.family];
      return (s) =>
        s.family === family &&
        (host.protocol === undefined || s[side].protocol === host.protocol) &&
        (host.port === undefined || s[side].port === host.port);
    }
    case "vsock":
      return (s) =>
        s.family === AF.vsock &&
        (host.cid === undefined || s[side].cid === host.cid) &&
        (host.port === undefined || s[side].port === host.port);
    default:
      return inetMatcher(side, host.family, host.prefix, host.port);
  }
}

function inetMatcher(
  side: Side,
  family: "inet" | "inet6" | undefined,
  prefix: AddressPrefix | undefined,
  port: number | undefined,
): Matcher {
  const four = prefix ? prefix.bytes.length === 4 : family === "inet";
  const anyFamily = prefix === undefined && family === undefined;
  return (s) => {
    if (s.family !== AF.inet && s.family !== AF.inet6) return anyFamily && port !== undefined && s[side].port === port;
    const end = s[side];
    if (port !== undefined && end.port !== port) return false;
    if (anyFamily) return true;
    const { address } = end;
    if (address === undefined) return undefined;
    if (four === (s.family === AF.inet)) return prefix === undefined || within(address, 0, prefix);
    // inet_diag_bc_run: a condition on IPv4 holds for IPv4 within IPv6, too.
    return four && isMapped(address) && (prefix === undefined || within(address, 12, prefix));
  };
}
function isMapped(address: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false;
  return address[10] === 0xff && address[11] === 0xff;
}
function within(address: Uint8Array, at: number, { bytes, length }: AddressPrefix): boolean {
  for (let bit = 0; bit < length; bit += 8) {
    const mask = (0xff00 >> Math.min(8, length - bit)) & 0xff;
    if (((address[at + (bit >> 3)]! ^ bytes[bit >> 3]!) & mask) !== 0) return false;
  }
  return true;
}

/** fnmatch with FNM_CASEFOLD: `*`, `?`, `[a-z]`, `[!a]`, `\`. */
function globOf(pattern: string): RegExp {
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    const set = c === "[" ? /^\[[!^]?\]?[^\]]*\]/.exec(pattern.slice(i))?.[0] : undefined;
    if (c === "*") source += "[^]*";
    else if (c === "?") source += "[^]";
    else if (set) {
      const negated = set[1] === "!" || set[1] === "^";
      const inside = set.slice(negated ? 2 : 1, -1).replace(/[\\\]^[]/g, "\\$&");
      source += `[${negated ? "^" : ""}${inside}]`;
      i += set.length - 1;
    } else
      source += (c === "\\" && i + 1 < pattern.length ? pattern[++i]! : c).replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  }
  try {
    return new RegExp(`^${source}$`, "i");
  } catch {
    // A range the wrong way round, such as [z-a]: fnmatch finds nothing in it.
    return /(?!)/;
  }
}
