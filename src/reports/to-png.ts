import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);

/** A font of our own: the machine may have none. */
const fontFiles = ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map(
  (path) => require.resolve(`@expo-google-fonts/inter/${path}`),
);

/** Draws an SVG as PNG at twice its size. */
export function toPng(svg: string, background: string): Buffer {
  const resvg = new Resvg(svg, {
    background,
    fitTo: { mode: 'zoom', value: 2 },
    font: {
      fontFiles,
      loadSystemFonts: false,
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    },
  });
  return resvg.render().asPng();
}
