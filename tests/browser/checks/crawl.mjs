// Follows every link of the site from its first page, without showing pages; what each answered.
export const HTML = 'text/html; charset=utf-8';

const decode = (text) => text.replace(/&amp;/g, '&').replace(/&#39;/g, "'").replace(/&quot;/g, '"').replace(/&lt;/g, '<').replace(/&gt;/g, '>');

export function linksOf(url, body) {
  return [...body.matchAll(/<(?:a|link|img|script|iframe)\b[^>]*?\s(?:href|src)="([^"]*)"/g)].map((match) => new URL(decode(match[1]), url));
}

// The addresses of `starts` are met first. Map of address without fragment → {url, from, status, headers, type, body, size, fragments}; `request` is
// Playwright's. Pages of `languages` alone are followed: with one language, half as many.
export async function crawl(request, starts, languages, limit = 5000) {
  const seen = new Map();
  const queue = starts.map((start) => ({ url: new URL(start), from: 'the start' }));
  const { origin } = new URL(starts[0]);
  while (queue.length > 0 && seen.size < limit) {
    const { url, from } = queue.shift();
    const fragment = url.hash.slice(1);
    url.hash = '';
    const known = seen.get(url.href);
    if (known !== undefined) {
      if (fragment !== '') known.fragments.set(fragment, from);
      continue;
    }
    const lang = url.searchParams.get('lang');
    if (url.origin !== origin || (lang !== null && !languages.includes(lang))) continue;
    const response = await request.get(url.href);
    const body = await response.body();
    const type = response.headers()['content-type'] ?? '';
    const row = { url, from, status: response.status(), headers: response.headers(), type, size: body.length,
      body: type.startsWith('text/html') ? body.toString('utf-8') : '', bytes: body,
      fragments: new Map(fragment === '' ? [] : [[fragment, from]]) };
    seen.set(url.href, row);
    for (const link of linksOf(url, row.body)) queue.push({ url: link, from: url.href });
  }
  return seen;
}

// What is wrong with any answer: broken links and places in pages, missing guards.
export function linkProblems(rows) {
  const problems = [];
  for (const row of rows.values()) {
    const where = `${row.url.pathname}${row.url.search}`;
    if (row.status !== 200) problems.push(`${where}: status ${row.status}, linked from ${row.from}`);
    if (!(row.headers['content-security-policy'] ?? '').includes("default-src 'none'")) problems.push(`${where}: no policy`);
    if (row.headers['x-content-type-options'] !== 'nosniff') problems.push(`${where}: its type may be guessed`);
    for (const [fragment, from] of row.fragments)
      if (!row.body.includes(`id="${fragment}"`)) problems.push(`${where}#${fragment}: no such place, linked from ${from}`);
  }
  return problems;
}

// "/runs/{}/files/{}" of the table of routes that `pathname` fits, or undefined. The first that fits wins.
export function routeOf(routes, pathname) {
  const parts = pathname.split('/');
  return routes.find((route) => {
    const wanted = route.split('/');
    return wanted.length === parts.length && wanted.every((part, i) => part === '{}' ? parts[i] !== '' : part === parts[i]);
  });
}
