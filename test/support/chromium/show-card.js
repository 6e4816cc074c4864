/** Runs in the page: renders a card in place of the one before, and says what the renderer and the eye would object to. */
globalThis.showCard = function showCard({ card, palette }) {
  const { AdaptiveCard, HostConfig, SerializationContext } = globalThis.AdaptiveCards;
  const colors = (color) => ({ default: color, subtle: color });
  const foregroundColors = {
    default: { default: palette.text, subtle: palette.subtle },
    accent: colors(palette.text),
    good: colors(palette.text),
    warning: colors(palette.text),
    attention: colors(palette.text),
  };
  const style = (backgroundColor) => ({
    foregroundColors,
    ...(backgroundColor ? { backgroundColor } : {}),
  });
  const { accent, good, warning, attention, emphasis } = palette.fill;
  const adaptiveCard = new AdaptiveCard();
  adaptiveCard.hostConfig = new HostConfig({
    fontFamily: 'system-ui',
    containerStyles: {
      default: style(),
      emphasis: style(emphasis),
      accent: style(accent),
      good: style(good),
      warning: style(warning),
      attention: style(attention),
    },
    actions: { maxActions: 6, actionsOrientation: 'horizontal', actionAlignment: 'left' },
  });
  const context = new SerializationContext();
  adaptiveCard.parse(card, context);
  const place = document.querySelector('#card');
  place.replaceChildren(adaptiveCard.render());
  return {
    problems: Array.from(
      { length: context.eventCount },
      (_, index) => context.getEventAt(index).message,
    ),
    overflowing: findOverflowing(place),
  };
};

function findOverflowing(place) {
  const limit = document.documentElement.clientWidth;
  return [...place.querySelectorAll('.ac-textBlock, .ac-pushButton, .ac-fact-value')]
    .filter(
      (element) =>
        element.getBoundingClientRect().right > limit ||
        element.scrollWidth > element.clientWidth + 1,
    )
    .map(({ textContent }) => textContent);
}
