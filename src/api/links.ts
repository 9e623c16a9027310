/** Links: network devices. @module */
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL } from "../codec/nlmsg/header.ts";
import type { LinkKind } from "../codec/rtnetlink/link/info.ts";
import { type LinkInput, type Link as LinkMessage, link as schema } from "../codec/rtnetlink/link/link.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { decoder, encode } from "../codec/schema/engine.ts";
import type { NetnsSpec } from "../transport/transport.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import {
  type Device,
  type DeviceIndexes,
  deviceNames,
  indexIf,
  indexOf,
  nameAttributes,
  withIndexes,
} from "./device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "./dump.ts";
import { InterfaceNotFound, isNotFound, NetlinkError } from "./errors.ts";
import { ask, removeAll } from "./facet.ts";
import { isLinkKind } from "./link-kinds.ts";
import { type Link, readLink } from "./link-read.ts";
import {
  asOptionError,
  changeKeys,
  checkLinkOptions,
  creationKeys,
  type LinkChange,
  type LinkOptions,
  type LinkRequest,
  laterKeys,
  linkValue,
} from "./link-value.ts";
import { withNetnsReferences } from "./netns-reference.ts";
import { assignedNsid } from "./nsids.ts";
import { checkOptions, integer, OptionError } from "./options.ts";

/** Which links, and whether with their virtual functions. */
export interface LinkFilter {
  readonly kind?: LinkKind | undefined;
  /** Ports of this device. */
  readonly master?: Device | undefined;
  readonly up?: boolean | undefined;
  readonly group?: number | undefined;
  /** Report virtual functions: on devices with hundreds of them, a message beyond 64 KiB. */
  readonly vfs?: boolean | undefined;
}
/** What `add` made. `index` is undefined if the kernel did not say (before 6.1, or in another namespace). */
export interface CreatedLink {
  name: string | undefined;
  index: number | undefined;
}

type Obj = Record<string, unknown>;
const IFF_UP = 1;
const filterKeys = ["kind", "master", "up", "group", "vfs"];
/** RTEXT_FILTER_VF. */
const WITH_VFS = 1;

/** Network devices. */
export class Links {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All links, or those that a filter keeps. */
  async list(filter: LinkFilter = {}, options: DumpOptions = {}): Promise<Link[]> {
    const messages = await listDump(this.#channel, await this.#dump(filter, (m) => m), {
      operation: "list links",
      ...options,
    });
    const filtered = filterKeys.some((key) => key !== "vfs" && (filter as Obj)[key] !== undefined);
    // A filtered list may refer to devices that are not in it.
    const names = filtered
      ? await deviceNames(this.#channel, { timeout: options.timeout, signal: options.signal })
      : new Map(messages.map((m) => [m.index, m.ifname ?? ""]));
    return messages.map((m) => readLink(m, (i) => names.get(i)));
  }

