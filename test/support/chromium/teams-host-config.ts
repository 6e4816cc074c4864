import dark from 'adaptivecards-designer/lib/hostConfigs/microsoft-teams-dark.json' with { type: 'json' };
import light from 'adaptivecards-designer/lib/hostConfigs/microsoft-teams-light.json' with { type: 'json' };

export const cardThemes = ['light', 'dark', 'contrast'] as const;
export type CardTheme = (typeof cardThemes)[number];

/** Microsoft publishes how Teams renders cards in its light and dark themes. */
const hostConfigs: Readonly<Record<CardTheme, object>> = {
  light,
  dark,
  contrast: toHighContrast(dark),
};

/** High contrast as Windows has it: black and white, whatever a card asks for. */
function toHighContrast(hostConfig: object): object {
  const text = JSON.stringify(hostConfig, (key, value: unknown) => {
    if (key === 'backgroundColor') return '#000000';
    return typeof value === 'string' && value.startsWith('#') ? '#FFFFFF' : value;
  });
  return JSON.parse(text) as object;
}

/** The host configuration of a theme, and the colours of what is around a card. */
export function toTeamsTheme(theme: CardTheme): { hostConfig: object; css: string } {
  const colors = {
    light: ['#f5f5f5', '#242424'],
    dark: ['#1f1f1f', '#ffffff'],
    contrast: ['#000000', '#ffffff'],
  } as const;
  const [background, text] = colors[theme];
  return { hostConfig: hostConfigs[theme], css: `background:${background};color:${text}` };
}
