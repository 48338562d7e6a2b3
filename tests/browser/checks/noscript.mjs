// The page tells the same with and without scripts.
export const wordsOf = async (page) =>
  (await page.locator('body').innerText()).split(/\s+/).filter((word) => word !== '');

// `words` of the page in a browser that runs scripts; `plain` is the same page in one that does not.
export async function noscriptProblems(words, plain) {
  const without = await wordsOf(plain);
  const at = words.findIndex((word, i) => word !== without[i]);
  if (at < 0 && words.length === without.length) return [];
  const from = at < 0 ? words.length : at;
  return [`with scripts: … ${words.slice(from, from + 8).join(' ')}`,
    `without: … ${without.slice(from, from + 8).join(' ')}`];
}
