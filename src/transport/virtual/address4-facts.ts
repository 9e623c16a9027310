/** What is asked of addresses. @module */
import { addressFlags } from "../../codec/rtnetlink/address.ts";
import { AF_INET, samePrefix } from "./ip.ts";
import type { Address4 } from "./state.ts";

export const IFA_F = addressFlags.values;
export const isSecondary = (address: Address4): boolean => (address.flags & IFA_F.secondary) !== 0;
/** Whether two are of the same subnet: mask and network (inet_ifa_match). */
export const sameSubnet = (a: Address4, b: Address4): boolean =>
  a.length === b.length && samePrefix(a.address, b.address, a.length, AF_INET);
