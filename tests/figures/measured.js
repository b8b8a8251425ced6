// Measure every figure of a page: what its texts cover, what runs through them, what they say.

(() => {
  const TOLERANCE = 0.5; // of a pixel, by which boxes of text may be in one another
  const STEP = 3; // how far apart the places are at which a wire is sampled
  const canvas = document.createElement("canvas").getContext("2d");

  const meets = (a, b, by) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > by &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;

  const within = (a, b, by) =>
    a.left >= b.left - by && a.right <= b.right + by && a.top >= b.top - by && a.bottom <= b.bottom + by;

  const shifted = (box, origin) => ({
    left: box.left - origin.left,
    right: box.right - origin.left,
    top: box.top - origin.top,
    bottom: box.bottom - origin.top,
  });

  // Where a wire runs, whatever the font is.
  const along = (path) => {
    const length = path.getTotalLength();
    const count = Math.ceil(length / STEP);
    return [...Array(count + 1).keys()].map((k) => path.getPointAtLength((k * length) / count));
  };

  // What the glyphs of a text cover, of which its box of lines is the most.
  const ink = (text) => {
    let start = 0;
    const found = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const { fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(node.parentElement);
      canvas.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
      const size = canvas.measureText(node.data);
      const place = text.getStartPositionOfChar(start);
      if (node.data.trim()) {
        found.left = Math.min(found.left, place.x - size.actualBoundingBoxLeft);
        found.right = Math.max(found.right, place.x + size.actualBoundingBoxRight);
        found.top = Math.min(found.top, place.y - size.actualBoundingBoxAscent);
        found.bottom = Math.max(found.bottom, place.y + size.actualBoundingBoxDescent);
      }
      start += node.data.length;
    }
    return found;
  };

  const measured = (figure) => {
    const origin = figure.getBoundingClientRect();
    const whole = { left: 0, top: 0, right: origin.width, bottom: origin.height };
    const texts = [...figure.querySelectorAll("text")].map((text) => ({
      words: text.textContent,
      group: text.parentElement,
      node: text.parentElement.parentElement.querySelector(":scope > rect:not(.frame):not(.paper)"),
      box: shifted(text.getBoundingClientRect(), origin),
      ink: ink(text),
    }));
    const nodes = [...figure.querySelectorAll("rect:not(.frame):not(.paper)")].map((node) => ({
      node,
      box: shifted(node.getBoundingClientRect(), origin),
    }));
    const wires = [...figure.querySelectorAll("path.line")]
      .filter((path) => !path.parentElement.querySelector("text"))
      .map((path) => {
        path.places ??= along(path);
        const name = path.parentElement.getAttribute("aria-label");
        return { name, box: shifted(path.getBoundingClientRect(), origin), places: path.places };
      });

    const faults = [];
    let touching = 0;
    texts.forEach((one, k) => {
      for (const other of texts.slice(k + 1)) {
        if (meets(one.ink, other.ink, TOLERANCE)) faults.push(`${one.words} stands on ${other.words}`);
        else if (meets(one.box, other.box, TOLERANCE)) touching += 1;
      }
      if (!within(one.ink, whole, 0)) faults.push(`${one.words} is outside`);
      for (const { node, box } of nodes) {
        if (node !== one.node && meets(one.ink, box, TOLERANCE)) faults.push(`${one.words} stands on a node`);
        if (node === one.node && !within(one.ink, box, 0)) faults.push(`${one.words} is wider than its node`);
      }
      const { left, right, top, bottom } = one.ink;
      for (const { name, box, places } of wires) {
        const through = ({ x, y }) =>
          x > left + TOLERANCE && x < right - TOLERANCE && y > top + TOLERANCE && y < bottom - TOLERANCE;
        if (meets(one.ink, box, -1) && places.some(through)) faults.push(`${one.words} is crossed by ${name}`);
      }
    });
    const labels = [...new Set(texts.map((text) => text.group))]
      .filter((group) => group.dataset.value !== undefined || group.dataset.quantity !== undefined)
      .map((group) => ({
        quantity: group.dataset.quantity ?? "",
        step: group.dataset.step === undefined ? null : Number(group.dataset.step),
        value: group.dataset.value ?? "",
        title: group.querySelector(":scope > title")?.textContent ?? "",
        texts: [...group.querySelectorAll(":scope > text")].map((text) => text.textContent),
      }));
    return { faults, touching, labels };
  };

  return [...document.querySelectorAll("svg")].map(measured);
})();
