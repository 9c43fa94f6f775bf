// What the page shows, in CSS pixels of the window: {icons, widgets, regions, lines, ignored}.
// An element counts as seen by the share of sample points at which nothing else lies over it.
() => {
  const veiled = document.querySelector("[data-veil]") !== null;
  const clips = new Map();
  const whole = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const cross = (a, b) => ({ left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) });
  // Where the contents of an element may be painted: what it and its ancestors clip.
  const clip = (el) => {
    if (!el || el === document.documentElement) return whole;
    if (!clips.has(el)) {
      const own = getComputedStyle(el).overflow !== "visible" && el !== document.body;
      const outer = clip(el.parentElement);
      clips.set(el, own ? cross(outer, el.getBoundingClientRect()) : outer);
    }
    return clips.get(el);
  };
  const area = (r) => Math.max(0, r.right - r.left) * Math.max(0, r.bottom - r.top);
  const hits = (el, x, y) => {
    const top = document.elementFromPoint(x, y);
    return top !== null && (el.contains(top) || top.contains(el));
  };
  // [share that is inside the clips, share of sample points that are not covered]
  const seen = (el, rect, n) => {
    const inside = cross(rect, clip(el.parentElement));
    if (area(inside) <= 0) return [0, 0, inside];
    let good = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
      const x = inside.left + (inside.right - inside.left) * (i + 0.5) / n;
      const y = inside.top + (inside.bottom - inside.top) * (j + 0.5) / n;
      good += hits(el, x, y);
    }
    return [area(inside) / area(rect), good / (n * n), inside];
  };
  const xywh = (r) => [r.left, r.top, r.right - r.left, r.bottom - r.top];
  const visible = (el) => el.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colors = new Map();
  const rgba = (css) => {
    if (!colors.has(css)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      colors.set(css, [...pen.getImageData(0, 0, 1, 1).data]);
    }
    return colors.get(css);
  };
  const over = ([r, g, b, a], back) => [r, g, b].map((v, i) => back[i] + (v - back[i]) * a / 255);
  // The colour that an element's background (or, with ink, its text) has on the screen.
  const shown = (el, ink) => {
    const chain = [];
    for (let e = el; e; e = e.parentElement) chain.unshift(e);
    const paint = (i, back) => {
      if (i === chain.length) return ink ? over(rgba(getComputedStyle(el).color), back) : back;
      const style = getComputedStyle(chain[i]);
      const front = paint(i + 1, over(rgba(style.backgroundColor), back));
      return front.map((v, c) => back[c] + (v - back[c]) * Number(style.opacity));
    };
    return "#" + paint(0, [255, 255, 255]).map((v) => Math.round(v).toString(16).padStart(2, "0")).join("");
  };
  // A drawn chart is as large as its shapes, not as the frame in which they stand.
  const extent = (el) => {
    if (el.dataset.kind !== "chart") return el.getBoundingClientRect();
    const parts = [...el.children].map((part) => part.getBoundingClientRect());
    const [left, top] = ["left", "top"].map((side) => Math.min(...parts.map((r) => r[side])));
    const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...parts.map((r) => r[side])));
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  };
  const dimmed = (el) => veiled && !el.closest("[data-above]");
  const within = (el) => el.parentElement?.closest("[data-s=region]")?.dataset.kind ?? null;

  const ignored = [];
  const icons = [], numbers = new Map(), widgets = [], regions = [];
  for (const el of document.querySelectorAll("[data-s]")) {
    if (!visible(el)) continue;
    const { s, kind } = el.dataset;
    const rect = extent(el);
    if (rect.width < 2 || rect.height < 2) continue;
    const [inside, open, part] = seen(el, rect, s === "region" ? 9 : 5);
    const least = s === "region" ? 0.2 : s === "icon" ? 0.98 : 0.97;
    if (inside < least || open < (s === "region" ? 0.3 : 0.7)) {
      if (inside * open > 0.02) ignored.push(xywh(part));
      continue;
    }
    if (s === "ignore") { ignored.push(xywh(part)); continue; }
    const base = { within: within(el), dimmed: dimmed(el) };
    if (s === "region") {
      const title = el.querySelector("h1,h2,h3")?.innerText.trim() ?? "";
      regions.push({ ...base, kind, title, xywh: xywh(part) });
    } else if (s === "icon") {
      numbers.set(el, icons.length);
      icons.push({ ...base, concept: kind, icon_set: el.dataset.set, style: el.dataset.style,
        css_px: Number(el.dataset.px), color: base.dimmed ? null : shown(el, true), xywh: xywh(rect) });
    } else {
      const { label, value, selected } = el.dataset;
      const box = ["checkbox", "radio", "switch"].includes(kind);
      const text = el.tagName === "SELECT" ? el.selectedOptions[0]?.text ?? "" : kind === "slider" || kind === "input" ? el.value ?? null : null;
      widgets.push({ ...base, el, kind, label, xywh: xywh(rect),
        checked: !box ? null : el.dataset.on === undefined ? el.checked : el.dataset.on === "1",
        disabled: el.disabled === true || el.dataset.off === "1", painted: el.dataset.paint ?? "",
        selected: selected === undefined ? null : selected === "1", value: value ?? text,
        background: base.dimmed || kind === "chart" ? null : shown(el, false),
        foreground: base.dimmed || box || ["chart", "slider", "progress bar"].includes(kind) ? null : shown(el, true) });
    }
  }
  for (const widget of widgets) {
    const el = widget.el, near = el.classList.contains("s-float") ? el.parentElement : el;
    delete widget.el;
    const icon = [...near.querySelectorAll("[data-s=icon]")].find((i) => numbers.has(i));
    widget.icon = icon ? numbers.get(icon) : null;
  }

  // Words that can be seen whole, joined to lines of their block.
  const words = [];
  const word = (el, text, r, block, hint = false) => {
    const inside = cross(r, clip(el));
    const wide = (inside.right - inside.left) / (r.right - r.left), high = (inside.bottom - inside.top) / (r.bottom - r.top);
    if (wide < 0.98 || high < 0.75) {
      if (area(inside) > 4) ignored.push(xywh(inside));
      return;
    }
    const free = [0.1, 0.5, 0.9].filter((t) => hits(el, r.left + (r.right - r.left) * t, (r.top + r.bottom) / 2));
    if (free.length === 3) words.push({ el, text, r, block, hint });
    else if (free.length) ignored.push(xywh(r));
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const el = node.parentElement;
    if (/^(SCRIPT|STYLE|OPTION|TEXTAREA)$/.test(el.tagName) || !node.data.trim() || !visible(el)) continue;
    let block = el;
    while (block.parentElement && getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
    const upper = getComputedStyle(el).textTransform === "uppercase";
    for (const match of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const [r, ...more] = range.getClientRects();
      if (!r || more.length || r.width < 1 || r.height < 1) continue;
      word(el, upper ? match[0].toUpperCase() : match[0], r, block);
    }
  }
  // The text of fields is in no text node: it starts at the padding and is measured.
  for (const el of document.querySelectorAll("input[type=text],select")) {
    const text = el.tagName === "SELECT" ? el.selectedOptions[0]?.text ?? "" : el.value || el.placeholder;
    if (!text || !visible(el)) continue;
    const style = getComputedStyle(el), rect = el.getBoundingClientRect();
    pen.font = style.font;
    const size = pen.measureText(text), height = size.fontBoundingBoxAscent + size.fontBoundingBoxDescent;
    const left = rect.left + parseFloat(style.borderLeftWidth) + parseFloat(style.paddingLeft);
    const end = rect.right - parseFloat(style.borderRightWidth) - parseFloat(style.paddingRight);
    const middle = (rect.top + parseFloat(style.borderTopWidth) + parseFloat(style.paddingTop)
      + rect.bottom - parseFloat(style.borderBottomWidth) - parseFloat(style.paddingBottom)) / 2;
    if (left + size.width > end + 0.5) { ignored.push(xywh(rect)); continue; }
    const hint = el.tagName === "INPUT" && !el.value;
    word(el, text, { left, right: left + size.width, top: middle - height / 2, bottom: middle + height / 2 }, el, hint);
  }
  const lines = [];
  let last = null;
  for (const { el, text, r, block, hint } of words) {
    const high = r.bottom - r.top;
    const gap = last ? r.left - last.r.right : 0;
    const level = last && Math.min(r.bottom, last.r.bottom) - Math.max(r.top, last.r.top) > 0.6 * high;
    if (level && last.block === block && gap > -1 && gap < 0.7 * high) {
      last.text += (gap > 0.08 * high ? " " : "") + text;
      last.r = { left: last.r.left, right: r.right, top: Math.min(last.r.top, r.top), bottom: Math.max(last.r.bottom, r.bottom) };
    } else {
      last = { el, text, block, hint, r: { left: r.left, right: r.right, top: r.top, bottom: r.bottom } };
      lines.push(last);
    }
  }
  return { icons, widgets, regions, ignored, lines: lines.map(({ el, text, r, hint }) => {
    const svg = el.namespaceURI !== "http://www.w3.org/1999/xhtml";
    return { text, xywh: xywh(r), within: within(el), dimmed: dimmed(el), color: dimmed(el) || svg || hint ? null : shown(el, true) };
  }) };
}
