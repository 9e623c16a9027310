/** Security associations: `ip xfrm state`. @module */
import { stateCounts } from "../../codec/xfrm/info.ts";
import { xfrmAllocSpi, xfrmState, xfrmStateDump, xfrmStateFlush, xfrmStateId } from "../../codec/xfrm/state.ts";
import { XFRM_MSG, xfrmModes } from "../../codec/xfrm/types.ts";
import type { ExchangeOptions } from "../channel.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "../dump.ts";
import { ask, type DeviceName, existed } from "../facet.ts";
import { canonicalAddress, checkOptions, integer, OptionError, wordNumber } from "../options.ts";
import { ALL_FLAGS, type XfrmHost } from "./host.ts";
import {
  protocolValue,
  readState,
  spiNumber,
  stateIdValue,
  stateValue,
  type XfrmMode,
  type XfrmProtocol,
  type XfrmState,
  type XfrmStateId,
  type XfrmStateOptions,
} from "./state-value.ts";

/** Which states. */
export interface XfrmStateFilter {
  readonly src?: string | undefined;
  readonly dst?: string | undefined;
  readonly proto?: XfrmProtocol | number | undefined;
  readonly spi?: number | string | undefined;
  readonly mode?: XfrmMode | number | undefined;
  readonly reqid?: number | undefined;
}
/** How many states there are, and in how many buckets of the hash table: now, and at most. */
export interface XfrmStateCount {
  count: number;
  buckets: number;
  maxBuckets: number;
}
/** What a state is for whose SPI the kernel chooses, from `min` to `max`: 0x100 to 0x0fffffff by default. */
export type XfrmSpiRequest = Omit<XfrmStateId, "spi"> &
  Pick<XfrmStateOptions, "mode" | "reqid" | "seq"> & {
    readonly src: string;
    readonly min?: number | string | undefined;
    readonly max?: number | string | undefined;
  };

const LEAST_SPI = 0x100;
const GREATEST_SPI = 0x0fffffff;
const label = (verb: string, id: { dst?: unknown; proto?: unknown; spi?: unknown }) => () =>
  `${verb} state ${String(id.proto)} ${String(id.spi ?? "")} to ${String(id.dst)}`;

export class XfrmStates {
  readonly #host: XfrmHost;
  constructor(host: XfrmHost) {
    this.#host = host;
  }

