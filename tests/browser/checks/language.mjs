// A page speaks one language: no English on a Japanese page and no Japanese on an English one, but for
// names, identifiers, code, and what is marked as being in another language.

// Names that are written so in Japanese too: of programs, protocols, their mechanisms and messages.
const NAMES = new Set(`akashi Telnet Modbus OpenSSL Dropbear BusyBox Linux Debian Bearer telnet modbus snmp mqtt http
  https basic digest form Certificate fatal`.split(/\s+/));
// A language's own name.
const LANGUAGES = /日本語|\bEnglish\b/g;
const COMMAND = /\bakashi( [a-z]+)+/g;
const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;
// A word that no character of an identifier touches.
const WORD = /(?<![\p{L}\p{N}._:/@*#+=$~<>-])[A-Za-z][a-z]{2,}(?![\p{Script=Latin}\p{N}_:/@*#+=$~<>-]|\.[A-Za-z0-9])/gu;

function texts() {
  const found = [];
  const add = (element, text, what) => {
    if (text.trim() === '' || element.closest('code, pre, kbd, samp, script, style') !== null) return;
    found.push({ lang: element.closest('[lang]')?.lang ?? '', what, text: text.trim().replace(/\s+/g, ' ') });
  };
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    add(element, walker.currentNode.data, element.tagName.toLowerCase());
  }
  for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
    for (const element of document.querySelectorAll(`[${name}]`)) add(element, element.getAttribute(name), name);
  for (const element of document.querySelectorAll('input[type=submit], input[type=button]')) add(element, element.value, 'value');
  return found;
}

function englishIn(text, data) {
  const alone = !JAPANESE.test(text);
  return [...text.matchAll(WORD)].map((match) => match[0]).filter((word) => !NAMES.has(word) && !data.includes(word) &&
    (alone || /^[a-z]/.test(word)));
}

// What is no single name, nor a rule: a report's tables are full of names that the product's maker gave.
const isPhrase = (text) => /\b[a-z]{2,}( [a-z]{2,}){2,}/i.test(text) && !/\b(any|each|all|seen|absent)\(/.test(text);

// Longest first: a value may hold another one.
function without(text, data) {
  return data.filter((value) => value.includes(' ')).reduce((rest, value) => rest.replaceAll(value, '…'), text.replace(COMMAND, '…').replace(LANGUAGES, '…'));
}

// `data` are texts that people wrote about the product; they stand on pages of both languages. With `names`, single
// English words are taken for names.
export async function languageProblems(page, lang, data = [], names = false) {
  const problems = [];
  const sorted = [...data].sort((a, b) => b.length - a.length);
  if (await page.locator('html').getAttribute('lang') !== lang) problems.push(`the page does not say that it is in ${lang}`);
  const parts = (await page.evaluate(texts)).filter((part) => part.lang === lang);
  for (const { what, text } of parts) {
    if (lang === 'en' && JAPANESE.test(without(text, sorted)) && text !== 'akashi 証' && !text.endsWith('– akashi 証'))
      problems.push(`${what}: Japanese: ${text.slice(0, 120)}`);
    const rest = without(text, sorted);
    const words = lang === 'ja' && (!names || isPhrase(rest)) ? englishIn(rest, data) : [];
    if (words.length > 0) problems.push(`${what}: ${words.join(', ')}: ${text.slice(0, 120)}`);
  }
  return problems;
}

// The link to the other language keeps the page, and leads back.
export async function switchProblems(page, lang) {
  const other = lang === 'ja' ? 'en' : 'ja';
  const place = () => { const url = new URL(page.url()); url.searchParams.delete('lang'); return url.pathname + url.search; };
  const before = { place: place(), query: new URL(page.url()).searchParams };
  for (const to of [other, lang]) {
    const link = page.locator(`header a[hreflang=${to}]`);
    if (await link.count() !== 1) return [`there is no link to ${to}`];
    await link.click();
    await page.waitForLoadState('load');
    if (await page.locator('html').getAttribute('lang') !== to) return [`the link to ${to} does not lead to ${to}`];
    const [had, has] = [before.query, new URL(page.url()).searchParams].map((query) =>
      [...query].filter(([name]) => name !== 'lang').map(String).sort().join('&'));
    if (had !== has || place().split('?')[0] !== before.place.split('?')[0])
      return [`the link to ${to} leads from ${before.place} to ${place()}`];
  }
  return [];
}
