/** Ethertypes by name, as in iproute2's lib/ll_proto.c (linux/if_ether.h). @module */

const names = {
  all: 0x0003, loop: 0x0060, pup: 0x0200, pupat: 0x0201, ip: 0x0800, x25: 0x0805, arp: 0x0806, bpq: 0x08ff, ieeepup: 0x0a00, ieeepupat: 0x0a01, dec: 0x6000,
  dna_dl: 0x6001, dna_rc: 0x6002, dna_rt: 0x6003, lat: 0x6004, diag: 0x6005, cust: 0x6006, sca: 0x6007, rarp: 0x8035, atalk: 0x809b, aarp: 0x80f3,
  "802.1Q": 0x8100, ipx: 0x8137, ipv6: 0x86dd, ppp_disc: 0x8863, ppp_ses: 0x8864, atmmpoa: 0x884c, atmfate: 0x8884, aoe: 0x88a2, "802.1ad": 0x88a8, lldp: 0x88cc,
  tipc: 0x88ca, profinet: 0x8892, ethercat: 0x88a4, macsec: 0x88e5, ptp: 0x88f7, fcoe: 0x8906, cfm: 0x8902, prp: 0x88fb, mpls_uc: 0x8847, mpls_mc: 0x8848, teb: 0x6558,
  "802.3": 0x0001, ax25: 0x0002, "802.2": 0x0004, snap: 0x0005, wan_ppp: 0x0007, ppp_mp: 0x0008, localtalk: 0x0009, can: 0x000c, canfd: 0x000d, ppptalk: 0x0010,
  tr_802_2: 0x0011, control: 0x0016, irda: 0x0017, econet: 0x0018,
} as const; // biome-ignore format: a table
export type EthertypeName = keyof typeof names;

/** `"ip"`, `"802.1Q"` in any case, `"0x88b5"`; a number as it is. Undefined for what is none. */
export function parseEthertype(text: string | number): number | undefined {
  if (typeof text === "number") return Number.isInteger(text) && text >= 0 && text <= 0xffff ? text : undefined;
  const lower = text.toLowerCase();
  if (lower === "ipv4") return names.ip;
  for (const name in names) if (name.toLowerCase() === lower) return names[name as EthertypeName];
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  return number <= 0xffff ? number : undefined;
}
/** The name, or the number as tc shows it: `"[34997]"`. */
export function formatEthertype(ethertype: number): string {
  for (const name in names) if (names[name as EthertypeName] === ethertype) return name;
  return `[${ethertype}]`;
}
export const ETHERTYPE_FORMS = `a protocol such as "all", "ip", "ipv6", "arp", "802.1Q", "mpls_uc" or an ethertype as a number`;
