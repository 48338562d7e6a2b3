// A file that is offered has the type that its name says, is not empty, and is of that format.
const begins = (text) => (bytes) => bytes.subarray(0, text.length).equals(Buffer.from(text, 'latin1'));
const isText = (bytes) => Buffer.from(bytes.toString('utf-8'), 'utf-8').equals(bytes);
const json = (member) => (bytes) => {
  try {
    const value = JSON.parse(bytes.toString('utf-8'));
    return member === undefined || value[member] !== undefined;
  } catch {
    return false;
  }
};

// [ending, media type, what shows that the bytes are of that format]; the first ending that fits.
const FORMATS = [
  ['cdx.json', 'application/vnd.cyclonedx+json; version=1.6', json('bomFormat')],
  ['spdx.json', 'application/spdx+json', json('spdxVersion')],
  ['oscal-ap.json', 'application/oscal+json', json('assessment-plan')],
  ['oscal-ar.json', 'application/oscal+json', json('assessment-results')],
  ['oscal-poam.json', 'application/oscal+json', json('plan-of-action-and-milestones')],
  ['oscal-ssp.json', 'application/oscal+json', json('system-security-plan')],
  ['sarif', 'application/sarif+json', json('runs')],
  ['json', 'application/json', json()],
  ['bundle', 'application/json', json()],
  ['html', 'text/html; charset=utf-8', begins('<!DOCTYPE html>')],
  ['csv', 'text/csv; charset=utf-8', isText],
  ['txt', 'text/plain; charset=utf-8', isText],
  ['pdf', 'application/pdf', begins('%PDF-')],
  ['svg', 'image/svg+xml', begins('<?xml')],
  ['png', 'image/png', begins('\x89PNG')],
  ['yaml', 'text/plain; charset=utf-8', isText],
];

// `row` of the crawl whose answer is a file.
export function downloadProblems(row) {
  const offered = /filename="([^"]*)"/.exec(row.headers['content-disposition'] ?? '')?.[1];
  const name = decodeURIComponent(offered ?? row.url.pathname.split('/').pop());
  if (row.size === 0) return [`${row.url.pathname} is empty`];
  const format = FORMATS.find(([ending]) => name.endsWith(`.${ending}`));
  if (format === undefined) return row.type === 'application/octet-stream' ? [] : [`${name}: type ${row.type}`];
  const problems = row.type === format[1] ? [] : [`${name}: type ${row.type} where ${format[1]} was expected`];
  return format[2](row.bytes) ? problems : [...problems, `${name} is not what its name says`];
}

// Clicking the link saves the file under its name.
export async function savingProblems(page, link) {
  const waiting = page.waitForEvent('download');
  await link.click();
  const download = await waiting;
  const stream = await download.createReadStream();
  let size = 0;
  for await (const chunk of stream) size += chunk.length;
  return size > 0 && download.suggestedFilename() !== '' ? [] : [`${download.suggestedFilename()}: ${size} bytes arrived`];
}
