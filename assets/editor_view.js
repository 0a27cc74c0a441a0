// Drawing: two rows of tokens, entities as blocks, links as lines, candidates as bars. Knows nothing of edits.
// User text enters the page through textContent and attributes alone.

const SVG = 'http://www.w3.org/2000/svg';
const DENSE = 120;                        // tokens of both sides; above it lines are drawn for what is pointed at alone
const LONG_TOKEN = 30;
const CHIP_GAP = 3, CHIP_LEAST = 34;      // px between chips, and the least that a word is cut to
// Arabic letters keep the shape of their neighbours where a word was cut; these never join to the next letter.
const ARABIC = /\p{Script=Arabic}/u, NOT_JOINING_ON = /[\u0621-\u0625\u0627\u0629\u062f-\u0632\u0648\u0649\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2\u06d3\u06d5]\p{M}*$/u;

const el = (tag, cls, parent, text) => {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
};
const shape = (tag, cls, attributes) => {
  const node = document.createElementNS(SVG, tag);
  if (cls) node.setAttribute('class', cls);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  return node;
};
const setIf = (node, name, value) => { if (node.getAttribute(name) !== value) node.setAttribute(name, value); };
const paintWith = (node, label) => {
  node.style.setProperty('--c', `light-dark(${label.light}, ${label.dark})`);
  node.style.setProperty('--ln', label.line);
};

class Row {
  constructor(stage, role, title) {
    this.part = el('div', `part ${role}`, stage);
    const head = el('div', 'head', this.part);
    el('span', 'title', head, title);
    this.language = el('span', 'lang', head);
    this.text = el('div', 'text', el('div', 'body', this.part));
    this.text.setAttribute('role', 'listbox');
    this.toks = []; this.gaps = []; this.drawn = []; this.tags = [];
  }

  fill(tokens, spaces, { lang, dir, language, breaks }) {
    this.text.replaceChildren();
    this.text.dir = dir; this.text.lang = lang;
    this.language.textContent = language;
    this.toks = []; this.gaps = []; this.drawn = []; this.tags = [];
    tokens.forEach((token, k) => {
      const t = el('span', 'tok', this.text, token);
      t.dataset.k = k;
      t.setAttribute('role', 'option');
      t.classList.toggle('wa', !!spaces[k]);
      t.classList.toggle('wb', k > 0 && !!spaces[k - 1]);
      t.classList.toggle('long', token.length > LONG_TOKEN);
      const joins = n => !spaces[n] && ARABIC.test(tokens[n].at(-1)) && ARABIC.test(tokens[n + 1]?.[0] ?? '')
        && !NOT_JOINING_ON.test(tokens[n]);
      t.classList.toggle('ja', joins(k));
      t.classList.toggle('jb', k > 0 && joins(k - 1));
      el('span', 'num', t).dataset.n = k + 1;
      this.toks.push(t);
      if (spaces[k]) {                                       // an element of its own, so that it can be coloured
        this.gaps[k] = el('span', 'ws', this.text, ' ');
        this.gaps[k].dataset.k = k; this.gaps[k].setAttribute('aria-hidden', 'true');
      } else if (breaks) el('wbr', '', this.text);
    });
  }

  // Draw entities; tokens that look as before are left alone. A block is {start, end, label, chip, short, mini, active, grips}.
  mark(blocks) {
    const want = [];
    for (const block of blocks) for (let k = block.start; k < block.end; k++) want[k] = block;
    let changed = false;
    this.toks.forEach((t, k) => {
      const block = want[k], first = block?.start === k, last = block?.end === k + 1;
      const key = block ? JSON.stringify([block.label, block.active, first, last, first && block.chip, block.grips && (first || last)]) : '';
      if (this.drawn[k] === key) return;
      this.drawn[k] = key; changed = true;
      for (const node of [...t.children]) if (!node.classList.contains('num')) node.remove();
      for (const node of [t, this.gaps[k]]) if (node) {
        node.toggleAttribute('data-l', !!block && (node === t || !last));
        node.classList.toggle('act', !!block?.active && (node === t || !last));
        if (block) paintWith(node, block.label);
      }
      t.classList.toggle('first', first); t.classList.toggle('last', last);
      if (first) {
        const tag = el('span', 'tag', t);
        tag.setAttribute('aria-hidden', 'true'); tag.dataset.mini = block.mini; tag.dataset.short = block.short;
        el('bdi', '', tag, block.chip).dir = 'ltr';
      }
      if (block?.grips) for (const [at, side] of [[first, 'start'], [last, 'end']]) if (at) {
        el('span', `grip ${side}`, t).setAttribute('aria-hidden', 'true');
      }
    });
    if (changed) this.tags = this.toks.map(t => t.querySelector('.tag')).filter(Boolean);
    return changed;
  }

  light(on) {
    this.toks.forEach((t, k) => {
      t.classList.toggle('on', !!on?.has(k));
      this.gaps[k]?.classList.toggle('on', !!on && on.has(k) && on.has(k + 1));
    });
  }

