/** IP protocols that tc's filters name (linux/in.h). @module */

const names = { icmp: 1, igmp: 2, ipip: 4, tcp: 6, udp: 17, ipv6: 41, gre: 47, esp: 50, ah: 51, icmpv6: 58, l2tp: 115, sctp: 132, udplite: 136 } as const; // biome-ignore format: a table
export type IpProtocol = keyof typeof names;
export const ipProtocols: { readonly [name in IpProtocol]: number } = names;

/** 6 of `"tcp"`; a number from 0 to 255 as it is. Undefined for what is none. */
export function ipProtocolNumber(given: unknown): number | undefined {
  if (typeof given === "number") return Number.isInteger(given) && given >= 0 && given <= 255 ? given : undefined;
  return typeof given === "string" && Object.hasOwn(names, given) ? names[given as IpProtocol] : undefined;
}
export function ipProtocolName(number: number): IpProtocol | number {
  for (const name in names) if (names[name as IpProtocol] === number) return name as IpProtocol;
  return number;
}
export const IP_PROTOCOL_FORMS = `a protocol such as ${Object.keys(names).join(", ")} or its number`;
