/** What a line about IPsec's messages says, in the words of `ip xfrm`. @module */
import type { Obj } from "../schema/program.ts";
import { type Names, nameOf } from "../schema/scalar.ts";
import { ipProtocolName } from "../text/ip-protocol.ts";
import { xfrmActions, xfrmDirections, xfrmModes, xfrmProtocols } from "../xfrm/types.ts";

const named = (names: Names, x: unknown): string => nameOf(names, x as number) ?? String(x);
const spi = (x: unknown): string[] => (x === 0 || x === undefined ? [] : [`spi 0x${(x as number).toString(16)}`]);
const isAny = (address: unknown): boolean => address === undefined || address === "0.0.0.0" || address === "::";
const end = (word: string, address: unknown): string[] => (isAny(address) ? [] : [`${word} ${address}`]);

/** A state, its id, or a template of one. */
const state = (x: Obj): string[] => [
  ...end("src", x.saddr),
  ...end("dst", x.daddr),
  ...(x.proto === 0 || x.proto === undefined ? [] : [`proto ${named(xfrmProtocols, x.proto)}`]),
  ...spi(x.spi),
  ...(x.mode === undefined ? [] : [`mode ${named(xfrmModes, x.mode)}`]),
  ...(x.reqid === undefined || x.reqid === 0 ? [] : [`reqid ${x.reqid}`]),
];
const net = (address: unknown, length: unknown): string =>
  address instanceof Uint8Array ? "any" : `${address}/${length}`;
const selector = (s: Obj): string[] => [
  `src ${net(s.saddr, s.prefixlenS)}`,
  `dst ${net(s.daddr, s.prefixlenD)}`,
  ...(s.proto === 0 ? [] : [`proto ${ipProtocolName(s.proto as number)}`]),
  ...(s.sportMask === 0 ? [] : [`sport ${s.sport}`]),
  ...(s.dportMask === 0 ? [] : [`dport ${s.dport}`]),
];
const policy = (x: Obj): string[] => [
  ...(x.sel === undefined ? [] : selector(x.sel as Obj)),
  ...(x.dir === undefined ? [] : [`dir ${named(xfrmDirections, x.dir)}`]),
  ...(x.index === 0 || x.index === undefined ? [] : [`index ${x.index}`]),
  ...(x.action === undefined || x.action === 0 ? [] : [`action ${named(xfrmActions, x.action)}`]),
  ...(x.priority === undefined || x.priority === 0 ? [] : [`priority ${x.priority}`]),
  ...((x.tmpl ?? []) as Obj[]).flatMap((template) => ["tmpl", ...state(template)]),
];

/** Undefined for what has no words of its own. */
export function xfrmWords(name: string, x: Obj): string[] | undefined {
  switch (name) {
    case "newsa":
    case "updsa":
    case "getsa":
    case "flushsa":
    case "newae":
    case "getae":
    case "mapping":
      return state(x);
    case "delsa":
      return state({ ...x, ...(x.sa as Obj | undefined) });
    case "allocspi":
      return [
        ...state(x.info as Obj),
        `min 0x${(x.min as number).toString(16)}`,
        `max 0x${(x.max as number).toString(16)}`,
      ];
    case "expire":
      return [x.hard ? "hard" : "soft", ...state(x.state as Obj)];
    case "acquire":
      return [...state(x), "for", ...selector(x.sel as Obj)];
    case "newpolicy":
    case "updpolicy":
    case "getpolicy":
      return policy(x);
    case "delpolicy":
      return policy({ ...x, ...(x.policy as Obj | undefined) });
    case "polexpire":
      return [x.hard ? "hard" : "soft", ...policy(x.pol as Obj)];
    default:
      return undefined;
  }
}
