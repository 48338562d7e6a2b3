// Each check finds the fault that it is for, planted into a page without any, and finds none in that page.
import http from 'node:http';
import { withBrowser, withPage, PATIENCE_MS } from './browser.mjs';
import { Tap } from './tap.mjs';
import { accessibilityProblems } from './checks/axe.mjs';
import { WIDTHS, widthProblems } from './checks/width.mjs';
import { tabProblems, skipLinkProblems, foldProblems } from './checks/keyboard.mjs';
import { languageProblems, switchProblems } from './checks/language.mjs';
import { noscriptProblems, wordsOf } from './checks/noscript.mjs';
import { crawl, linkProblems, routeOf } from './checks/crawl.mjs';
import { downloadProblems, savingProblems } from './checks/download.mjs';
import { formProblems } from './checks/form.mjs';
import { liveProblems, tellsProblems } from './checks/live.mjs';

const GUARDS = { 'Content-Security-Policy': "default-src 'none'; style-src 'self'; form-action 'self'",
  'X-Content-Type-Options': 'nosniff' };
const STYLE = `:root { color-scheme: light dark } body { margin: 0; background: light-dark(#fff, #111); color: light-dark(#111, #eee) } .wide { overflow-x: auto } .wide div { width: 2000px }
  a { color: light-dark(#0a56c2, #79b8ff) } .skip { position: absolute; left: -999px } .skip:focus { left: 0 }
  a:focus-visible { outline: 3px solid }`;
const WORDS = {
  en: { skip: 'Skip to the main part', other: '日本語', title: 'Sound page', list: 'A list', text: 'All is well.', more: 'More', asked: 'Look for', wide: 'A wide table', go: 'Go' },
  ja: { skip: '本文へ', other: 'English', title: '欠陥の無いページ', list: '一覧', text: '問題はありません。', more: '続き', asked: '探す言葉', wide: '広い表', go: '探す' },
};

// The sound page; each planted page is this one changed.
function sound(lang, url) {
  const words = WORDS[lang];
  const other = lang === 'en' ? 'ja' : 'en';
  const asked = (url.searchParams.get('q') ?? '').replace(/\W/g, '');
  return `<!DOCTYPE html><html lang="${lang}"><head><meta charset="utf-8"><title>${words.title}</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head><body>
<a class="skip" href="#main">${words.skip}</a>
<header><a href="${url.pathname}?lang=${other}" hreflang="${other}" lang="${other}">${words.other}</a></header>
<main id="main"><h1>${words.title}</h1><p id="text">${words.text} <code>net.port.open</code> ${asked}</p>
<p><a href="#main">${words.list}</a></p>
<form method="get" action="${url.pathname}"><label for="q">${words.asked}</label>
<input type="search" id="q" name="q" value="${asked}"><input type="hidden" name="lang" value="${lang}"><button>${words.go}</button></form>
<details><summary>${words.more}</summary><p>${words.text}</p></details>
<div class="wide" tabindex="0" role="region" aria-label="${words.wide}"><div>${words.text}</div></div></main></body></html>`;
}

const FAULTS = {
  sound: {},
  contrast: { of: '.skip {', to: '#text { color: #aaa; background: #fff } .skip {', css: true },
  unnamed: { of: /<label[^]*?<\/label>/, to: '' },
  overflow: { of: '.wide { overflow-x: auto }', to: '', css: true },
  'inline-style': { of: '<p id="text">', to: '<p id="text" style="color: red">' },
  'inline-script': { of: '</main>', to: '</main><script>document.title = "x"</script>' },
  elsewhere: { of: '</main>', to: '<img alt="" src="http://127.0.0.2:9/x.png"></main>' },
  'missing-file': { of: '/style.css', to: '/missing.css' },
  'no-focus': { of: 'a:focus-visible { outline: 3px solid }', to: 'a:focus { outline: none }', css: true },
  unreachable: { of: '<a href="#main">', to: '<a href="#main" tabindex="-1">' },
  order: { of: '<button>', to: '<button tabindex="1">' },
  'off-screen': { of: '.skip:focus { left: 0 }', to: '', css: true },
  'skip-nowhere': { of: 'href="#main"', to: 'href="#away"' },
  'no-skip': { of: /<a class="skip"[^]*?<\/a>/, to: '' },
  trap: { of: '</main>', to: '</main><script>document.addEventListener("keydown", (e) => { if (document.activeElement.id === "q" && e.key === "Tab") e.preventDefault(); })</script>', lax: true },
  stiff: { of: '</main>', to: '</main><script>document.querySelector("summary").addEventListener("click", (e) => e.preventDefault())</script>', lax: true },
  'by-script': { of: '</main>', to: '</main><script>document.querySelector("#text").append(" and more")</script>', lax: true },
  english: { of: '続き', to: 'More results' },
  japanese: { of: 'More', to: '続き' },
  'wrong-lang': { of: /<html lang="\w+"/, to: '<html lang="fr"' },
  'no-switch': { of: /<header>[^]*<\/header>/, to: '' },
  'lost-page': { of: /<a href="[^"]*" hreflang/, to: '<a href="/sound?lang=ja" hreflang' },
  post: { of: 'method="get"', to: 'method="post"' },
  forgetful: { of: /value="\w+"><input/, to: 'value=""><input' },
  'dead-link': { of: '<a href="#main">', to: '<a href="/missing">' },
  'dead-place': { of: '<p><a href="#main">', to: '<p><a href="#nowhere">' },
  unguarded: { bare: true },
  live: { of: '</main>', to: '<p id="now">0</p></main><noscript><meta http-equiv="refresh" content="1"></noscript><script>let n = 0; setInterval(() => { document.querySelector("#now").textContent = String(++n); }, 100)</script>', lax: true, counts: true },
  'live-by-script-alone': { of: '</main>', to: '<p id="now">0</p></main><script>let n = 0; setInterval(() => { document.querySelector("#now").textContent = String(++n); }, 100)</script>', lax: true },
  'live-by-reload-alone': { of: '</main>', to: '<p id="now">0</p><meta http-equiv="refresh" content="1"></main>', lax: true, counts: true },
  files: { of: '</main>', to: `${['good.json', 'empty.json', 'broken.json', 'wrong.json', 'fake.pdf'].map((name) => `<a href="/files/${name}">${name}</a>`).join(' ')}</main>` },
};
const FILES = {
  'good.json': ['application/json', '{}'], 'empty.json': ['application/json', ''], 'broken.json': ['application/json', '{'],
  'wrong.json': ['text/plain', '{}'], 'fake.pdf': ['application/pdf', 'no PDF'],
};

