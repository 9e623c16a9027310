/** Algorithms with their keys. Lengths of keys are in bits; the bytes of the key follow. @module */
import { bytes } from "../schema/attrs.ts";
import { u32, unit } from "../schema/scalar.ts";
import { chars, struct, tailed } from "../schema/struct.ts";

const bits = unit(u32, "bits");
const head = { name: chars(64), keyLen: bits };
const c = { c: "alg_" } as const;
/** Encryption, compression (no key), and authentication cut to the algorithm's own length. */
export const xfrmAlgo = /* @__PURE__ */ tailed(struct("xfrm_algo", { size: 68, ...c }, head), "key", bytes);
/** Authentication, cut to `truncLen` bits. */
export const xfrmAlgoAuth = /* @__PURE__ */ tailed(
  struct("xfrm_algo_auth", { size: 72, ...c }, { ...head, truncLen: bits }),
  "key",
  bytes,
);
/** Both in one, with a check value of `icvLen` bits. The key ends with the salt. */
export const xfrmAlgoAead = /* @__PURE__ */ tailed(
  struct("xfrm_algo_aead", { size: 72, ...c }, { ...head, icvLen: bits }),
  "key",
  bytes,
);
