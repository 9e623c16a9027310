/** Makes the errors of requests. @module */
import { errnoName, errnoText } from "../codec/nlmsg/errno.ts";
import { NetlinkError, type NetlinkErrorFacts } from "../transport/netlink-error.ts";
import { TransportError } from "../transport/transport.ts";
import type { ExchangeOptions } from "./channel.ts";

export function operationOf(options: ExchangeOptions): string {
  const { operation } = options;
  return (typeof operation === "function" ? operation() : operation) ?? "request";
}

/** A refusal. `errno` is positive. */
export function kernelError(
  errno: number,
  options: ExchangeOptions,
  facts: Partial<NetlinkErrorFacts> = {},
): NetlinkError {
  return new NetlinkError({
    ...facts,
    code: errnoName(errno),
    errno,
    operation: operationOf(options),
    text: errnoText(errno),
  });
}

const own = (code: string, text: string, options: ExchangeOptions, cause?: unknown): NetlinkError =>
  new NetlinkError({ code, errno: 0, operation: operationOf(options), text, cause });

export const closedError = (options: ExchangeOptions): NetlinkError =>
  own("EBADF", "the connection is closed", options);
export const timedOut = (options: ExchangeOptions, ms: number): NetlinkError =>
  own("ETIMEDOUT", `no answer within ${ms} ms`, options);
/** Code `"ECANCELED"`; the signal's reason is the `cause`. */
export const cancelled = (options: ExchangeOptions): NetlinkError =>
  own("ECANCELED", "aborted", options, options.signal?.reason);
/** Code `"ENOBUFS"`: the receive buffer overflowed, and the answer may have been among what was lost. What was asked may be done. */
export const lostReply = (options: ExchangeOptions): NetlinkError => own("ENOBUFS", "the answer was lost", options);
/** The library's own error for another request that shares its fate. */
export function sameFor(error: unknown, options: ExchangeOptions): unknown {
  if (!(error instanceof NetlinkError) || error instanceof TransportError) return error;
  const operation = operationOf(options);
  const { code, errno, cause, message } = error;
  return new NetlinkError({ code, errno, operation, cause }, operation + message.slice(error.operation.length));
}
