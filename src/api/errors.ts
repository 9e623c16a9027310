/** Errors of the API, and what to ask of them. @module */
import { NetlinkError, type NetlinkErrorFacts } from "../transport/netlink-error.ts";

export { NetlinkError, type NetlinkErrorFacts } from "../transport/netlink-error.ts";

const missing = (errno: number, code: string, operation: string, cause?: unknown): NetlinkErrorFacts => ({
  code,
  errno,
  operation,
  cause,
});

/** No device has that name or index. */
export class InterfaceNotFound extends NetlinkError {
  override readonly name = "InterfaceNotFound";
  readonly device: string | number;
  constructor(device: string | number, cause?: unknown) {
    super(missing(19, "ENODEV", "find interface", cause), `interface not found: ${device}`);
    this.device = device;
  }
}

/** There is no such qdisc on that device. */
export class QdiscNotFound extends NetlinkError {
  override readonly name = "QdiscNotFound";
  readonly kind: string;
  readonly device: string | number;
  constructor(kind: string, device: string | number, cause?: unknown) {
    super(missing(2, "ENOENT", "find qdisc", cause), `qdisc not found: ${kind} on ${device}`);
    this.kind = kind;
    this.device = device;
  }
}

/** A qdisc is where a helper would put its own: code EEXIST. `replace: true` puts the helper's in its place. */
export class ForeignQdisc extends NetlinkError {
  override readonly name = "ForeignQdisc";
  readonly device: string;
  readonly kind: string;
  readonly handle: string;
  constructor(device: string, { kind, handle }: { readonly kind: string; readonly handle: string }, wanted: string) {
    super(
      { code: "EEXIST", errno: 17, operation: `put ${wanted} on ${device}` },
      `${device} has a qdisc ${kind} ${handle} at its root, which is not of this making: replace: true puts ${wanted} in its place`,
    );
    this.device = device;
    this.kind = kind;
    this.handle = handle;
  }
}

/** A dump was inconsistent each time it was tried: what it lists kept changing. */
export class DumpInterrupted<T = unknown> extends NetlinkError {
  override readonly name = "DumpInterrupted";
  /** What the last try gave: some of it may be stale, missing or twice. Empty for a stream, which has given it out. */
  readonly partial: readonly T[];
  constructor(operation: string, partial: readonly T[], tries: number) {
    super({ code: "EINTR", errno: 4, operation, text: `the dump was interrupted by changes, ${tries} times` });
    this.partial = partial;
  }
}

// By the code, not the class: errors of the system, such as a missing descriptor's, are asked the same way.
const has =
  (...codes: string[]) =>
  (e: unknown): boolean =>
    e instanceof Error && codes.includes((e as { code?: unknown }).code as string);

/** What was asked for, or a part of it, is not there: ENOENT, ENODEV, ESRCH, EADDRNOTAVAIL, ENXIO. */
export const isNotFound = /* @__PURE__ */ has("ENOENT", "ENODEV", "ESRCH", "EADDRNOTAVAIL", "ENXIO");
/** EPERM, EACCES: CAP_NET_ADMIN in the namespace's user namespace is missing. */
export const isPermissionDenied = /* @__PURE__ */ has("EPERM", "EACCES");
/** No such device: ENODEV, ENXIO. An `InterfaceNotFound` is one. */
export const isNoDevice = /* @__PURE__ */ has("ENODEV", "ENXIO");
/** In use, or held by something else: EBUSY. */
export const isBusy = /* @__PURE__ */ has("EBUSY");
/** There is one already: EEXIST. */
export const isExists = /* @__PURE__ */ has("EEXIST");
/** A value that the kernel does not take: EINVAL, ERANGE. */
export const isInvalidArgument = /* @__PURE__ */ has("EINVAL", "ERANGE");
/** ENAMETOOLONG. */
export const isNameTooLong = /* @__PURE__ */ has("ENAMETOOLONG");
/** A message too long for the socket, or an answer for the kernel's buffer: EMSGSIZE. */
export const isMessageTooLong = /* @__PURE__ */ has("EMSGSIZE");
/** What cannot be changed: EROFS. */
export const isReadOnly = /* @__PURE__ */ has("EROFS");
/** Of the process, or of the system: EMFILE, ENFILE. */
export const isTooManyOpenFiles = /* @__PURE__ */ has("EMFILE", "ENFILE");
/** Nobody receives what was sent: ECONNREFUSED. */
export const isConnectionRefused = /* @__PURE__ */ has("ECONNREFUSED");
/** No room: ENOBUFS, ENOMEM, ENOSPC. */
export const isNoBufferSpace = /* @__PURE__ */ has("ENOBUFS", "ENOMEM", "ENOSPC");
/** The kernel lacks it: EOPNOTSUPP, ENOTSUPP, EAFNOSUPPORT, EPROTONOSUPPORT. */
export const isNotSupported = /* @__PURE__ */ has("EOPNOTSUPP", "ENOTSUPP", "EAFNOSUPPORT", "EPROTONOSUPPORT");
/** No route: ENETUNREACH. */
export const isNetworkUnreachable = /* @__PURE__ */ has("ENETUNREACH");
/** EHOSTUNREACH. */
export const isHostUnreachable = /* @__PURE__ */ has("EHOSTUNREACH");
/** EADDRINUSE. */
export const isAddressInUse = /* @__PURE__ */ has("EADDRINUSE");
/** No answer in time. */
export const isTimeout = /* @__PURE__ */ has("ETIMEDOUT");
/** Given up by an AbortSignal. */
export const isAborted = /* @__PURE__ */ has("ECANCELED");
/** The receive buffer overflowed, and an answer or events were lost: ENOBUFS. */
export const isOverrun = /* @__PURE__ */ has("ENOBUFS");
/** What was listed kept changing; the error has what there is. */
export const isDumpInterrupted = (e: unknown): e is DumpInterrupted => e instanceof DumpInterrupted;
/** Not now: EAGAIN. */
export const isTryAgain = /* @__PURE__ */ has("EAGAIN");
