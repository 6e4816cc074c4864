import { findOwn } from '../domain/find-own.ts';

/** The colours of the report by what they mean, for light and dark; on the page they are CSS variables. Texts have a contrast of at least 4.5, marks of 3. */
export const palettes = {
  light: {
    page: '#ffffff',
    panel: '#f6f8fa',
    ink: '#1b1f24',
    muted: '#57606a',
    line: '#d0d7de',
    good: '#0f766e',
    bad: '#b42318',
    unsure: '#8a5300',
    fault: '#b45309',
    median: '#1d4ed8',
    high: '#3f6212',
    tail: '#7e22ce',
    link: '#0b57d0',
  },
  dark: {
    page: '#0f1419',
    panel: '#182029',
    ink: '#e6edf3',
    muted: '#9fadba',
    line: '#3a444e',
    good: '#2dd4bf',
    bad: '#ff8a7a',
    unsure: '#f5b84b',
    fault: '#f5a524',
    median: '#7ab3ff',
    high: '#bef264',
    tail: '#d3a4ff',
    link: '#8ab8ff',
  },
} as const;

export type Theme = keyof typeof palettes;
export type Colour = keyof (typeof palettes)['light'];

/** A colour as the chart carries it: the page decides which it is. */
export function toVariable(colour: Colour): string {
  return `var(--${colour})`;
}

/** Puts a theme's colours where their variables are: for an SVG that stands alone. */
export function paint(svg: string, theme: Theme): string {
  return svg.replaceAll(
    /var\(--(\w+)\)/g,
    (variable, name: string) => findOwn<string>(palettes[theme], name) ?? variable,
  );
}
