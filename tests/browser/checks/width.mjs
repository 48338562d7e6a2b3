// Nothing but a region that scrolls by itself is wider than the window.
export const WIDTHS = [320, 768, 1280, 1920];

function tooWide() {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  // What sticks out and is not itself inside something that does: the cause, not its parents.
  const out = [...document.body.querySelectorAll('*')].filter((element) => {
    const right = element.getBoundingClientRect().right + window.scrollX;
    return right > root.clientWidth + 1 && ![...element.children].some((child) =>
      child.getBoundingClientRect().right + window.scrollX >= right);
  });
  return [`the page is ${root.scrollWidth} px wide`, ...out.slice(0, 5).map((element) =>
    `${element.tagName.toLowerCase()}.${element.className} ends at ${Math.round(element.getBoundingClientRect().right)}: ${element.textContent.trim().slice(0, 60)}`)];
}

export async function widthProblems(page, width) {
  await page.setViewportSize({ width, height: 900 });
  return (await page.evaluate(tooWide)).map((problem) => `at ${width} px: ${problem}`);
}
