/** Error numbers stand with the messages that carry them; sockets fail by the same ones. @module */
export * from "../../codec/nlmsg/errno.ts";
