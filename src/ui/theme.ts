import type { Role } from './view.ts';

/** How a role looks: a colour for each depth and weight for all of them, so that a terminal without colours still tells roles apart. */
export interface Look {
  /** `#rrggbb`; undefined: the terminal's own foreground. */
  readonly rgb?: string;
  /** One of the sixteen: 0-7 normal, 8-15 bright. */
  readonly ansi?: number;
  readonly bold?: true;
  readonly dim?: true;
  readonly underline?: true;
  /** Only where there are no colours. */
  readonly mono?: 'bold' | 'dim' | 'underline' | 'reverse';
}

/** Colours by role. The background is the terminal's own, but for the row under the cursor. */
export interface Theme {
  readonly name: ThemeName;
  readonly help: string;
  readonly looks: { readonly [R in Role]: Look };
  readonly selected: { readonly rgb: string; readonly ansi: number };
}

export type ThemeName = 'dark' | 'light' | 'high-contrast' | 'colour-blind';

const dark: Theme['looks'] = {
  plain: {},
  dim: { rgb: '#8a8f98', ansi: 8, mono: 'dim' },
  strong: { rgb: '#ffffff', ansi: 15, bold: true, mono: 'bold' },
  good: { rgb: '#5fd787', ansi: 2 },
  busy: { rgb: '#5fafff', ansi: 12 },
  warning: { rgb: '#ffd75f', ansi: 11, mono: 'underline' },
  critical: { rgb: '#ff6b6b', ansi: 9, bold: true, mono: 'reverse' },
  notice: { rgb: '#87d7ff', ansi: 14 },
  unknown: { rgb: '#af87d7', ansi: 13 },
  accent: { rgb: '#5fd7d7', ansi: 6, bold: true, mono: 'bold' },
  heading: { rgb: '#a8b3c4', ansi: 7, bold: true, mono: 'bold' },
  stale: { rgb: '#6c7280', ansi: 8, dim: true, mono: 'dim' },
  heat0: { rgb: '#5f6b7a', ansi: 8, mono: 'dim' },
  heat1: { rgb: '#3f8f6f', ansi: 2 },
  heat2: { rgb: '#87af5f', ansi: 10 },
  heat3: { rgb: '#d7af5f', ansi: 3 },
  heat4: { rgb: '#ff875f', ansi: 9, bold: true, mono: 'bold' },
};

const light: Theme['looks'] = {
  plain: {},
  dim: { rgb: '#6b7280', ansi: 8, mono: 'dim' },
  strong: { rgb: '#000000', ansi: 0, bold: true, mono: 'bold' },
  good: { rgb: '#0f7a3d', ansi: 2 },
  busy: { rgb: '#1556b0', ansi: 4 },
  warning: { rgb: '#8a5a00', ansi: 3, mono: 'underline' },
  critical: { rgb: '#b00020', ansi: 1, bold: true, mono: 'reverse' },
  notice: { rgb: '#005f87', ansi: 6 },
  unknown: { rgb: '#7a3e9d', ansi: 5 },
  accent: { rgb: '#006b6b', ansi: 6, bold: true, mono: 'bold' },
  heading: { rgb: '#374151', ansi: 0, bold: true, mono: 'bold' },
  stale: { rgb: '#9299a5', ansi: 8, dim: true, mono: 'dim' },
  heat0: { rgb: '#a8b0bb', ansi: 8, mono: 'dim' },
  heat1: { rgb: '#4f9a77', ansi: 2 },
  heat2: { rgb: '#6f8a1f', ansi: 2 },
  heat3: { rgb: '#a86a00', ansi: 3 },
  heat4: { rgb: '#c2410c', ansi: 1, bold: true, mono: 'bold' },
};

const highContrast: Theme['looks'] = {
  ...dark,
  dim: { rgb: '#d0d0d0', ansi: 7 },
  strong: { rgb: '#ffffff', ansi: 15, bold: true, mono: 'bold' },
  good: { rgb: '#00ff00', ansi: 10 },
  busy: { rgb: '#66b2ff', ansi: 14 },
  warning: { rgb: '#ffff00', ansi: 11, bold: true, mono: 'underline' },
  critical: { rgb: '#ff5555', ansi: 9, bold: true, underline: true, mono: 'reverse' },
  notice: { rgb: '#00ffff', ansi: 14 },
  unknown: { rgb: '#ff87ff', ansi: 13 },
  heading: { rgb: '#ffffff', ansi: 15, bold: true, underline: true },
  stale: { rgb: '#bcbcbc', ansi: 7, underline: true, mono: 'dim' },
  heat0: { rgb: '#a0a0a0', ansi: 7, mono: 'dim' },
};

/** Okabe and Ito's palette: told apart with every common kind of colour blindness. Good is blue, bad is vermilion; no red against green. */
const colourBlind: Theme['looks'] = {
  ...dark,
  good: { rgb: '#56b4e9', ansi: 12 },
  busy: { rgb: '#0099d8', ansi: 6 },
  warning: { rgb: '#f0e442', ansi: 11, mono: 'underline' },
  critical: { rgb: '#ff8c3a', ansi: 3, bold: true, underline: true, mono: 'reverse' },
  notice: { rgb: '#9ad1c0', ansi: 14 },
  unknown: { rgb: '#cc79a7', ansi: 13 },
  accent: { rgb: '#ffffff', ansi: 15, bold: true, mono: 'bold' },
  heat0: { rgb: '#5f6b7a', ansi: 8, mono: 'dim' },
  heat1: { rgb: '#0072b2', ansi: 4 },
  heat2: { rgb: '#56b4e9', ansi: 12 },
  heat3: { rgb: '#f0e442', ansi: 11 },
  heat4: { rgb: '#ff8c3a', ansi: 3, bold: true, mono: 'bold' },
};

/** Every theme, in the order the palette offers them. */
export const THEMES: readonly Theme[] = [
  { name: 'dark', help: 'for dark backgrounds', looks: dark, selected: { rgb: '#2d3f58', ansi: 4 } },
  { name: 'light', help: 'for light backgrounds', looks: light, selected: { rgb: '#cfe0f7', ansi: 14 } },
  {
    name: 'high-contrast',
    help: 'strong colours, nothing dimmed',
    looks: highContrast,
    selected: { rgb: '#0050b0', ansi: 4 },
  },
  {
    name: 'colour-blind',
    help: 'no meaning rests on red against green',
    looks: colourBlind,
    selected: { rgb: '#2d3f58', ansi: 4 },
  },
];

/** The theme of a name; the dark one for a name nobody knows. */
export function themeNamed(name: string | undefined): Theme {
  return (
    THEMES.find((theme) => theme.name === name) ?? {
      name: 'dark',
      help: '',
      looks: dark,
      selected: { rgb: '#2d3f58', ansi: 4 },
    }
  );
}
