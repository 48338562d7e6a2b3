// A form asks by GET, is sent by Enter, and leaves the way back open.
export async function formProblems(page, word) {
  const problems = [];
  const methods = await page.locator('form').evaluateAll((forms) => forms.map((form) => form.method));
  if (methods.some((method) => method !== 'get')) problems.push(`a form asks by ${methods.join(', ')}`);
  const field = page.locator('form input[type=search], form input[type=text]').first();
  if (await field.count() === 0) return [...problems, 'there is no form with a field'];
  const before = { url: page.url(), text: await page.locator('body').innerText() };
  const name = await field.getAttribute('name');
  await field.fill(word);
  await Promise.all([page.waitForURL((url) => url.href !== before.url), field.press('Enter')]);
  await page.waitForLoadState('load');
  if (new URL(page.url()).searchParams.get(name) !== word) problems.push(`the form led to ${page.url()}`);
  if (await page.locator(`input[name=${name}]`).first().inputValue() !== word) problems.push('the answer does not show the question');
  if (!(await page.locator('main').innerText()).toLowerCase().includes(word.toLowerCase())) problems.push(`the answer does not show ${word}`);
  await page.goBack();
  await page.waitForLoadState('load');
  if (page.url() !== before.url) problems.push(`back leads to ${page.url()}`);
  if (await page.locator('body').innerText() !== before.text) problems.push('after going back, the page is another one');
  return problems;
}
