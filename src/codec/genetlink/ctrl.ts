/** The controller of generic netlink: tells of families, their commands, groups and policies (net/netlink/genetlink.c). @module */
import { policy } from "../nlmsg/ack.ts";
import { attrs, indexed, multi, numbered, string } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { enumeration, flags, names, u8, u16, u32 } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";

export const ctrlCommands = names("CTRL_CMD_", {
  unspec: 0, newfamily: 1, delfamily: 2, getfamily: 3, newops: 4, delops: 5, getops: 6, newmcast_grp: 7, delmcast_grp: 8, getmcast_grp: 9, getpolicy: 10,
}); // biome-ignore format: a table
const opFlags = names("GENL_", {
  admin_perm: 1,
  cmd_cap_do: 2,
  cmd_cap_dump: 4,
  cmd_cap_haspol: 8,
  uns_admin_perm: 16,
});

const ctrlHeader = struct(
  "genlmsghdr",
  { size: 4 },
  { cmd: enumeration(u8, ctrlCommands), version: u8, reserved: u16 },
);
const op = attrs("ctrl_op", { c: "CTRL_ATTR_OP_" }, { id: [1, u32], flags: [2, flags(u32, opFlags)] });
const group = attrs("ctrl_mcast_grp", { c: "CTRL_ATTR_MCAST_GRP_" }, { name: [1, string], id: [2, u32] });

/** Numbers of the policies that a command's requests are held against. */
const opPolicy = attrs("ctrl_op_policy", { c: "CTRL_ATTR_POLICY_" }, { do: [1, u32], dump: [2, u32] });

/**
 * CTRL_ATTR_* (ctrl_fill_info). A dump of CTRL_CMD_GETPOLICY tells which policies commands have (`opPolicy`, by command), and then
 * attribute by attribute what they are (`policy`, by number and attribute; ctrl_dumppolicy).
 */
export const ctrl = attrs(
  "ctrl",
  { c: "CTRL_ATTR_", head: ctrlHeader },
  {
    familyName: [2, string],
    familyId: [1, u16],
    /** The head has a `version` of its own. */
    familyVersion: [3, u32, "VERSION"],
    hdrsize: [4, u32],
    maxattr: [5, u32],
    ops: [6, indexed(op)],
    mcastGroups: [7, indexed(group)],
    policy: [8, multi(numbered(numbered(policy)))],
    opPolicy: [9, multi(numbered(opPolicy))],
    op: [10, u32],
  },
);
export interface Ctrl extends Value<typeof ctrl> {}
