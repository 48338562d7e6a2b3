// The README's pictures: the page of a run of the weak example gateway, in both languages. Inside site.py.
// usage: screenshots.mjs FOLDER
import path from 'node:path';
import { withBrowser, withPage } from './browser.mjs';
import { site, verify, inLang } from './site.mjs';

const [folder] = process.argv.slice(2);
const status = await verify('weak-gateway', 'example', '--profile', 'en303645', '--ports', '1-65535');
if (status !== 1) throw new Error(`exit status ${status} of verify where 1 was expected`);
await withBrowser(async (browser) => {
  for (const lang of ['en', 'ja'])
    await withPage(browser, site, { viewport: { width: 1100, height: 900 } }, async (page) => {
      await page.goto(inLang(`${site}/runs/example`, lang));
      await page.screenshot({ path: path.join(folder, `verdicts.${lang}.png`) });
    });
});
