/** All of rtnetlink: the schema of each message type. @module */
import { nounMessages, type RtnetlinkMessage } from "./nouns.ts";
import { tcMessages } from "./tc-messages.ts";

export type { RtnetlinkMessage } from "./nouns.ts";

/** Message types and their schemas, which serve requests, answers and events alike but where `request` says otherwise. */
export const rtnetlinkMessages: { readonly [type: number]: RtnetlinkMessage } = {
  ...nounMessages,
  ...tcMessages,
};
