/** The header before every netlink datagram of a capture (LINKTYPE_NETLINK): that of cooked captures, in big endian. @module */

/** Which way a datagram went. `"to-kernel"` and `"to-user"` are how nlmon tells it (PACKET_KERNEL, PACKET_USER). */
export type Direction = "to-kernel" | "to-user" | "outgoing" | "incoming" | number;
const directions: { readonly [type: number]: Direction } = {
  7: "to-kernel",
  6: "to-user",
  4: "outgoing",
  0: "incoming",
};
const ARPHRD_NETLINK = 824;
export const COOKED_LENGTH = 16;

export interface Cooked {
  readonly direction: Direction;
  /** Netlink protocol: 0 rtnetlink, 4 sock_diag, 16 generic… */
  readonly protocol: number;
}
/** Undefined for bytes that are too short, or of another link layer. */
export function readCooked(data: Uint8Array): Cooked | undefined {
  if (data.length < COOKED_LENGTH) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, COOKED_LENGTH);
  if (view.getUint16(2) !== ARPHRD_NETLINK) return undefined;
  const type = view.getUint16(0);
  return { direction: directions[type] ?? type, protocol: view.getUint16(14) };
}
export function writeCooked({ direction, protocol }: Cooked): Uint8Array {
  const bytes = new Uint8Array(COOKED_LENGTH);
  const view = new DataView(bytes.buffer);
  const type = Object.keys(directions).find((key) => directions[Number(key)] === direction);
  view.setUint16(0, typeof direction === "number" ? direction : Number(type));
  view.setUint16(2, ARPHRD_NETLINK);
  view.setUint16(14, protocol);
  return bytes;
}
