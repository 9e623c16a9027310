/** `ss -s`: how many sockets there are, as /proc counts them (print_summary of iproute2's misc/ss.c). @module */
import { readFileSync } from "node:fs";
import type { Context } from "../context.ts";
import { failure } from "../failure.ts";

const read = (name: string): string => {
  try {
    return readFileSync(`/proc/net/${name}`, "utf8");
  } catch {
    return "";
  }
};

export async function summary({ io, globals }: Context, netns: string | undefined): Promise<void> {
  if ((netns ?? globals.netns ?? io.netns) !== undefined)
    throw failure(
      "ss: /proc only counts the sockets of the process's own namespace: nlink ip netns exec NAME nlink ss -s",
    );
  const counts = new Map<string, number>();
  for (const line of `${read("sockstat")}\n${read("sockstat6")}`.split("\n")) {
    const [head, ...words] = line.split(" ");
    for (let i = 0; i + 1 < words.length; i += 2) counts.set(`${head!.slice(0, -1)} ${words[i]}`, Number(words[i + 1]));
  }
  const of = (name: string) => counts.get(name) ?? 0;
  const snmp = read("snmp")
    .split("\n")
    .filter((line) => line.startsWith("Tcp:"))
    .map((line) => line.split(" "));
  const established = snmp[1]?.[snmp[0]!.indexOf("CurrEstab")] ?? "0";
  const [tcp4, tcp6, waiting] = [of("TCP inuse"), of("TCP6 inuse"), of("TCP tw")];
  const [udp4, udp6, raw4, raw6] = [of("UDP inuse"), of("UDP6 inuse"), of("RAW inuse"), of("RAW6 inuse")];
  const [frag4, frag6] = [of("FRAG inuse"), of("FRAG6 inuse")];
  const row = (name: string, four: number, six: number) =>
    `${name}\t  ${[four + six, four, six].map((n) => String(n).padEnd(9)).join(" ")}\n`;
  const closed = of("TCP alloc") - (tcp4 + tcp6 - waiting);
  io.stdout(
    `Total: ${of("sockets used")}\nTCP:   ${of("TCP alloc") + waiting} (estab ${established}, closed ${closed}, orphaned ${of("TCP orphan")}, timewait ${waiting})\n\n` +
      `Transport Total     IP        IPv6\n${row("RAW", raw4, raw6)}${row("UDP", udp4, udp6)}${row("TCP", tcp4, tcp6)}` +
      `${row("INET", raw4 + udp4 + tcp4, raw6 + udp6 + tcp6)}${row("FRAG", frag4, frag6)}\n`,
  );
}