let asked = 0;

function answer(request, response) {
  const url = new URL(request.url, 'http://127.0.0.1');
  const [, name, file] = url.pathname.split('/');
  const send = (status, type, body, headers = GUARDS) => response.writeHead(status, { 'Content-Type': type, ...headers }).end(body);
  if (name === 'files' && FILES[file] !== undefined)
    return send(200, FILES[file][0], FILES[file][1], { ...GUARDS, 'Content-Disposition': `attachment; filename="${file}"` });
  if (name === 'style.css' || name.endsWith('.css') && FAULTS[name.slice(0, -4)]?.css) {
    const { of, to } = FAULTS[name.slice(0, -4)] ?? { of: '', to: '' };
    return send(200, 'text/css', STYLE.replace(of, to));
  }
  const fault = FAULTS[name];
  if (fault === undefined) return send(404, 'text/html; charset=utf-8', '<!DOCTYPE html>');
  const lang = url.searchParams.get('lang') ?? 'en';
  const page = fault.css ? sound(lang, url).replace('/style.css', `/${name}.css`) : sound(lang, url).replace(fault.of ?? '', fault.to ?? '');
  asked += 1;
  const body = fault.counts ? page.replace('<p id="now">0', `<p id="now">${asked}`) : page;
  const headers = fault.bare ? {} : fault.lax ? { ...GUARDS, 'Content-Security-Policy': "default-src 'none'; style-src 'self'; script-src 'unsafe-inline'" } : GUARDS;
  return send(200, 'text/html; charset=utf-8', body, headers);
}

async function everyWidth(page) {
  const found = [];
  for (const width of WIDTHS) found.push(...await widthProblems(page, width));
  return found;
}

async function withoutScripts(page, url) {
  const words = await wordsOf(page);
  return withPage(page.context().browser(), new URL(url).origin, { javaScriptEnabled: false }, async (plain) => {
    await plain.goto(url);
    return noscriptProblems(words, plain);
  });
}

const complaintsOf = async (page, _, __, complaints) => complaints;

// check: what finds the fault, the pages it must find one in, and the words it must say about it. Each gets
// (page, its address, its language, what the browser complained about).
const CHECKS = [
  { of: (page) => accessibilityProblems(page), faults: { contrast: /color-contrast/, unnamed: /label/ } },
  { of: everyWidth, faults: { overflow: /at 320 px/ } },
  { of: (page) => tabProblems(page), faults: { 'no-focus': /in focus/, unreachable: /not reached/, order: /out of order/, 'off-screen': /out of sight/, trap: /not reached/ } },
  { of: (page) => skipLinkProblems(page), faults: { 'skip-nowhere': /not there/, 'no-skip': /no skip link/, 'off-screen': /cannot be seen/ } },
  { of: (page) => foldProblems(page), faults: { stiff: /does not open/ } },
  { of: (page, _, lang) => languageProblems(page, lang), faults: { english: /More, results/, japanese: /Japanese/, 'wrong-lang': /does not say/ } },
  { of: (page, _, lang) => switchProblems(page, lang), faults: { 'no-switch': /no link/, 'lost-page': /leads from/ } },
  { of: withoutScripts, faults: { 'by-script': /and more/ } },
  { of: complaintsOf, faults: { 'inline-style': /Content Security Policy/, 'inline-script': /Content Security Policy/, elsewhere: /another site/, 'missing-file': /missing\.css/ } },
  { of: (page) => formProblems(page, 'well'), faults: { post: /asks by post/, forgetful: /does not show the question/ } },
];

