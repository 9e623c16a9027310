/** What goes wrong, and the exit status and words that iproute2 has for it. @module */
import { InterfaceNotFound, NetlinkError } from "../api/errors.ts";
import { OptionError } from "../api/options.ts";
import { errnoText } from "../codec/nlmsg/errno.ts";
import { CodecError } from "../codec/wire/error.ts";
import { NamespaceNotFound, TransportUnavailable } from "../transport/errors.ts";
import { TransportError } from "../transport/transport.ts";

/** iproute2's: what is not there or cannot be done, the kernel's refusal, a line that cannot be read. */
export const EXIT = { failure: 1, refused: 2, usage: 255 } as const;

/** A command that failed; nothing is known to have been done. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A word that cannot be read. */
export const usage = (message: string): CommandError => new CommandError(EXIT.usage, message);
/** A word that is not what is expected at its place. */
export const wrong = (word: string, reason: string): CommandError =>
  usage(`Error: argument "${word}" is wrong: ${reason}`);
/** Something that is not there, or cannot be done. */
export const failure = (message: string): CommandError => new CommandError(EXIT.failure, message);

/** Work whose refusal by the kernel ends by another status than usual: flushes do, each by its own. */
export async function refusedAs<T>(status: number, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (e) {
    throw e instanceof NetlinkError ? new CommandError(status, described(e).message) : e;
  }
}

/** What to say of an error, and the exit status. */
export function described(e: unknown): { readonly message: string; readonly status: number } {
  if (e instanceof CommandError) return { message: e.message, status: e.status };
  if (e instanceof OptionError || e instanceof CodecError)
    return { message: `Error: ${e.message}`, status: EXIT.usage };
  if (e instanceof InterfaceNotFound) return { message: `Cannot find device "${e.device}"`, status: EXIT.failure };
  if (e instanceof NamespaceNotFound)
    return {
      message: `Cannot open network namespace "${e.target}": No such file or directory`,
      status: EXIT.usage,
    };
  if (e instanceof TransportError || e instanceof TransportUnavailable)
    return { message: `Error: ${e.message}`, status: EXIT.failure };
  if (e instanceof NetlinkError) return refusal(e);
  return { message: e instanceof Error ? (e.stack ?? e.message) : String(e), status: EXIT.failure };
}

/** The kernel's own words first, as scripts look for them; then what was being done, and the attribute at fault. */
function refusal(e: NetlinkError): { message: string; status: number } {
  if (e.errno === 0) return { message: `Error: ${e.message}`, status: EXIT.failure };
  const at = e.missing ? `, missing: ${e.missing}` : e.attribute ? `, at: ${e.attribute}` : "";
  const what = e.kernelMessage
    ? `Error: ${e.kernelMessage}${/[.\n]$/.test(e.kernelMessage) ? "" : "."}`
    : `RTNETLINK answers: ${errnoText(e.errno) ?? e.code}`;
  return { message: `${what} (${e.operation}${at})`, status: EXIT.refused };
}
