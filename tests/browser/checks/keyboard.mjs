// Everything that can be used is reached by Tab alone, in the order in which it stands, and shows that it
// is in focus; the skip link skips; what folds opens by Enter.

// Notes each stop in window.akashiKeyboard; the place from which Tab goes on is the top of the page.
function prepare() {
  const selector = 'a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex], [contenteditable]';
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
  const look = (element) => {
    const style = getComputedStyle(element);
    return [style.boxShadow, style.borderColor, style.backgroundColor, style.textDecorationLine].join('|');
  };
  const usable = [...document.querySelectorAll(selector)].filter((element) => shown(element) &&
    (element.getAttribute('tabindex') !== '-1' || element.matches('a, button, input, select, textarea, summary')));
  const nameOf = (element) => `${element.tagName.toLowerCase()} "${(element.textContent || element.getAttribute('aria-label') || element.id).trim().replace(/\s+/g, ' ').slice(0, 50)}"`;
  const before = usable.map(look);
  const stops = [];
  document.addEventListener('focusin', ({ target }) => {
    const style = getComputedStyle(target);
    const index = usable.indexOf(target);
    const box = target.getBoundingClientRect();
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 &&
      !/rgba\(.*, 0\)|transparent/.test(style.outlineColor);
    stops.push({ index, name: nameOf(target), marked: outlined || (index >= 0 && look(target) !== before[index]),
      inSight: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 &&
        box.top < window.innerHeight && box.left < window.innerWidth });
  });
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  stops.length = 0;
  window.akashiKeyboard = { stops, names: usable.map(nameOf) };
  window.scrollTo(0, 0);
  return usable.length;
}

// The stops of one round, each once: it ends where it comes back to a stop, or out of the page.
function roundOf(stops) {
  const again = stops.findIndex((stop, i) => stop.index >= 0 && stops.slice(0, i).some((other) => other.index === stop.index));
  return again < 0 ? stops : stops.slice(0, again);
}

function roundProblems(round, names) {
  const problems = [];
  let last = -1;
  for (const stop of round) {
    if (!stop.marked) problems.push(`${stop.name} does not show that it is in focus`);
    if (!stop.inSight) problems.push(`${stop.name} is in focus, but out of sight`);
    if (stop.index < 0) continue; // a region that the browser itself lets scroll
    if (stop.index < last) problems.push(`${stop.name} comes out of order`);
    last = stop.index;
  }
  const reached = new Set(round.map((stop) => stop.index));
  return problems.concat(names.filter((_, index) => !reached.has(index)).map((name) => `${name} is not reached by Tab`));
}

// One round with Tab from the top of the page.
export async function tabProblems(page) {
  const count = await page.evaluate(prepare);
  let stops = [];
  let pressed = 0;
  while (pressed < 2 * count + 20 && roundOf(stops).length === stops.length) {
    for (let i = 0; i < 20; i++) await page.keyboard.press('Tab');
    pressed += 20;
    stops = await page.evaluate(() => window.akashiKeyboard.stops);
  }
  return roundProblems(roundOf(stops), await page.evaluate(() => window.akashiKeyboard.names));
}

// On a page that was just loaded.
export async function skipLinkProblems(page) {
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    return { target: element.getAttribute('href') ?? '', seen: box.left >= 0 && box.top >= 0 && box.width > 1 && box.height > 1 };
  });
  if (!/^#./.test(first.target)) return [`the first stop is no skip link: ${first.target}`];
  if (!first.seen) return ['the skip link in focus cannot be seen'];
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  return page.evaluate((id) => {
    const target = document.getElementById(id);
    if (target === null) return [`the skip link leads to #${id}, which is not there`];
    const inside = target.querySelector('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]');
    return inside === null || target.contains(document.activeElement) ? [] : ['after the skip link, Tab does not go on in the main part'];
  }, first.target.slice(1));
}

// The first thing on the page that folds, if any, opens by Enter.
export async function foldProblems(page) {
  const summary = page.locator('details:not([open]) > summary:visible').first();
  if (await summary.count() === 0) return [];
  const handle = await summary.elementHandle();
  await handle.focus();
  await page.keyboard.press('Enter');
  return await handle.evaluate((element) => element.parentElement.open) ? [] : ['what folds does not open by Enter'];
}
