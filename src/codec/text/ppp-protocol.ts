/** PPP protocols by name, as in iproute2's lib/ppp_proto.c (linux/ppp_defs.h). @module */

const names = {
  ip: 0x21, at: 0x29, ipx: 0x2b, vjc_comp: 0x2d, vjc_uncomp: 0x2f, mp: 0x3d, ipv6: 0x57, compfrag: 0xfb, comp: 0xfd, mpls_uc: 0x0281, mpls_mc: 0x0283,
  ipcp: 0x8021, atcp: 0x8029, ipxcp: 0x802b, ipv6cp: 0x8057, ccpfrag: 0x80fb, ccp: 0x80fd, mplscp: 0x80fd, lcp: 0xc021, pap: 0xc023, lqr: 0xc025,
  chap: 0xc223, cbcp: 0xc029,
} as const; // biome-ignore format: a table
export type PppProtocol = keyof typeof names;
export const pppProtocols: { readonly [name in PppProtocol]: number } = names;

/** 0x21 of `"ip"`; a number, or one as text, as it is. Undefined for what is none. */
export function parsePppProtocol(given: unknown): number | undefined {
  const lower = typeof given === "string" ? given.toLowerCase() : "";
  if (Object.hasOwn(names, lower)) return names[lower as PppProtocol];
  const number = typeof given === "number" ? given : /^(0x[0-9a-f]+|\d+)$/.test(lower) ? Number(lower) : Number.NaN;
  return Number.isInteger(number) && number >= 0 && number <= 0xffff ? number : undefined;
}
export function pppProtocolName(number: number): PppProtocol | number {
  for (const name in names) if (names[name as PppProtocol] === number) return name as PppProtocol;
  return number;
}
export const PPP_PROTOCOL_FORMS = `a PPP protocol such as "ip", "ipv6", "lcp" or its number`;
