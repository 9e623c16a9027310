/** Policies of IPsec: `ip xfrm policy`. @module */
import { policyCounts, type XfrmDefault, xfrmDefault } from "../../codec/xfrm/info.ts";
import { xfrmPolicy, xfrmPolicyDump, xfrmPolicyId } from "../../codec/xfrm/policy.ts";
import { XFRM_MSG, xfrmDefaults, xfrmDirections, xfrmPolicyTypes } from "../../codec/xfrm/types.ts";
import type { ExchangeOptions } from "../channel.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "../dump.ts";
import { ask, type DeviceName, existed } from "../facet.ts";
import { checkOptions, integer, OptionError, wordNumber } from "../options.ts";
import { wordOf } from "./common.ts";
import { ALL_FLAGS, type XfrmHost } from "./host.ts";
import {
  policyIdValue,
  policyValue,
  readPolicy,
  type XfrmDirection,
  type XfrmPolicy,
  type XfrmPolicyId,
  type XfrmPolicyOptions,
} from "./policy-value.ts";

/** Which policies. */
export interface XfrmPolicyFilter {
  readonly dir?: XfrmDirection | number | undefined;
  readonly type?: "main" | "sub" | number | undefined;
}
/** How many policies there are by direction, those of sockets apart; buckets of the hash table: now, and at most. */
export interface XfrmPolicyCount {
  in: number;
  out: number;
  fwd: number;
  sockets: { in: number; out: number; fwd: number };
  buckets: number;
  maxBuckets: number;
}
/** What becomes of packets that no policy is for. */
export interface XfrmDefaults {
  in: "accept" | "block" | number;
  fwd: "accept" | "block" | number;
  out: "accept" | "block" | number;
}

const label = (verb: string, id: XfrmPolicyId) => () =>
  `${verb} policy ${id.selector?.src ?? "any"} to ${id.selector?.dst ?? "any"} ${String(id.dir)}${id.index ? ` index ${id.index}` : ""}`;

export class XfrmPolicies {
  readonly #host: XfrmHost;
  constructor(host: XfrmHost) {
    this.#host = host;
  }

