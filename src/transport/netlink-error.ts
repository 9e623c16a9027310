/** The error that the kernel's refusals and the library's own become. @module */
import type { Policy } from "../codec/nlmsg/ack.ts";

/** What is known beside the code. */
export interface NetlinkErrorFacts {
  /** errno's symbol: `"EEXIST"`; `"ETIMEDOUT"`, `"ECANCELED"` where the library gave up. */
  readonly code: string;
  /** As a positive number; 0 if it did not come from a system. */
  readonly errno: number;
  /** What was being done to what: `"add route 10.0.0.0/8"`. */
  readonly operation: string;
  /** The kernel's own words, from the extended acknowledgement. */
  readonly kernelMessage?: string | undefined;
  /** The attribute at fault, named by the request's schema: `"linkinfo.data.id"`. */
  readonly attribute?: string | undefined;
  /** The attribute that was missing. */
  readonly missing?: string | undefined;
  /** Offset of the attribute at fault in the request. */
  readonly offset?: number | undefined;
  readonly cookie?: Uint8Array | undefined;
  /** What the kernel would have accepted there. */
  readonly policy?: Policy | undefined;
  /** Text in place of the errno's, for errors that are not the kernel's. */
  readonly text?: string | undefined;
  readonly cause?: unknown;
}

/** A request that failed: refused by the kernel, never answered, or given up. */
export class NetlinkError extends Error {
  override readonly name: string = "NetlinkError";
  readonly code: string;
  readonly errno: number;
  readonly operation: string;
  readonly kernelMessage: string | undefined;
  readonly attribute: string | undefined;
  readonly missing: string | undefined;
  readonly offset: number | undefined;
  readonly cookie: Uint8Array | undefined;
  readonly policy: Policy | undefined;

  constructor(facts: NetlinkErrorFacts, message = describe(facts)) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.errno = facts.errno;
    this.operation = facts.operation;
    this.kernelMessage = facts.kernelMessage;
    this.attribute = facts.attribute;
    this.missing = facts.missing;
    this.offset = facts.offset;
    this.cookie = facts.cookie;
    this.policy = facts.policy;
  }
}

function describe(facts: NetlinkErrorFacts): string {
  const what = facts.kernelMessage ?? facts.text;
  const where = facts.missing ? `, missing: ${facts.missing}` : facts.attribute ? `, at: ${facts.attribute}` : "";
  return `${facts.operation}: ${what === undefined ? facts.code : `${what} (${facts.code})`}${where}`;
}
