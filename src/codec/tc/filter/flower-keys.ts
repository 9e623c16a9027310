/** flower's keys: where each stands in the message, what it needs, and its word. @module */
import { ipProtocols } from "../../text/ip-protocol.ts";
import type { Form } from "./flower-forms.ts";
import {
  arpOperation,
  bit,
  bits,
  ethertype,
  icmpNumber,
  innerEthertype,
  ipAddress,
  ipProtocol,
  label,
  macAddress,
  maskedNumber,
  number,
  pppProtocol,
  tcpFlags,
  tosTtl,
} from "./flower-forms.ts";
import { ctFlagNames, keyFlagNames } from "./flower-schema.ts";

/** What the packets of a filter are known to be, by its protocol and its keys. */
export interface Facts {
  /** Ethertypes from the outside: the filter's protocol, and those behind tags. */
  readonly outer: number;
  readonly middle: number | undefined;
  readonly inner: number;
  readonly ipProtocol: number | undefined;
  readonly vlans: number;
}
export const ETH = { all: 3, ip: 0x0800, arp: 0x0806, rarp: 0x8035, ipv6: 0x86dd, vlan: 0x8100, qinq: 0x88a8, mplsUc: 0x8847, mplsMc: 0x8848, pppSes: 0x8864, cfm: 0x8902 } as const; // biome-ignore format: a table

type Needs = (facts: Facts) => string | undefined;
const needs =
  (met: (facts: Facts) => boolean, what: string): Needs =>
  (facts) =>
    met(facts) ? undefined : what;
const isTag = (type: number | undefined) => type === ETH.vlan || type === ETH.qinq;
const vlan = needs(({ outer, vlans }) => isTag(outer) || vlans > 0, "protocol 802.1Q or 802.1ad, or numOfVlans");
const cvlan = needs(
  ({ middle, vlans }) => isTag(middle) || vlans > 1,
  "vlanEthType 802.1Q or 802.1ad, or numOfVlans above 1",
);
const isIp = ({ inner }: Facts) => inner === ETH.ip || inner === ETH.ipv6;
const ip = needs(isIp, "protocol ip or ipv6");
const arp = needs(({ inner }) => inner === ETH.arp || inner === ETH.rarp, "protocol arp or rarp");
const ppp = needs(({ outer, middle }) => outer === ETH.pppSes || middle === ETH.pppSes, "protocol ppp_ses");
const proto = (...names: (keyof typeof ipProtocols)[]): Needs =>
  needs(
    (facts) => isIp(facts) && names.some((name) => ipProtocols[name] === facts.ipProtocol),
    `ipProto ${names.join(" or ")}`,
  );

/** The names of an attribute and its mask's in the schema; and whether it is the one for this packet and value. */
export interface Place {
  readonly key: string;
  readonly mask?: string;
  /** tc sends no mask that is full, which means the same. */
  readonly sparing?: true;
  readonly when?: (facts: Facts, value: unknown) => boolean;
}
export interface Key {
  readonly option: string;
  readonly word: string;
  readonly form: Form;
  readonly places: readonly Place[];
  readonly needs?: Needs;
}
const key = (option: string, form: Form, name: string, wants?: Needs, word = snake(option)): Key => ({
  option,
  word,
  form,
  places: [{ key: name }],
  ...(wants && { needs: wants }),
});
const maskedKey = (option: string, form: Form, name: string, wants?: Needs, word = snake(option)): Key => ({
  ...key(option, form, name, wants, word),
  places: [{ key: name, mask: `${name}Mask` }],
});
const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

const withMask = (name: string, when: Place["when"] & {}): Place => ({ key: name, mask: `${name}Mask`, when });
const sparing = (place: Place): Place => ({ ...place, sparing: true });
const addresses = (option: string, end: "Src" | "Dst"): Key => ({
  option,
  word: snake(option),
  form: ipAddress,
  needs: ip,
  places: [
    withMask(`keyIpv4${end}`, ({ inner }, value) => inner === ETH.ip && !String(value).includes(":")),
    withMask(`keyIpv6${end}`, ({ inner }, value) => inner === ETH.ipv6 && String(value).includes(":")),
  ],
});
const tunnelAddresses = (option: string, end: "Src" | "Dst"): Key => ({
  option,
  word: snake(option),
  form: ipAddress,
  places: [
    withMask(`keyEncIpv4${end}`, (_, value) => !String(value).includes(":")),
    withMask(`keyEncIpv6${end}`, (_, value) => String(value).includes(":")),
  ],
});
const ports = (option: string, end: "Src" | "Dst"): Key => ({
  option,
  word: snake(option),
  form: maskedNumber(0xffff),
  needs: proto("tcp", "udp", "sctp"),
  places: (["tcp", "udp", "sctp"] as const).map((name) =>
    sparing(
      withMask(`key${name[0]!.toUpperCase()}${name.slice(1)}${end}`, (facts) => facts.ipProtocol === ipProtocols[name]),
    ),
  ),
});
const tunnelPort = (option: string, name: string): Key => ({
  option,
  word: snake(option),
  form: maskedNumber(0xffff),
  places: [{ key: name, mask: `${name}Mask`, sparing: true }],
});
const icmp = (option: string, what: "Type" | "Code"): Key => ({
  option,
  // tc reads `type` and `code`, and shows what is below.
  word: snake(option),
  form: icmpNumber,
  needs: (facts) =>
    (facts.inner === ETH.ip && facts.ipProtocol === ipProtocols.icmp) ||
    (facts.inner === ETH.ipv6 && facts.ipProtocol === ipProtocols.icmpv6)
      ? undefined
      : "protocol ip and ipProto icmp, or protocol ipv6 and ipProto icmpv6",
  places: [
    withMask(`keyIcmpv4${what}`, ({ inner }) => inner === ETH.ip),
    withMask(`keyIcmpv6${what}`, ({ inner }) => inner === ETH.ipv6),
  ],
});