  /** All policies, or those that a filter keeps; those of sockets too. */
  async list(filter: XfrmPolicyFilter = {}, options: DumpOptions = {}): Promise<XfrmPolicy[]> {
    const dump = dumpOf(filter, await this.#host.names(options));
    return listDump(this.#host.channel, dump, { operation: "list policies", ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: XfrmPolicyFilter = {}, options: DumpOptions = {}): Stream<XfrmPolicy> {
    const dump = async () => dumpOf(filter, await this.#host.names(options));
    return streamDump(this.#host.channel, dump, { operation: "list policies", ...options });
  }
  /** One policy: `get({ dir: "out", selector: { src: "10.1.0.0/16", dst: "10.2.0.0/16" } })`, or by `index`. @throws {NetlinkError} ENOENT */
  async get(id: XfrmPolicyId, options: ExchangeOptions = {}): Promise<XfrmPolicy> {
    const message = await this.#one(XFRM_MSG.getpolicy, id, options);
    const names = await this.#host.names(options);
    const answer = await ask(this.#host.channel, message, xfrmPolicy, { operation: label("get", id), ...options });
    return readPolicy(answer, names);
  }
  async count(options: ExchangeOptions = {}): Promise<XfrmPolicyCount> {
    const message = { type: XFRM_MSG.getspdinfo, schema: policyCounts, value: { flags: ALL_FLAGS } };
    const m = await ask(this.#host.channel, message, policyCounts, { operation: "count policies", ...options });
    const { incnt = 0, outcnt = 0, fwdcnt = 0, inscnt = 0, outscnt = 0, fwdscnt = 0 } = m.info ?? {};
    return {
      in: incnt,
      out: outcnt,
      fwd: fwdcnt,
      sockets: { in: inscnt, out: outscnt, fwd: fwdscnt },
      buckets: m.hinfo?.spdhcnt ?? 0,
      maxBuckets: m.hinfo?.spdhmcnt ?? 0,
    };
  }

  /**
   * `add({ dir: "out", selector: { src: "10.1.0.0/16", dst: "10.2.0.0/16" }, templates: [{ src: "192.0.2.1", dst: "192.0.2.2", proto: "esp", mode: "tunnel" }] })`
   * @throws {NetlinkError} EEXIST…
   */
  add(policy: XfrmPolicyOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#put("add", XFRM_MSG.newpolicy, policy, options);
  }
  /** Adds it, or puts it in the place of the one that there is for the same selector. */
  update(policy: XfrmPolicyOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#put("update", XFRM_MSG.updpolicy, policy, options);
  }
  /** @throws {NetlinkError} ENOENT */
  async remove(id: XfrmPolicyId, options: ExchangeOptions = {}): Promise<void> {
    const message = await this.#one(XFRM_MSG.delpolicy, id, options);
    await this.#host.channel.ack(message, { operation: label("remove", id), ...options });
  }
  /** False if there is no such policy. */
  removeIfExists(id: XfrmPolicyId, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(id, options));
  }
  /** Removes all policies of a type, `"main"` by default, but those of sockets. */
  async flush(filter: Pick<XfrmPolicyFilter, "type"> = {}, options: ExchangeOptions = {}): Promise<void> {
    checkOptions("policies", filter, ["type"]);
    const message = { type: XFRM_MSG.flushpolicy, schema: xfrmPolicyDump, value: typeValue(filter.type) };
    await existed(this.#host.channel.ack(message, { operation: "flush policies", ...options }));
  }

  /**
   * From which lengths of prefixes on, local and remote, policies are found by hash: `setThresholds({ ipv4: [24, 16] })`; 32 and 128 as a
   * rule, which is whole addresses. (Linux 3.18)
   */
  async setThresholds(
    thresholds: { readonly [F in "ipv4" | "ipv6"]?: readonly [local: number, remote: number] | undefined },
    options: ExchangeOptions = {},
  ): Promise<void> {
    checkOptions("thresholds", thresholds, ["ipv4", "ipv6"]);
    const of = (family: "ipv4" | "ipv6", most: number) => {
      const [lbits, rbits] = (thresholds[family] ?? []).map((bits) => integer(`thresholds.${family}`, bits, most));
      return thresholds[family] && { lbits: lbits ?? most, rbits: rbits ?? most };
    };
    const [ipv4Hthresh, ipv6Hthresh] = [of("ipv4", 32), of("ipv6", 128)];
    if (!ipv4Hthresh && !ipv6Hthresh) throw new OptionError("thresholds: nothing says which", "ipv4", "ipv4 or ipv6");
    const value = { flags: ALL_FLAGS, ...(ipv4Hthresh && { ipv4Hthresh }), ...(ipv6Hthresh && { ipv6Hthresh }) };
    const message = { type: XFRM_MSG.newspdinfo, schema: policyCounts, value };
    await this.#host.channel.ack(message, { operation: "set thresholds of policies", ...options });
  }

  async defaults(options: ExchangeOptions = {}): Promise<XfrmDefaults> {
    const message = { type: XFRM_MSG.getdefault, schema: xfrmDefault, value: {} };
    const m = await ask(this.#host.channel, message, xfrmDefault, { operation: "get default policies", ...options });
    const word = (dir: "in" | "fwd" | "out") => wordOf(xfrmDefaults, m[dir]) as XfrmDefaults["in"];
    return { in: word("in"), fwd: word("fwd"), out: word("out") };
  }
  /** Of the directions that are given (Linux 5.15): `setDefaults({ in: "block" })`. */
  async setDefaults(
    defaults: { readonly [D in keyof XfrmDefaults]?: "accept" | "block" | undefined },
    options: ExchangeOptions = {},
  ): Promise<void> {
    checkOptions("defaults", defaults, ["in", "fwd", "out"]);
    const value: { [D in keyof XfrmDefault]?: number } = {};
    for (const dir of ["in", "fwd", "out"] as const)
      if (defaults[dir] !== undefined) value[dir] = wordNumber(`defaults.${dir}`, xfrmDefaults, defaults[dir]);
    if (Object.keys(value).length === 0)
      throw new OptionError("defaults: nothing says what is to become of which packets", "in", "in, fwd or out");
    const message = { type: XFRM_MSG.setdefault, schema: xfrmDefault, value };
    await this.#host.channel.ack(message, { operation: "set default policies", ...options });
  }

  async #put(verb: string, type: number, policy: XfrmPolicyOptions, options: ExchangeOptions): Promise<void> {
    const value = await this.#host.withIndexes((index) => policyValue("policy", policy, index), options);
    await this.#host.channel.ack(
      { type, schema: xfrmPolicy, value: value as never },
      { operation: label(verb, policy), ...options },
    );
  }
  async #one(type: number, id: XfrmPolicyId, options: ExchangeOptions) {
    if (id.selector === undefined && !id.index)
      throw new OptionError("policy: neither selector nor index says which one", "selector", "a selector or an index");
    const value = await this.#host.withIndexes((index) => policyIdValue("policy", id, index), options);
    return { type, schema: xfrmPolicyId, value: value as never };
  }
}

const typeValue = (type: XfrmPolicyFilter["type"]) =>
  type === undefined ? {} : { policyType: { type: wordNumber("policies.type", xfrmPolicyTypes, type) } };

function dumpOf(filter: XfrmPolicyFilter, deviceName: DeviceName): Dump<typeof xfrmPolicy, XfrmPolicy> {
  checkOptions("policies", filter, ["dir", "type"]);
  const dir = filter.dir === undefined ? undefined : wordNumber("policies.dir", xfrmDirections, filter.dir);
  const { policyType } = typeValue(filter.type);
  return {
    // The kernel has no filter for policies.
    message: { type: XFRM_MSG.getpolicy, schema: xfrmPolicyDump, value: {} },
    answer: xfrmPolicy,
    map: (m) => {
      if (dir !== undefined && m.dir !== dir) return undefined;
      if (policyType !== undefined && (m.policyType?.type ?? 0) !== policyType.type) return undefined;
      return readPolicy(m, deviceName);
    },
  };
}