  measure() { this.wraps = this.text.offsetHeight > 1.6 * parseFloat(getComputedStyle(this.text).lineHeight); }

  // The place of tokens start..end, one box for every line that they stand on.
  boxes(start, end) {
    const found = [];
    for (const t of this.toks.slice(start, end)) {
      const box = t.getBoundingClientRect(), line = found.at(-1);
      if (line && Math.abs(line.bottom - box.bottom) < box.height / 2) {
        line.left = Math.min(line.left, box.left); line.right = Math.max(line.right, box.right);
      } else found.push({ left: box.left, right: box.right, top: box.top, bottom: box.bottom });
    }
    return found;
  }

  // Chips never cover each other. Where the next one is near, a chip says only its label, cut to the room there is;
  // where not even that can be read, a letter, at last no wider than its token. The last of a line moves inwards.
  chips() {
    if (!this.tags.length) return;
    for (const tag of this.tags) {
      tag.classList.remove('short', 'mini', 'tiny');
      tag.style.removeProperty('translate'); tag.style.removeProperty('--room');
    }
    const edge = this.text.getBoundingClientRect(), rtl = this.text.dir === 'rtl';
    // Along the line, in the direction of reading, whichever that is.
    const along = box => rtl ? { start: edge.right - box.right, end: edge.right - box.left } : { start: box.left - edge.left, end: box.right - edge.left };
    const boxes = this.tags.map(tag => { const box = tag.getBoundingClientRect(); return { ...along(box), top: box.top, height: box.height }; });
    const plans = boxes.map(({ start, end, top, height }, n) => {
      const next = boxes[n + 1], near = next && Math.abs(next.top - top) < height ? next.start - CHIP_GAP : null;
      const room = (near ?? edge.width) - start;
      if (end - start <= room) return {};
      if (near === null) {
        const before = boxes[n - 1], free = before && Math.abs(before.top - top) < height ? Math.min(before.end, start) + CHIP_GAP : 0;
        const shift = end - edge.width;
        if (start - shift >= free) return { shift };
      }
      return room >= CHIP_LEAST ? { room } : { mini: true, room };
    });
    plans.forEach(({ shift, room, mini }, n) => {
      const tag = this.tags[n];
      if (shift) tag.style.translate = `${rtl ? shift : -shift}px 0`;
      if (room === undefined) return;
      tag.classList.add(mini ? 'mini' : 'short');
      tag.style.setProperty('--room', `${room}px`);
    });
    const letters = this.tags.filter((_, n) => plans[n].mini), widths = letters.map(tag => tag.offsetWidth);
    letters.forEach((tag, n) => tag.classList.toggle('tiny', widths[n] > parseFloat(tag.style.getPropertyValue('--room'))));
  }
}

class Lines {
  constructor(stage) {
    this.stage = stage;
    this.svg = shape('svg', 'lines', { 'aria-hidden': 'true' });
    stage.prepend(this.svg);              // first child: the lines lie behind the text
  }

  // links: [i, j, kind, label or null, held]; on: what is pointed at, {links}; bars: [{start, end, label}] of candidates.
  draw(source, target, links, on, { show, bars }) {
    const origin = this.stage.getBoundingClientRect(), rects = new Map();
    // A word that is broken over lines is left from its last line and reached at its first.
    const parts = node => { if (!rects.has(node)) rects.set(node, node.getClientRects()); return rects.get(node); };
    const dense = source.toks.length + target.toks.length > DENSE;
    const wraps = !dense && (source.wraps || target.wraps);
    const seen = source.text.getBoundingClientRect();         // a source of many lines scrolls in a box of its own
    const layers = [[], [], []];                              // plain, of an entity, pointed at: later ones lie above
    links.forEach(([i, j, kind, label, held], n) => {
      const lit = on?.links.has(n);
      if (!lit && (!show || dense || on?.alone || (wraps && !label))) return;
      const a = [...parts(source.toks[i])].at(-1), [b] = parts(target.toks[j]);
      if (!a || !b || a.bottom < seen.top || a.bottom > seen.bottom + 1) return;
      const x1 = a.left + a.width / 2 - origin.left, y1 = a.bottom - origin.top;
      const x2 = b.left + b.width / 2 - origin.left, y2 = b.top - origin.top, bend = (y2 - y1) * 0.45;
      const path = shape('path', [kind, label ? 'of' : '', held ? 'held' : '', lit ? 'on' : '', wraps ? 'faint' : ''].join(' ').trim(),
        { d: `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}` });
      if (label) paintWith(path, label);
      layers[lit ? 2 : label ? 1 : 0].push(path);
    });
    this.svg.replaceChildren(...layers.flat(), ...bars.flatMap((bar, n) => this.bar(bar, n, target, origin)));
  }

  bar({ start, end, label }, n, target, origin) {
    return target.boxes(start, end).map(box => {
      const y = box.bottom - origin.top + 3 + 5 * n;
      const path = shape('path', 'bar', { d: `M${box.left - origin.left + 1} ${y}H${box.right - origin.left - 1}` });
      paintWith(path, label);
      return path;
    });
  }
}
