import type { Role } from '../view.ts';

/** Roles in the order of their numbers in a cell's style. */
export const ROLES = [
  'plain',
  'dim',
  'strong',
  'good',
  'busy',
  'warning',
  'critical',
  'notice',
  'unknown',
  'accent',
  'heading',
  'stale',
  'heat0',
  'heat1',
  'heat2',
  'heat3',
  'heat4',
] as const satisfies readonly Role[];

/** The look of one cell without any colour: five bits of role number and flags. The pen turns it into bytes by theme and depth. */
export type Style = number;

/** Flags beside the role. */
export const STYLE = { bold: 32, underline: 64, reverse: 128, selected: 256 } as const;

const numbers = new Map<Role, number>(ROLES.map((role, index) => [role, index]));

/** The style of a role with nothing else. */
export function styleOf(role: Role | undefined): Style {
  return role === undefined ? 0 : (numbers.get(role) ?? 0);
}

/** The role a style plays. */
export function roleOf(style: Style): Role {
  return ROLES[style & 31] ?? 'plain';
}
