const SHADES = 12;

/** The colours of style.css, for a canvas; those of cells as red, green and blue. */
export function palette(node) {
  const style = getComputedStyle(node);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const [calm, near] = [channels(colour("heat-calm")), channels(colour("heat-near"))];
  return {
    shades: Array.from({ length: SHADES }, (_, step) => mixed(calm, near, step / (SHADES - 1))),
    solid: {
      w: channels(colour("heat-warning")),
      c: channels(colour("heat-critical")),
      a: channels(colour("heat-alarmed")),
      i: channels(colour("heat-few")),
    },
    mark: { w: colour("heat-mark-dark"), c: colour("heat-mark"), a: colour("heat-mark"), i: colour("muted") },
    verdict: {
      drifted: colour("heat-alarmed"),
      incomplete: colour("heat-warning"),
      ok: colour("line-strong"),
      insufficient: colour("line-strong"),
    },
    text: colour("muted"),
    ground: colour("surface"),
  };
}

function channels(hexadecimal) {
  return [1, 3, 5].map((place) => parseInt(hexadecimal.slice(place, place + 2), 16));
}

function mixed(from, to, part) {
  return from.map((channel, place) => Math.round(channel + (to[place] - channel) * part));
}

/** A pixel a cell, so that scrolling enlarges a picture instead of drawing thousands of rectangles. */
export function cellImage({ features, windows }, { shades, solid }) {
  const canvas = new OffscreenCanvas(Math.max(windows.length, 1), Math.max(features.length, 1));
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const largest = largestNormal(features);
  for (const [row, { values, levels, threshold }] of features.entries()) {
    for (let column = 0; column < windows.length; column++) {
      const level = levels[column];
      if (level === "-") continue;
      const colour = solid[level] ?? shades[shade(values[column], threshold ?? largest)];
      image.data.set([...colour, 255], 4 * (row * canvas.width + column));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** What the strongest shade stands for where no threshold is given. */
function largestNormal(features) {
  let largest = 0;
  for (const { values, levels } of features) {
    for (let column = 0; column < values.length; column++) {
      if (levels[column] === "n") largest = Math.max(largest, values[column] ?? 0);
    }
  }
  return largest;
}

/** How near to what is large. */
function shade(value, threshold) {
  const part = Math.max(value ?? 0, 0) / (threshold || Infinity);
  return Math.min(SHADES - 1, Math.floor(part * SHADES));
}
