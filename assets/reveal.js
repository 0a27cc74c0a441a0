// Brings what a click has opened further down the page into sight, once for each, until the reader moves the page.
export default function ({ parentElement, data }) {
  if (parentElement.shown === data.what) return;
  parentElement.shown = data.what;
  const block = document.querySelector(`.st-key-${data.place}`);
  const page = block?.closest('[data-testid="stMainBlockContainer"]');
  if (!page) return;
  const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
  // The page grows while its figures and tables are drawn.
  const growing = new ResizeObserver(() => block.scrollIntoView({ block: 'start', behavior }));
  const stop = () => growing.disconnect();
  growing.observe(page);
  for (const moves of ['wheel', 'touchmove', 'pointerdown', 'keydown']) addEventListener(moves, stop, { once: true });
  setTimeout(stop, 3000);
}
