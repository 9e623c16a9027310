/** IFLA_INFO_DATA: what the kinds refuse of it, and how it changes what is set (their validate and changelink). @module */
import type { Link as LinkValue } from "../../codec/rtnetlink/link/link.ts";
import { refuse } from "./ack.ts";
import type { Link } from "./state.ts";

type Data = Record<string, unknown>;

export function validateData(kind: string, value: Pick<LinkValue, "mtu" | "link">, data: Data | undefined): void {
  switch (kind) {
    case "vlan": {
      if (data === undefined) refuse("EINVAL", "VLAN properties not specified");
      if (data.id === undefined) refuse("EINVAL", "VLAN id not specified"); // vlan_newlink
      if (data.protocol !== undefined && data.protocol !== 0x8100 && data.protocol !== 0x88a8)
        refuse("EPROTONOSUPPORT", "Invalid VLAN protocol");
      if ((data.id as number) >= 4095) refuse("EINVAL", "Invalid VLAN id");
      return;
    }
    case "veth":
      if (value.mtu !== undefined && (value.mtu < 68 || value.mtu > 65535)) refuse("EINVAL");
      return;
    case "vrf":
      if (data?.table === undefined) refuse("EINVAL", "VRF table id is missing");
      if (data.table === 0) refuse("EINVAL", "Invalid VRF table id", { at: ["linkinfo", "data", "table"] });
      return;
    case "bridge":
      if (
        data?.forwardDelay !== undefined &&
        data.stpState &&
        ((data.forwardDelay as number) < 200 || (data.forwardDelay as number) > 3000)
      )
        refuse("ERANGE");
  }
}

/** Values that are set bit by bit under a mask: which member is which. */
const MASKED: { readonly [name: string]: readonly [value: string, mask: string] } = {
  flags: ["flags", "mask"],
  multiBoolopt: ["optval", "optmask"],
};

/** Changes what is set by what is given. */
export function mergeData(kind: string, link: Link, data: Data): void {
  const own = { ...(link.data ?? {}) };
  for (const [name, value] of Object.entries(data)) {
    if (name === "unknown" || name === "fdbFlush") continue;
    const masked = MASKED[name];
    if (masked && typeof value === "object" && value !== null) {
      const [bits, mask] = masked;
      const given = value as Record<string, number>;
      const old = (own[name] as Record<string, number> | undefined) ?? { [bits]: 0, [mask]: 0xffffffff };
      own[name] = { ...old, [bits]: (((old[bits] ?? 0) & ~given[mask]!) | (given[bits]! & given[mask]!)) >>> 0 };
    } else own[name] = value;
  }
  if (kind === "bridge" && data.priority !== undefined) {
    const id = { ...(own.bridgeId as object), prio: data.priority };
    own.bridgeId = id;
    own.rootId = { ...id };
  }
  link.data = own;
}
