/** Where the schemas and the headers of Linux 6.12 differ on purpose, constant by constant. @module */

/** Constants that no schema declares, each with the reason. The first constant of an enum stands for all of it. */
export const undeclared: { readonly [c: string]: string } = {};

/** Declared constants that came after Linux 6.12, with the release that brought them: newer headers check them. */
export const later: { readonly [c: string]: string } = {
  IFLA_OVPN_MODE: "6.16",
  OVPN_MODE_P2P: "6.16",
  OVPN_MODE_MP: "6.16",
};