const LANGUAGE_OF = { english: 'ja' }; // else en

async function found(browser, origin, check, name) {
  const lang = LANGUAGE_OF[name] ?? 'en';
  const url = `${origin}/${name}?lang=${lang}`;
  return withPage(browser, origin, {}, async (page, complaints) => {
    await page.goto(url);
    return check(page, url, lang, complaints);
  });
}

async function checksTest(tap, browser, origin) {
  for (const { of: check, faults } of CHECKS) {
    tap.none(`nothing is found in a sound page by what finds ${Object.keys(faults).join(', ')}`, await found(browser, origin, check, 'sound'));
    for (const [name, words] of Object.entries(faults)) {
      const problems = await found(browser, origin, check, name);
      tap.ok(`${name} is found`, problems.some((problem) => words.test(problem)), problems.join('\n') || 'nothing was found');
    }
  }
  tap.none('a sound page in the other language', await withPage(browser, origin, { colorScheme: 'dark' }, async (page) => {
    await page.goto(`${origin}/sound?lang=ja`);
    return [...await languageProblems(page, 'ja'), ...await accessibilityProblems(page)];
  }));
}

const FROZEN_MS = 3000; // a page that does not change within this is taken for frozen: its own changes come each second

async function liveTest(tap, browser, origin) {
  const look = (name, patience_ms) => withPage(browser, origin, {}, (page) =>
    withPage(browser, origin, { javaScriptEnabled: false }, async (plain) => {
      for (const one of [page, plain]) await one.goto(`${origin}/${name}`);
      return liveProblems(page, plain, patience_ms);
    }));
  tap.none('a page that changes with and without scripts', await look('live', PATIENCE_MS));
  const wanted = { sound: ['with scripts the page stays as it was', 'without scripts the page stays as it was'],
    'live-by-script-alone': ['without scripts the page stays as it was'],
    'live-by-reload-alone': ['with scripts the page was loaded again'] };
  for (const [name, problems] of Object.entries(wanted)) tap.equal(`${name} is found`, await look(name, FROZEN_MS), problems);
  await withPage(browser, origin, {}, async (page) => {
    await page.goto(`${origin}/live`);
    tap.none('what a page comes to tell', await tellsProblems(page, /^\d\d$/m, PATIENCE_MS));
    tap.ok('what it never tells', (await tellsProblems(page, /never/, FROZEN_MS)).length === 1);
  });
}

async function savingTest(tap, browser, origin) {
  await withPage(browser, origin, {}, async (page) => {
    const save = async (name) => {
      await page.goto(`${origin}/files`);
      return savingProblems(page, page.locator(`a[href$="${name}"]`));
    };
    tap.none('a file is saved', await save('good.json'));
    tap.ok('an empty file is found', (await save('empty.json')).length === 1);
  });
}

async function linksTest(tap, browser, origin) {
  await withPage(browser, origin, {}, async ({ request }) => {
    const found = async (name) => linkProblems(await crawl(request, [`${origin}/${name}?lang=en`], ['en']));
    tap.none('sound links', await found('sound'));
    for (const [name, words] of Object.entries({ 'dead-link': /status 404/, 'dead-place': /no such place/, unguarded: /no policy/ })) {
      const problems = await found(name);
      tap.ok(`${name} is found`, problems.some((problem) => words.test(problem)), problems.join('\n'));
    }
    const rows = await crawl(request, [`${origin}/files?lang=en`], ['en']);
    for (const row of rows.values()) {
      const name = row.url.pathname.split('/')[2];
      if (name === undefined || name === '') continue;
      const problems = downloadProblems(row);
      tap.ok(`file ${name}`, (problems.length === 0) === (name === 'good.json'), problems.join('\n'));
    }
    tap.equal('all files are looked at', [...rows.keys()].filter((url) => url.includes('/files/')).length, Object.keys(FILES).length);
    tap.equal('a route that nobody links to stays without a page', routeOf(['/a/{}', '/a/b'], '/c'), undefined);
    tap.equal('the first route that fits', routeOf(['/a/{}', '/a/b'], '/a/b'), '/a/{}');
  });
}

const server = http.createServer(answer);
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const tap = new Tap();
await withBrowser(async (browser) => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  await checksTest(tap, browser, origin);
  await linksTest(tap, browser, origin);
  await savingTest(tap, browser, origin);
  await liveTest(tap, browser, origin);
});
server.closeAllConnections();
server.close();
process.exitCode = tap.done();
