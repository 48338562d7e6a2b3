// A file that is offered has the type that its name says, is not empty, and is of that format.
const begins = (text) => (bytes) => bytes.subarray(0, text.length).equals(Buffer.from(text, 'latin1'));
const isJson = (bytes) => { try { JSON.parse(bytes.toString('utf-8')); return true; } catch { return false; } };
const isText = (bytes) => Buffer.from(bytes.toString('utf-8'), 'utf-8').equals(bytes);

const FORMATS = {
  html: ['text/html; charset=utf-8', begins('<!DOCTYPE html>')],
  json: ['application/json', isJson],
  sarif: ['application/sarif+json', isJson],
  bundle: ['application/json', isJson],
  csv: ['text/csv; charset=utf-8', isText],
  txt: ['text/plain; charset=utf-8', isText],
  pdf: ['application/pdf', begins('%PDF-')],
  pcap: ['application/vnd.tcpdump.pcap', (bytes) => /^(\xd4\xc3\xb2\xa1|\x4d\x3c\xb2\xa1)/.test(bytes.subarray(0, 4).toString('latin1'))],
};

// `row` of the crawl whose answer is a file.
export function downloadProblems(row) {
  const name = decodeURIComponent(row.url.pathname.split('/').pop());
  const offered = /filename="([^"]*)"/.exec(row.headers['content-disposition'] ?? '')?.[1];
  const suffix = (offered ?? name).split('.').pop();
  if (row.size === 0) return [`${row.url.pathname} is empty`];
  const format = FORMATS[suffix];
  if (format === undefined) return row.type === 'application/octet-stream' ? [] : [`${name}: type ${row.type}`];
  const problems = row.type === format[0] ? [] : [`${name}: type ${row.type} where ${format[0]} was expected`];
  return format[1](row.bytes) ? problems : [...problems, `${name} is not what its name says`];
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
