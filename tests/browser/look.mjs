// All checks on pages of the site: one page, and a representative few of each route.
import { withPage } from './browser.mjs';
import { site, data, routes, inLang } from './site.mjs';
import { HTML, crawl, linkProblems, routeOf } from './checks/crawl.mjs';
import { accessibilityProblems } from './checks/axe.mjs';
import { WIDTHS, widthProblems } from './checks/width.mjs';
import { tabProblems, skipLinkProblems, foldProblems } from './checks/keyboard.mjs';
import { languageProblems, switchProblems } from './checks/language.mjs';
import { noscriptProblems, wordsOf } from './checks/noscript.mjs';
import { downloadProblems } from './checks/download.mjs';

const EYE = { width: 1280, height: 900 };

// What depends on words and colours, in either language.
async function lookAt(page, lang, names = false) {
  const fits = [];
  const found = { 'is accessible': await accessibilityProblems(page) };
  for (const width of WIDTHS) fits.push(...await widthProblems(page, width));
  await page.setViewportSize(EYE);
  return { ...found, 'fits every width': fits, 'speaks one language': await languageProblems(page, lang, data, names) };
}

// What depends on how the page is built, which is the same in both.
async function use(page, plain) {
  const words = await wordsOf(page);
  await plain.goto(page.url());
  return {
    'needs no script': await noscriptProblems(words, plain),
    'has a skip link': await skipLinkProblems(page),
    'is reached by Tab alone': await tabProblems(page),
    'opens what is folded by Enter': await foldProblems(page),
    'changes its language and back': await switchProblems(page, 'en'),
  };
}

// What an answer of the crawl is: a file to save, a report in its sandbox, or a page.
const isFile = (row) => row.headers['content-disposition'] !== undefined;
const isReport = (row) => !isFile(row) && row.type === HTML && row.headers['content-security-policy'].includes('sandbox');
const isPage = (row) => !isFile(row) && row.type === HTML && !isReport(row);
const nameOf = (url) => decodeURIComponent(new URL(url).pathname + new URL(url).search).replace(/([?&])lang=en&?/, '$1').replace(/[?&]$/, '');

// A report stands in a sandbox in which even what looks at it cannot run: this one sees it without.
async function withoutSandbox(page) {
  await page.route('**/*', async (route) => {
    const response = await route.fetch();
    const { 'content-security-policy': _, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
}

// Each language with one colour scheme: contrast knows no language, and words no colour.
function withEyes(browser, act) {
  return withPage(browser, site, { colorScheme: 'light' }, (en, ofEn) =>
    withPage(browser, site, { colorScheme: 'dark' }, (ja, ofJa) =>
      withPage(browser, site, { javaScriptEnabled: false }, (plain, ofPlain) =>
        withPage(browser, site, {}, async (report) => {
          await withoutSandbox(report);
          return act({ en, ja, plain, report, complaints: [ofEn, ofJa, ofPlain] });
        }))));
}

async function overReport(eyes, url, note) {
  await eyes.plain.goto(url);
  await eyes.report.goto(url);
  const lang = await eyes.report.locator('html').getAttribute('lang');
  for (const colorScheme of ['light', 'dark']) {
    await eyes.report.emulateMedia({ colorScheme });
    note(colorScheme, await lookAt(eyes.report, lang, true));
  }
  note(lang, { 'has the language of its name': url.endsWith(`.${lang}.html`) ? [] : [`it is in ${lang}`] });
}

async function overPage(eyes, url, note) {
  for (const lang of ['en', 'ja']) {
    await eyes[lang].goto(inLang(url, lang));
    note(lang, await lookAt(eyes[lang], lang));
  }
  note('en', await use(eyes.en, eyes.plain));
}

// Everything about one page: a check in `tap` for each question.
async function lookOver(tap, eyes, row) {
  const url = row.url.href;
  const problems = {};
  const note = (where, found) => {
    for (const [check, list] of Object.entries(found))
      problems[check] = (problems[check] ?? []).concat(list.map((problem) => `${where}: ${problem}`));
  };
  await (isReport(row) ? overReport : overPage)(eyes, url, note);
  note('browser', { 'loads without complaints': eyes.complaints.flatMap((list) => list.splice(0)) });
  for (const [check, found] of Object.entries(problems)) tap.none(`${nameOf(url)} ${check}`, found);
}

// Of the pages of one route the fullest and the emptiest.
function representatives(rows) {
  if (rows.length === 0) return [];
  const sorted = [...rows].sort((a, b) => b.size - a.size);
  return [...new Set([sorted[0], sorted[sorted.length - 1]])];
}

function byRoute(rows, patterns) {
  const table = new Map(patterns.map((pattern) => [pattern, []]));
  for (const row of rows.values()) table.get(routeOf(patterns, row.url.pathname))?.push(row);
  return table;
}

// Follows all links from the start and from what was `met` before, checks each answer, and looks over a few pages
// of each route.
export async function everyPage(tap, browser, met = []) {
  const rows = await withPage(browser, site, {}, (page) => crawl(page.request, [`${site}/?lang=en`, ...met], ['en']));
  tap.none(`every link of ${rows.size} leads to something that is there`, linkProblems(rows));
  const table = byRoute(rows, routes());
  tap.none('every page is linked from another one',
    [...table].filter(([, found]) => found.length === 0).map(([pattern]) => `no link leads to ${pattern}`));
  const files = [...rows.values()].filter((row) => isFile(row) || isReport(row));
  tap.none(`the ${files.length} files are what they are called`, files.flatMap(downloadProblems));
  await withEyes(browser, async (eyes) => {
    for (const found of table.values()) {
      const pages = [...representatives(found.filter(isPage)), ...representatives(found.filter(isReport))];
      for (const row of pages) await lookOver(tap, eyes, row);
    }
  });
}
