// Every page of a real site, as people use it: by eye, by keyboard, by a screen reader, on a telephone, without
// scripts, in both languages. Inside site.py.
import { withBrowser, withPage, PATIENCE_MS } from './browser.mjs';
import { Tap } from './tap.mjs';
import { site, verify } from './site.mjs';
import { everyPage, lookOver, withEyes } from './look.mjs';
import { savingProblems } from './checks/download.mjs';
import { formProblems } from './checks/form.mjs';

const tap = new Tap();

async function untilThere(page, url) {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await page.request.get(url)).status() !== 200 && Date.now() < deadline) await page.waitForTimeout(200);
}

// The page of a run that goes on says so; once it has ended, there are verdicts.
async function runningPage(browser, run, ended) {
  await withPage(browser, site, {}, async (page) => {
    const url = `${site}/runs/${run}?lang=en`;
    await untilThere(page, url);
    await page.goto(url);
    tap.ok('the page of a run that goes on says so', /\bnot finished\b/i.test(await page.locator('main').innerText()),
      await page.locator('main').innerText());
    await ended;
    await page.reload();
    tap.ok('and shows verdicts once it has ended', await page.locator('#verdicts').count() === 1);
  });
}

async function useForm(browser) {
  await withPage(browser, site, {}, async (page) => {
    await page.goto(`${site}/?lang=en`);
    tap.none('the search asks by GET, and back leads back', await formProblems(page, 'telnet'));
  });
}

async function saveFiles(browser) {
  await withPage(browser, site, {}, async (page) => {
    await page.goto(`${site}/runs/weak-1?lang=en`);
    tap.none('a click saves a bundle', await savingProblems(page, page.locator('a[href$=".bundle"]').first()));
  });
}

async function main() {
  await withBrowser(async (browser) => {
    const weak = verify('weak-gateway', 'weak-1', '--profile', 'en303645');
    const hardened = verify('hardened-gateway', 'hardened-1', '--profile', 'jc-star-1');
    await runningPage(browser, 'weak-1', weak);
    tap.equal('the weak gateway fails', await weak, 1);
    await hardened;
    await verify('weak-gateway-later', 'weak-2', '--profile', 'en303645', '--test', 'probe.tls');
    await useForm(browser);
    await saveFiles(browser);
    await everyPage(tap, browser);
  });
  return tap.done();
}

process.exitCode = await main();
