// Every page of a real site, as people use it: by eye, by keyboard, by a screen reader, on a telephone, without
// scripts, in both languages. Inside site.py.
import { withBrowser, withPage, PATIENCE_MS } from './browser.mjs';
import { Tap } from './tap.mjs';
import { site, verify } from './site.mjs';
import { everyPage } from './look.mjs';
import { linksOf } from './checks/crawl.mjs';
import { liveProblems, tellsProblems } from './checks/live.mjs';
import { savingProblems } from './checks/download.mjs';
import { formProblems } from './checks/form.mjs';

const tap = new Tap();

async function untilThere(page, url) {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await page.request.get(url)).status() !== 200 && Date.now() < deadline) await page.waitForTimeout(200);
}

const linksOn = async (page, url) => linksOf(new URL(url), await (await page.request.get(url)).text()).map(String);

// A page that reloads itself may do so just now: then once more.
async function goOver(page, url) {
  try {
    await page.goto(url);
  } catch (error) {
    if (!error.message.includes('interrupted by another navigation')) throw error;
    await page.goto(url);
  }
}

// The page of a run that goes on leads to that of its progress, which changes under one's eyes until it tells the
// end. Returns the links that stand on them meanwhile.
async function runningPage(browser, run, ended) {
  return withPage(browser, site, {}, (page, complaints) => withPage(browser, site, { javaScriptEnabled: false }, async (plain) => {
    const [about, progress] = [`${site}/runs/${run}?lang=en`, `${site}/runs/${run}/progress?lang=en`];
    await untilThere(page, about);
    const links = await linksOn(page, about);
    tap.ok('the page of a run that goes on leads to its progress', links.includes(progress), links.join('\n'));
    links.push(...await linksOn(page, progress));
    await Promise.all([page.goto(progress), plain.goto(progress)]);
    tap.none('the progress of a run changes under one\'s eyes', await liveProblems(page, plain, PATIENCE_MS));
    await ended;
    for (const one of [page, plain]) tap.none('and tells the end', await tellsProblems(one, /^Finished\.$/m, PATIENCE_MS));
    tap.none('without complaints', complaints);
    await goOver(page, about);
    tap.ok('then there are verdicts', await page.locator('#verdicts').count() === 1);
    return links;
  }));
}

async function useForm(browser) {
  await withPage(browser, site, {}, async (page) => {
    await page.goto(`${site}/?lang=en`);
    tap.none('the search asks by GET, and back leads back', await formProblems(page, 'telnet'));
  });
}

async function saveFiles(browser) {
  await withPage(browser, site, {}, async (page) => {
    await page.goto(`${site}/runs/weak-1/downloads?lang=en`);
    tap.none('a click saves a bundle', await savingProblems(page, page.locator('a[href$=".bundle"]').first()));
  });
}

// What cannot be done is a failure, and the rest is still looked at.
async function step(name, act) {
  try {
    return await act();
  } catch (error) {
    tap.none(`${name} goes through`, [error.message]);
    return undefined;
  }
}

async function verifyAll(browser) {
  const weak = verify('weak-gateway', 'weak-1', '--profile', 'en303645');
  const hardened = verify('hardened-gateway', 'hardened-1', '--profile', 'jc-star-1');
  const met = await step('a run that goes on', () => runningPage(browser, 'weak-1', weak));
  tap.equal('the weak gateway fails', await weak, 1);
  await hardened;
  await verify('weak-gateway-later', 'weak-2', '--profile', 'en303645', '--test', 'probe.tls');
  return met ?? [];
}

async function main() {
  await withBrowser(async (browser) => {
    const met = await verifyAll(browser);
    await step('the search', () => useForm(browser));
    await step('saving', () => saveFiles(browser));
    await step('looking at every page', () => everyPage(tap, browser, met));
  });
  return tap.done();
}

process.exitCode = await main();
