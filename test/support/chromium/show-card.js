/** Runs in the page: renders a card into a place, instead of the one before, and says what the renderer and the eye would object to. */
globalThis.showCard = function showCard({ card, hostConfig, selector }) {
  const { AdaptiveCard, HostConfig, SerializationContext } = globalThis.AdaptiveCards;
  const markdown = globalThis.markdownit();
  AdaptiveCard.onProcessMarkdown = (text, result) => {
    // Teams shows a mention as a name that stands out.
    const mentioned = (card.msteams?.entities ?? []).reduce(
      (shown, entity) => shown.replaceAll(entity.text, `__@${entity.mentioned.name}__`),
      text,
    );
    result.outputHtml = markdown.render(mentioned);
    result.didProcess = true;
  };
  const adaptiveCard = new AdaptiveCard();
  adaptiveCard.hostConfig = new HostConfig(hostConfig);
  const context = new SerializationContext();
  adaptiveCard.parse(card, context);
  const place = document.querySelector(selector);
  place.replaceChildren(adaptiveCard.render());
  return {
    problems: Array.from(
      { length: context.eventCount },
      (_, index) => context.getEventAt(index).message,
    ),
    overflowing: findOverflowing(place),
    text: place.innerText,
  };
};

function findOverflowing(place) {
  const limit = place.getBoundingClientRect().right;
  return [...place.querySelectorAll('.ac-textBlock, .ac-pushButton, .ac-fact-value')]
    .filter(
      (element) =>
        element.getBoundingClientRect().right > limit ||
        element.scrollWidth > element.clientWidth + 1,
    )
    .map(({ textContent }) => textContent);
}
