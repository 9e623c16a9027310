/** struct inet_diag_sockopt: options of a socket, as bit fields. @module */
import { u8 } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";

/** The two bytes as they are: where in them a bit field stands depends on the host's byte order. */
export const sockopt = struct(
  "inet_diag_sockopt",
  { size: 2, names: { low: undefined, high: undefined } },
  { low: u8, high: u8 },
);

const low = ["recverr", "isIcsk", "freebind", "hdrincl", "mcLoop", "transparent", "mcAll", "nodefrag"] as const;
const high = ["bindAddressNoPort", "recverrRfc4884", "deferConnect"] as const;
export type Sockopt = (typeof low | typeof high)[number];

/** The options that are set. `isIcsk` says that the socket is of a protocol with connections. */
export function sockoptNames(value: { low: number; high: number }, little: boolean): Sockopt[] {
  const set = (byte: number) => (_: Sockopt, i: number) => (byte & (little ? 1 << i : 0x80 >> i)) !== 0;
  return [...low.filter(set(value.low)), ...high.filter(set(value.high))];
}