  /** As `list`, in constant memory; devices that a link refers to stay indexes. */
  stream(filter: LinkFilter = {}, options: DumpOptions = {}): Stream<Link> {
    return streamDump(this.#channel, () => this.#dump(filter, (m) => readLink(m, () => undefined)), {
      operation: "list links",
      ...options,
    });
  }

  /** One link. @throws {InterfaceNotFound} */
  async get(device: Device, options: ExchangeOptions & { readonly vfs?: boolean } = {}): Promise<Link> {
    const value = { ...nameAttributes(device), extMask: options.vfs ? WITH_VFS : 0 };
    const message = (await found(
      device,
      ask(this.#channel, { type: RTM.getlink, schema, value }, schema, {
        operation: `get link ${device}`,
        ...options,
      }),
    )) as LinkMessage;
    const refers = message.link || message.master || message.linkinfo?.data;
    const names = refers
      ? await deviceNames(this.#channel, { timeout: options.timeout, signal: options.signal })
      : new Map<number, string>();
    return readLink(message, (i) => names.get(i));
  }

  /** One link, or undefined if there is none of that name or index. */
  async find(device: Device, options: ExchangeOptions & { readonly vfs?: boolean } = {}): Promise<Link | undefined> {
    try {
      return await this.get(device, options);
    } catch (e) {
      if (e instanceof InterfaceNotFound) return undefined;
      throw e;
    }
  }

  /**
   * Creates a link: `add({ kind: "veth", name: "veth0", peer: { name: "veth1", netns: "blue" } })`. What the kernel takes only from a
   * link that is there (`alias`, `altNames`, `slave`, `addrGenMode`…) is set in a second step; if that fails the link is removed again.
   * @throws {OptionError} a setting that the kind does not have or a value that it cannot take, before anything is sent
   * @throws {NetlinkError} EEXIST, EOPNOTSUPP (the kernel lacks the kind)…
   */
  async add(link: LinkOptions, options: ExchangeOptions = {}): Promise<CreatedLink> {
    const where = `link ${link.kind}`;
    if (!isLinkKind(link.kind)) throw new OptionError(`${where}: there is no such kind`, "kind", "a kind of link");
    if ((link.kind as LinkKind) === "tun")
      throw new OptionError(
        `${where}: TUN and TAP devices are made through /dev/net/tun, not by netlink`,
        "kind",
        "another kind",
      );
    checkLinkOptions(where, link.kind, link, creationKeys);
    const given: Obj = { ...link };
    const later: Obj = {};
    for (const key of laterKeys)
      if (given[key] !== undefined) {
        later[key] = given[key];
        delete given[key];
      }
    const { altNames } = given as { altNames?: readonly string[] };
    if (altNames !== undefined) altNameList(where, altNames);
    // The kernel brings a new link up before it gives it its master (rtnl_newlink_create), and bonds refuse what is up.
    if (given.up === true && given.master !== undefined && given.netns === undefined) later.up = true;
    if (Object.keys(later).length > 0 || altNames !== undefined) {
      if (given.netns !== undefined)
        throw new OptionError(
          `${where}.${Object.keys(later)[0] ?? "altNames"}: not together with netns; set it from a connection to that namespace`,
          "netns",
          "a link in the connection's own namespace",
        );
      // The address mode has to be there before IPv6 makes an address, and what is wrong with the rest before anything is sent.
      if (given.up !== undefined) later.up = given.up;
      delete given.up;
      const request: LinkRequest = { where, given: later, kind: undefined, create: false };
      const value = await this.#value(request, options);
      try {
        encode(schema, value);
      } catch (e) {
        throw asOptionError(request, e);
      }
    }
    const created = await this.#create(where, link.kind, given, options);
    const device = created.index ?? created.name;
    if (device === undefined || (Object.keys(later).length === 0 && altNames === undefined)) return created;
    const second = { operation: `add ${link.kind} link ${created.name ?? device}`, ...options };
    try {
      if (altNames !== undefined) await this.addAltNames(device, altNames, second);
      if (Object.keys(later).length > 0) await this.set(device, later as LinkChange, second);
    } catch (e) {
      await this.removeIfExists(device);
      throw e;
    }
    return created;
  }

  async #create(where: string, kind: LinkKind, given: Obj, options: ExchangeOptions): Promise<CreatedLink> {
    const created: CreatedLink = { name: given.name as string | undefined, index: given.index as number | undefined };
    const decode = decoder(schema, this.#channel.transport.byteOrder);
    const operation = () => `add ${kind} link${created.name === undefined ? "" : ` ${created.name}`}`;
    const flags = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO;
    await this.#send({ where, given, kind, create: true }, { operation, ...options }, (value, all) =>
      known(
        kind,
        this.#channel.ack({ type: RTM.newlink, flags, schema, value }, all, (_type, src, at, end) => {
          const { index, ifname } = decode(src, at, end);
          created.index = index;
          created.name = ifname;
        }),
      ),
    );
    // A link whose `linkNetns` is another one is made there and moved here: the kernel tells of that without echo.
    if (created.index === undefined && given.netns === undefined && created.name?.includes("%") === false)
      created.index = await indexOf(this.#channel, created.name, options);
    return created;
  }

  /**
   * Changes a link: `set("veth0", { up: true, mtu: 9000 })`. With `name`, renames it. A kind's own settings need `kind`; for tunnels
   * (gre, ipip, sit, vti…) those that are left out go back to their defaults, as the kernel has it.
   * @throws {InterfaceNotFound}
   */
  async set(device: Device, change: LinkChange, options: ExchangeOptions = {}): Promise<void> {
    const where = `link ${device}`;
    const { kind } = change;
    if (kind !== undefined && !isLinkKind(kind))
      throw new OptionError(`${where}: there is no kind ${kind}`, "kind", "a kind of link");
    checkLinkOptions(where, kind, change, changeKeys);
    const by = nameAttributes(device);
    // The kernel sets the flags of a request before how IPv6 makes addresses (do_setlink), and going up makes one.
    const { up, ...rest } = change as LinkChange & { up?: boolean };
    const parts: object[] =
      up === true && (change.addrGenMode !== undefined || change.token !== undefined) ? [rest, { up }] : [change];
    for (const part of parts) {
      const given = part as Obj;
      const request: LinkRequest = { where, given, kind: given.kind as LinkKind | undefined, create: false };
      await this.#send(request, { operation: `set link ${device}`, ...options }, async (value, all) => {
        // A device by name in the same message as a new name would be the new name: its index says which is meant.
        const target = "index" in by ? by : { index: await indexOf(this.#channel, device, options) };
        await found(device, this.#channel.ack({ type: RTM.newlink, schema, value: { ...value, ...target } }, all));
      });
    }
  }

  /** Changes all links of a group at once: `setGroup(5, { up: false })`. No link being of the group is no error. */
  async setGroup(group: number, change: LinkChange, options: ExchangeOptions = {}): Promise<void> {
    const where = `links of group ${group}`;
    integer("links.group", group);
    checkOptions(
      where,
      change,
      changeKeys.filter((key) => !["name", "group", "kind", "slave"].includes(key)),
    );
    const request: LinkRequest = { where, given: change as unknown as Obj, kind: undefined, create: false };
    await this.#send(request, { operation: `set links of group ${group}`, ...options }, (value, all) =>
      this.#channel.ack({ type: RTM.newlink, schema, value: { ...value, group } }, all),
    );
  }

  /** Deletes a link; one end of a pair takes the other along. @throws {InterfaceNotFound} */
  async remove(device: Device, options: ExchangeOptions = {}): Promise<void> {
    await found(
      device,
      this.#channel.ack(
        { type: RTM.dellink, schema, value: nameAttributes(device) },
        { operation: `remove link ${device}`, ...options },
      ),
    );
  }

  /** Deletes a link if it is there; says whether it was. */
  async removeIfExists(device: Device, options: ExchangeOptions = {}): Promise<boolean> {
    try {
      await this.remove(device, options);
      return true;
    } catch (e) {
      if (isNotFound(e)) return false;
      throw e;
    }
  }

  /** Deletes the virtual links that a filter keeps; says how many. A pair counts once. */
  async flush(filter: LinkFilter, options: ExchangeOptions = {}): Promise<number> {
    if (filterKeys.every((key) => (filter as Obj)[key] === undefined))
      throw new OptionError("links: nothing says which ones to remove", "", "a filter");
    const links = (await this.list(filter, options)).filter((link) => link.kind !== undefined);
    return removeAll(
      this.#channel,
      links.map(({ index }) => ({ type: RTM.dellink, schema, value: { index } })),
      { operation: "flush links", ...options },
    );
  }

  /** Gives a link further names, of up to 127 characters. @throws {InterfaceNotFound} @throws {NetlinkError} EEXIST */
  addAltNames(device: Device, names: readonly string[], options: ExchangeOptions = {}): Promise<void> {
    const flags = NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND;
    return this.#property(RTM.newlinkprop, flags, "add alternative names to", device, names, options);
  }
  /** Takes such names away. @throws {InterfaceNotFound} @throws {NetlinkError} ENOENT */
  removeAltNames(device: Device, names: readonly string[], options: ExchangeOptions = {}): Promise<void> {
    return this.#property(RTM.dellinkprop, 0, "remove alternative names of", device, names, options);
  }

  async #property(
    type: number,
    flags: number,
    what: string,
    device: Device,
    names: readonly string[],
    options: ExchangeOptions,
  ): Promise<void> {
    const altIfname = altNameList(`link ${device}`, names);
    const index = await indexOf(this.#channel, device, options);
    const value: LinkInput = { index, propList: { altIfname } };
    await this.#channel.ack({ type, flags, schema, value }, { operation: `${what} link ${device}`, ...options });
  }

  async #dump<T>(filter: LinkFilter, map: (m: LinkMessage) => T): Promise<Dump<typeof schema, T>> {
    checkOptions("links", filter, filterKeys);
    if (filter.kind !== undefined && typeof filter.kind !== "string")
      throw new OptionError(`links.kind: ${JSON.stringify(filter.kind)} is not a kind of link`, "kind", "a kind");
    if (filter.group !== undefined) integer("links.group", filter.group);
    const master = await indexIf(this.#channel, filter.master);
    const value: Obj = { extMask: filter.vfs ? WITH_VFS : 0 };
    // The kernel filters by these two (link_master_filtered, link_kind_filtered); older ones ignore them.
    if (master !== undefined) value.master = master;
    if (filter.kind !== undefined) value.linkinfo = { kind: filter.kind };
    return {
      message: { type: RTM.getlink, schema, value },
      answer: schema,
      map: (value) => {
        const m = value as LinkMessage;
        const keep =
          (master === undefined || m.master === master) &&
          (filter.kind === undefined || m.linkinfo?.kind === filter.kind) &&
          (filter.up === undefined || ((m.flags & IFF_UP) !== 0) === filter.up) &&
          (filter.group === undefined || m.group === filter.group);
        return keep ? map(m) : undefined;
      },
    };
  }

  /** Makes a request's value, and sends it while the namespaces that it refers to are open. */
  async #send(
    request: LinkRequest,
    options: ExchangeOptions,
    send: (value: LinkInput, options: ExchangeOptions) => Promise<void>,
  ): Promise<void> {
    const { where } = request;
    const { timeout, signal } = options;
    await withNetnsReferences(this.#channel, async (reference) => {
      let { given } = request;
      const { linkNetns, ...rest } = given as { linkNetns?: NetnsSpec };
      if (linkNetns !== undefined) {
        if (given.linkNetnsid !== undefined)
          throw new OptionError(`${where}.linkNetnsid: not together with linkNetns`, "linkNetnsid", "one of the two");
        const namespace = reference(`${where}.linkNetns`, linkNetns);
        given = { ...rest, linkNetnsid: await assignedNsid(this.#channel, namespace, { timeout, signal }) };
      }
      // The device below is one of that namespace: its name means nothing here.
      if (given.linkNetnsid !== undefined && typeof given.link === "string")
        throw new OptionError(
          `${where}.link: "${given.link}" is in another namespace, and can be given by its index only`,
          "link",
          "an index",
        );
      const value = await this.#value({ ...request, given }, options, reference);
      try {
        await send(value, options);
      } catch (e) {
        throw asOptionError(request, e);
      }
    });
  }
  #value(
    request: LinkRequest,
    { timeout, signal }: ExchangeOptions,
    reference: Parameters<typeof linkValue>[2] = () => ({ fd: 0 }),
  ): Promise<LinkInput> {
    const make = (index: DeviceIndexes) => linkValue(request, index, reference);
    return withIndexes(this.#channel, make, { timeout, signal });
  }
}

