/** What BPF programs keep with a socket: values of BPF_MAP_TYPE_SK_STORAGE maps. @module */
import { attrs, bytes, multi } from "../schema/attrs.ts";
import { u32 } from "../schema/scalar.ts";

export const bpfStorage = attrs(
  "bpfStorage",
  { c: "SK_DIAG_BPF_STORAGE_" },
  {
    mapId: [2, u32],
    /** As the map's value type lays it out. */
    mapValue: [3, bytes],
  },
);
/** INET_DIAG_SK_BPF_STORAGES of an answer. */
export const bpfStorages = attrs("bpfStorages", { c: "SK_DIAG_BPF_" }, { storage: [1, multi(bpfStorage)] });
/** INET_DIAG_REQ_SK_BPF_STORAGES: of these maps, by descriptor (CAP_BPF), or of all. */
export const bpfStoragesRequest = attrs(
  "bpfStoragesRequest",
  { c: "SK_DIAG_BPF_STORAGE_REQ_" },
  { mapFd: [1, multi(u32)] },
);
