// The page of a run that goes on tells more while one looks at it: by events with scripts, by loading itself again
// without.
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function textOf(page) {
  try {
    return await page.locator('main').innerText();
  } catch {
    return null; // it was just loading itself again
  }
}

// Waits until holds(text) of the page's main part; whether it came to that.
async function until(page, patience_ms, holds) {
  for (const end = Date.now() + patience_ms; Date.now() < end; await sleep(200)) {
    const text = await textOf(page);
    if (text !== null && holds(text)) return true;
  }
  return false;
}

// `page` and `plain` (a browser without scripts) show the run's page while it goes on.
export async function liveProblems(page, plain, patience_ms) {
  const problems = [];
  await page.evaluate(() => { window.akashiStays = true; });
  const [before, beforePlain] = [await textOf(page), await textOf(plain)];
  if (!await until(page, patience_ms, (text) => text !== before)) problems.push('with scripts the page stays as it was');
  if (!await page.evaluate(() => window.akashiStays === true)) problems.push('with scripts the page was loaded again');
  if (!await until(plain, patience_ms, (text) => text !== beforePlain)) problems.push('without scripts the page stays as it was');
  return problems;
}

// Whether the page comes to tell `words` by itself.
export async function tellsProblems(page, words, patience_ms) {
  return await until(page, patience_ms, (text) => words.test(text)) ? [] : [`it never tells ${words}: ${await textOf(page)}`];
}