/** ENODEV without a text is about the device that was asked for; with one, about another that the request refers to. */
async function found<T>(device: Device, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (e) {
    if (e instanceof NetlinkError && e.code === "ENODEV" && e.kernelMessage === undefined)
      throw new InterfaceNotFound(device, e);
    throw e;
  }
}

/** The kernel's "Unknown device type" does not say which (rtnl_newlink). */
async function known(kind: LinkKind, request: Promise<void>): Promise<void> {
  try {
    await request;
  } catch (e) {
    if (!(e instanceof NetlinkError && e.code === "EOPNOTSUPP" && e.kernelMessage === "Unknown device type")) throw e;
    const { code, errno, operation, kernelMessage } = e;
    throw new NetlinkError(
      { code, errno, operation, kernelMessage, cause: e },
      `${operation}: the kernel has no links of kind ${kind}, nor a module rtnl-link-${kind} (${code})`,
    );
  }
}

function altNameList(where: string, names: readonly string[]): string[] {
  if (!Array.isArray(names) || names.length === 0)
    throw new OptionError(`${where}.altNames: at least one is needed`, "altNames", "a list of names");
  for (const name of names)
    if (typeof name !== "string" || name === "" || /[\0/]/.test(name) || new TextEncoder().encode(name).length > 127)
      throw new OptionError(
        `${where}.altNames: ${JSON.stringify(name)} is not 1 to 127 bytes without "/"`,
        "altNames",
        "a list of names",
      );
  return [...names];
}
