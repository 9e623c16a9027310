/** Names that ss has for ports, hosts and cgroups. @module */
import { lookupService } from "node:dns/promises";
import { readFileSync } from "node:fs";

/** Services by `"80/tcp"`, of /etc/services; the first of several names. */
let services: Map<string, string> | undefined;
function loaded(): Map<string, string> {
  if (services) return services;
  services = new Map();
  try {
    for (const line of readFileSync("/etc/services", "utf8").split("\n")) {
      const match = /^([^\s#]+)\s+(\d+\/\w+)/.exec(line);
      if (match && !services.has(match[2]!)) services.set(match[2]!, match[1]!);
    }
  } catch {
    // No names then.
  }
  return services;
}
let range: readonly [number, number] | undefined;
/** Ports that the kernel gives away: they are nobody's service. */
function isEphemeral(port: number): boolean {
  if (!range) {
    let [low, high] = [1024, 4999];
    try {
      [low = low, high = high] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8")
        .split(/\s+/)
        .map(Number);
    } catch {
      // What ss takes then.
    }
    range = [low, high];
  }
  return port >= range[0] && port <= range[1];
}
export const serviceName = (port: number, protocol: string): string | undefined =>
  isEphemeral(port) ? undefined : loaded().get(`${port}/${protocol}`);

/** IP protocols by number, of /etc/protocols. */
let protocols: Map<number, string> | undefined;
export function protocolName(number: number): string {
  if (!protocols) {
    protocols = new Map();
    try {
      for (const line of readFileSync("/etc/protocols", "utf8").split("\n")) {
        const match = /^([^\s#]+)\s+(\d+)/.exec(line);
        if (match && !protocols.has(Number(match[2]))) protocols.set(Number(match[2]), match[1]!);
      }
    } catch {
      // Numbers then.
    }
  }
  return protocols.get(number) ?? `ipproto-${number}`;
}

/** Names of hosts by address, as far as the resolver knows them. */
export async function hostNames(addresses: Iterable<string>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await Promise.all(
    [...new Set(addresses)].map(async (address) => {
      try {
        const { hostname } = await lookupService(address, 0);
        if (hostname !== address) found.set(address, hostname);
      } catch {
        // It has none.
      }
    }),
  );
  return found;
}