const { is_fragment, frag_is_first, tunnel_csum, tunnel_dont_fragment, tunnel_oam, tunnel_crit_opt } =
  keyFlagNames.values;
const ct = ctFlagNames.values;
const CT_STATES = {
  trk: ct.tracked,
  new: ct.new,
  est: ct.established,
  rel: ct.related,
  inv: ct.invalid,
  rpl: ct.reply,
};

/** In the order in which tc shows them; `mpls`, ranges of ports, options of tunnels and `cfm` stand between, in flower.ts. */
export const KEYS = {
  link: [
    key("numOfVlans", number(0xff), "keyNumOfVlans"),
    key("vlanId", number(0xfff), "keyVlanId", vlan),
    key("vlanPriority", number(7), "keyVlanPrio", vlan, "vlan_prio"),
    key("vlanEthType", ethertype, "keyVlanEthType", vlan, "vlan_ethtype"),
    key("cvlanId", number(0xfff), "keyCvlanId", cvlan),
    key("cvlanPriority", number(7), "keyCvlanPrio", cvlan, "cvlan_prio"),
    key("cvlanEthType", ethertype, "keyCvlanEthType", cvlan, "cvlan_ethtype"),
    maskedKey("dstMac", macAddress, "keyEthDst"),
    maskedKey("srcMac", macAddress, "keyEthSrc"),
    key("ethType", innerEthertype, "keyEthType"),
    key("ipProto", ipProtocol, "keyIpProto", ip),
    maskedKey("ipTos", tosTtl, "keyIpTos", ip),
    maskedKey("ipTtl", tosTtl, "keyIpTtl", ip),
  ],
  addresses: [addresses("dstIp", "Dst"), addresses("srcIp", "Src")],
  ports: [ports("dstPort", "Dst"), ports("srcPort", "Src")],
  transport: [
    maskedKey("tcpFlags", tcpFlags, "keyTcpFlags", proto("tcp")),
    icmp("icmpType", "Type"),
    icmp("icmpCode", "Code"),
    maskedKey("arpSip", ipAddress, "keyArpSip", arp),
    maskedKey("arpTip", ipAddress, "keyArpTip", arp),
    maskedKey("arpOp", arpOperation, "keyArpOp", arp),
    maskedKey("arpSha", macAddress, "keyArpSha", arp),
    maskedKey("arpTha", macAddress, "keyArpTha", arp),
    key("l2tpv3Sid", number(0xffffffff), "keyL2tpv3Sid", proto("l2tp"), "l2tpv3_sid"),
    maskedKey("spi", maskedNumber(0xffffffff), "keySpi", proto("esp", "ah")),
    key("pppoeSid", number(0xffff), "keyPppoeSid", ppp),
    key("pppProto", pppProtocol, "keyPppProto", ppp),
  ],
  tunnel: [
    tunnelAddresses("encDstIp", "Dst"),
    tunnelAddresses("encSrcIp", "Src"),
    key("encKeyId", number(0xffffffff), "keyEncKeyId"),
    tunnelPort("encDstPort", "keyEncUdpDstPort"),
    tunnelPort("encSrcPort", "keyEncUdpSrcPort"),
    maskedKey("encTos", tosTtl, "keyEncIpTos"),
    maskedKey("encTtl", tosTtl, "keyEncIpTtl"),
  ],
  meta: [
    maskedKey("ipFlags", bits({ frag: is_fragment, firstfrag: frag_is_first }, true), "keyFlags"),
    maskedKey(
      "encFlags",
      bits({ csum: tunnel_csum, df: tunnel_dont_fragment, oam: tunnel_oam, crit: tunnel_crit_opt }, true),
      "keyEncFlags",
    ),
    maskedKey("ctState", bits(CT_STATES, false), "keyCtState"),
    maskedKey("ctZone", maskedNumber(0xffff), "keyCtZone"),
    maskedKey("ctMark", maskedNumber(0xffffffff), "keyCtMark"),
    { ...maskedKey("ctLabel", label, "keyCtLabels"), word: "ct_label" },
    key("l2Miss", bit, "l2Miss"),
    maskedKey("hash", maskedNumber(0xffffffff), "keyHash"),
  ],
} as const;
export const ALL_KEYS: readonly Key[] = Object.values(KEYS).flat();
/** As words: the types of what is inside come before what they allow, as tc wants it. */
export const SPELT_KEYS: readonly Key[] = /* @__PURE__ */ (() => {
  const rank = ({ option }: Key) => (/vlan/i.test(option) ? 0 : option.startsWith("ppp") ? 1 : 2);
  return [...ALL_KEYS].sort((a, b) => rank(a) - rank(b));
})();
