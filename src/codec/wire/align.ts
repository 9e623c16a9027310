/** Netlink's alignment and the attribute type's flag bits (linux/netlink.h). @module */

/** NLMSG_ALIGN and NLA_ALIGN: messages and attributes start at multiples of four bytes. */
export const align4 = (n: number): number => (n + 3) & ~3;

export const NLA_HDRLEN = 4;
/** The payload is a set of attributes. Older kernel code leaves it out: never decide by it. */
export const NLA_F_NESTED = 0x8000;
/** The payload is in network byte order. */
export const NLA_F_NET_BYTEORDER = 0x4000;
/** What is left of `nla_type` without the two flags. */
export const NLA_TYPE_MASK = 0x3fff;
/** nla_len is 16 bits wide and counts its own header. */
export const NLA_PAYLOAD_MAX = 0xffff - NLA_HDRLEN;
