// What a page must keep to for those who do not see it, see little, or use no mouse. Answers what is wrong, in sentences.
() => {
  const wrong = [];
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isShown = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const brief = (node) => node.outerHTML.replace(/\s+/g, " ").slice(0, 120);
  const report = (node, what) => wrong.push(`${what}: ${brief(node)}`);

  const nameOf = (node) => {
    const labels = node.labels ? [...node.labels].map((label) => label.textContent).join(" ") : "";
    const by = (node.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    return [node.getAttribute("aria-label"), by, labels, node.textContent, node.getAttribute("title")].find((text) => text?.trim())?.trim() ?? "";
  };

  if (document.documentElement.lang === "") wrong.push("no language");
  if (all("main").length !== 1) wrong.push("not one main");
  if (all("main h1").length !== 1) wrong.push(`${all("main h1").length} headings of the first level`);
  const levels = all("main h1, main h2, main h3, main h4").filter(isShown).map((node) => Number(node.tagName[1]));
  levels.forEach((level, place) => level > (levels[place - 1] ?? 0) + 1 && wrong.push(`a heading of level ${level} after ${levels[place - 1]}`));

  const seen = new Set();
  for (const node of all("[id]")) {
    if (seen.has(node.id)) report(node, "an id twice");
    seen.add(node.id);
  }
  for (const node of all("a[href], button, input, select, [role=grid], [role=img], [role=region], [role=group], dialog, nav")) {
    if (isShown(node) && !nameOf(node)) report(node, "no name");
  }
  for (const node of all("[aria-labelledby], [aria-describedby], [aria-activedescendant]")) {
    for (const attribute of ["aria-labelledby", "aria-describedby", "aria-activedescendant"]) {
      const ids = node.getAttribute(attribute)?.split(" ").filter(Boolean) ?? [];
      for (const id of ids) if (!document.getElementById(id)) report(node, `${attribute} names nobody`);
    }
  }
  for (const node of all("svg")) {
    const isHidden = node.closest("[aria-hidden=true]");
    if (!isHidden && !(node.getAttribute("role") === "img" && node.getAttribute("aria-label"))) report(node, "a picture without words");
  }
  for (const node of all("table")) {
    if (all("thead th:not([scope])", node).length) report(node, "a heading without a scope");
    if (all("tbody tr", node).some((row) => !row.querySelector("th"))) report(node, "a row without a name");
  }
  for (const node of all("[aria-hidden=true] :is(a, button, input, select, [tabindex])")) {
    if (isShown(node) && node.tabIndex >= 0) report(node, "hidden, and yet it takes the focus");
  }
  for (const node of all("[tabindex]")) if (node.tabIndex > 0) report(node, "a place of its own in the order of the focus");
  for (const node of all("main *")) {
    const scrolls = node.scrollWidth > node.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(node).overflowX);
    if (scrolls && isShown(node) && node.tabIndex < 0) report(node, "scrolls, and the keyboard cannot");
  }

  // Contrast, by WCAG 2.1: of each text on the ground that is behind it.
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const over = ([r, g, b, a = 1], ground) => [r, g, b].map((channel, place) => channel * a + ground[place] * (1 - a));
  const groundOf = (node) => {
    const layers = [];
    for (let one = node; one; one = one.parentElement) layers.push(channels(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((ground, layer) => (layer.length ? over(layer, ground) : ground), [255, 255, 255]);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((channel) => channel / 255).map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !isShown(node) || node.closest(".unseen, .skip, noscript, [disabled], option, title")) continue;
    const style = getComputedStyle(node);
    const ground = groundOf(node);
    const ratio = contrast(over(channels(node instanceof SVGElement ? style.fill : style.color), ground), ground);
    if (ratio < 4.5) report(node, `a contrast of ${ratio.toFixed(2)}`);
  }
  return wrong;
}