  /** All states, or those that a filter keeps. Keys are among what is told: it takes CAP_NET_ADMIN. */
  async list(filter: XfrmStateFilter = {}, options: DumpOptions = {}): Promise<XfrmState[]> {
    const dump = dumpOf(filter, await this.#host.names(options));
    return listDump(this.#host.channel, dump, { operation: "list states", ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: XfrmStateFilter = {}, options: DumpOptions = {}): Stream<XfrmState> {
    const dump = async () => dumpOf(filter, await this.#host.names(options));
    return streamDump(this.#host.channel, dump, { operation: "list states", ...options });
  }
  /** One state: `get({ dst: "192.0.2.2", proto: "esp", spi: 0x100 })`. @throws {NetlinkError} ESRCH */
  async get(id: XfrmStateId, options: ExchangeOptions = {}): Promise<XfrmState> {
    const value = stateIdValue("state", id);
    const message = { type: XFRM_MSG.getsa, schema: xfrmStateId, value: withSource(value, id) as never };
    const names = await this.#host.names(options);
    const answer = await ask(this.#host.channel, message, xfrmState, { operation: label("get", id), ...options });
    return readState(answer, names);
  }
  async count(options: ExchangeOptions = {}): Promise<XfrmStateCount> {
    const message = { type: XFRM_MSG.getsadinfo, schema: stateCounts, value: { flags: ALL_FLAGS } };
    const m = await ask(this.#host.channel, message, stateCounts, { operation: "count states", ...options });
    return { count: m.cnt ?? 0, buckets: m.hinfo?.sadhcnt ?? 0, maxBuckets: m.hinfo?.sadhmcnt ?? 0 };
  }

  /**
   * `add({ src: "192.0.2.1", dst: "192.0.2.2", proto: "esp", spi: 0x100, mode: "tunnel", aead: { name: "rfc4106(gcm(aes))", key: "0x…", icvBits: 128 } })`
   * @throws {NetlinkError} EEXIST; ENOSYS, the kernel lacks the algorithm; EINVAL, its key is of another length…
   */
  add(state: XfrmStateOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#put("add", XFRM_MSG.newsa, state, options);
  }
  /** Puts another in its place: one that was there, or one whose SPI was allocated. @throws {NetlinkError} ESRCH */
  update(state: XfrmStateOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#put("update", XFRM_MSG.updsa, state, options);
  }
  /** @throws {NetlinkError} ESRCH */
  async remove(id: XfrmStateId, options: ExchangeOptions = {}): Promise<void> {
    const value = stateIdValue("state", id);
    await this.#host.channel.ack(
      { type: XFRM_MSG.delsa, schema: xfrmStateId, value: withSource(value, id) as never },
      { operation: label("remove", id), ...options },
    );
  }
  /** False if there is no such state. */
  removeIfExists(id: XfrmStateId, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(id, options));
  }
  /** Removes all states, or those of a protocol. */
  async flush(
    filter: { readonly proto?: XfrmProtocol | number | undefined } = {},
    options: ExchangeOptions = {},
  ): Promise<void> {
    checkOptions("states", filter, ["proto"]);
    const proto = filter.proto === undefined ? 0 : protocolValue("states.proto", filter.proto);
    const message = { type: XFRM_MSG.flushsa, schema: xfrmStateFlush, value: { proto } };
    await existed(this.#host.channel.ack(message, { operation: "flush states", ...options }));
  }
  /**
   * A state of which there is only the SPI, which the kernel chooses: `update` makes it whole, or it ends after a while
   * (net.core.xfrm_acq_expires).
   */
  async allocateSpi(request: XfrmSpiRequest, options: ExchangeOptions = {}): Promise<XfrmState> {
    const { min = LEAST_SPI, max = GREATEST_SPI, mode, reqid, seq, ...id } = request;
    const range = { min: spiNumber("state.min", min), max: spiNumber("state.max", max) };
    if (range.max < range.min)
      throw new OptionError(`state.max: ${range.max} is less than min, ${range.min}`, "max", "at least min");
    if (id.src === undefined) throw new OptionError("state.src: is missing", "src", "an address");
    const { mark, ...members } = stateIdValue("state", id, ["src", "dst", "proto", "mark"]);
    const info = {
      ...members,
      saddr: id.src,
      mode: mode === undefined ? 0 : wordNumber("state.mode", xfrmModes, mode),
      reqid: reqid === undefined ? 0 : integer("state.reqid", reqid),
      seq: seq === undefined ? 0 : integer("state.seq", seq),
    };
    const value = { info, ...range, ...(mark !== undefined && { mark }) };
    const message = { type: XFRM_MSG.allocspi, schema: xfrmAllocSpi, value: value as never };
    const names = await this.#host.names(options);
    const operation = label("allocate an SPI of", id);
    return readState(await ask(this.#host.channel, message, xfrmState, { operation, ...options }), names);
  }

  async #put(verb: string, type: number, state: XfrmStateOptions, options: ExchangeOptions): Promise<void> {
    const value = await this.#host.withIndexes((index) => stateValue("state", state, index), options);
    await this.#host.channel.ack(
      { type, schema: xfrmState, value: value as never },
      { operation: label(verb, state), ...options },
    );
  }
}

const withSource = (value: object, { src }: XfrmStateId) => ({
  ...value,
  ...(src !== undefined && { srcaddr: { address: src } }),
});

function dumpOf(filter: XfrmStateFilter, deviceName: DeviceName): Dump<typeof xfrmState, XfrmState> {
  checkOptions("states", filter, ["src", "dst", "proto", "spi", "mode", "reqid"]);
  const address = (name: "src" | "dst") =>
    filter[name] === undefined ? undefined : canonicalAddress(`states.${name}`, filter[name]);
  const wanted = {
    src: address("src"),
    dst: address("dst"),
    spi: filter.spi === undefined ? undefined : spiNumber("states.spi", filter.spi),
    reqid: filter.reqid === undefined ? undefined : integer("states.reqid", filter.reqid),
  };
  const proto = filter.proto === undefined ? undefined : protocolValue("states.proto", filter.proto);
  const mode = filter.mode === undefined ? undefined : wordNumber("states.mode", xfrmModes, filter.mode);
  return {
    // The kernel filters by protocol (Linux 3.15); the rest is looked at here.
    message: { type: XFRM_MSG.getsa, schema: xfrmStateDump, value: proto === undefined ? {} : { proto } },
    answer: xfrmState,
    map: (m) => {
      if ((proto !== undefined && m.proto !== proto) || (mode !== undefined && m.mode !== mode)) return undefined;
      const state = readState(m, deviceName);
      for (const key of ["src", "dst", "spi", "reqid"] as const)
        if (wanted[key] !== undefined && state[key] !== wanted[key]) return undefined;
      return state;
    },
  };
}
