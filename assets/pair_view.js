// Two (or three) rows of tokens with entities as coloured blocks and word links between them; read only.
// A Streamlit components-v2 module without dependencies. User text enters the page through textContent alone; all
// selection works on token indices, so neither bidi reordering nor the shadow DOM matters.

const MOUNTED = new WeakMap();            // parent element -> View; the module is called again with every change of data
const SVG = 'http://www.w3.org/2000/svg';
const DENSE = 120;                        // tokens of both sides; above it only links of entities are drawn unasked, none where text wraps

const el = (tag, cls, parent, text) => {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
};
const inside = (span, k) => span.start <= k && k < span.end;

class View {
  constructor(root) {
    this.box = root.querySelector('.xpv');
    this.box.setAttribute('role', 'group');
    this.off = new AbortController();
    const on = (name, act) => this.box.addEventListener(name, act, { signal: this.off.signal });
    on('pointerover', e => this.point(e.target.closest?.('[data-k]')));
    on('pointerleave', () => this.point(null));
    on('focusin', e => { this.focused = e.target.closest?.('.tok'); this.highlight(); });
    on('focusout', () => { this.focused = null; this.highlight(); });
    on('keydown', e => this.key(e));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.box);
    document.fonts?.ready.then(() => this.draw());
  }

  destroy() { this.off.abort(); this.observer.disconnect(); }

  update(data) {
    const written = JSON.stringify(data);
    if (written === this.written) return;
    const before = this.data, keep = this.focused && [this.focused.dataset.r, this.focused.dataset.k];
    this.written = written; this.data = data; this.pointed = this.focused = null;
    this.build();
    if (before && before.doc === data.doc) this.flash(before);
    if (keep) this.rows[+keep[0]]?.toks[+keep[1]]?.focus();
    this.draw();
  }

  // ---- building ----------------------------------------------------------------------------------
  build() {
    const { data } = this;
    this.box.replaceChildren();
    this.box.setAttribute('aria-label', data.title);
    this.stage = el('div', 'stage', this.box);
    this.svg = document.createElementNS(SVG, 'svg');          // first child: the lines lie behind the text
    this.svg.setAttribute('aria-hidden', 'true');
    this.stage.appendChild(this.svg);
    this.rows = data.rows.map((row, r) => this.row(row, r));
    this.source = this.rows.find(x => x.role === 'source');
    this.target = this.rows.find(x => x.role === 'target');
    this.stage.classList.toggle('crossing', this.source.dir !== this.target.dir);
    this.stage.classList.toggle('stacked', this.rows.some(row => row.role === 'version'));
    this.name();
    if (data.back) this.back(data.back);
    this.legend();
  }

  row(row, r) {
    const part = el('div', `part ${row.role}`, this.stage);
    const head = el('div', 'head', part);
    el('span', 'title', head, row.title);
    el('span', 'lang', head, row.language);
    if (row.note) el('span', 'note', head, row.note);
    const body = el('div', 'body', part);
    const text = el('div', 'text', body);
    text.dir = row.dir; text.lang = row.lang;
    text.setAttribute('role', 'listbox'); text.setAttribute('aria-label', `${row.title}, ${row.language}`);
    const toks = [], gaps = [];
    row.tokens.forEach((token, k) => {
      const t = el('span', 'tok', text, token);
      t.dataset.r = r; t.dataset.k = k;
      t.tabIndex = k ? -1 : 0;
      t.setAttribute('role', 'option');
      t.classList.toggle('wa', row.spaces[k]);
      t.classList.toggle('wb', k > 0 && row.spaces[k - 1]);
      t.classList.toggle('long', token.length > 30);
      toks.push(t);
      if (row.spaces[k]) {                                    // an element of its own, so that it can be coloured
        gaps[k] = el('span', 'ws', text, ' ');
        gaps[k].dataset.r = r; gaps[k].setAttribute('aria-hidden', 'true');
      } else if (row.breaks) el('wbr', '', text);
    });
    const tags = row.entities.map((entity, n) => this.entity(entity, n, toks, gaps));
    for (const k of row.absent ?? []) toks[k]?.classList.add('absent');
    return { role: row.role, text, entities: row.entities, tokens: row.tokens, dir: row.dir, toks, gaps, tags };
  }

  entity(entity, n, toks, gaps) {
    for (let k = entity.start; k < entity.end; k++) {
      for (const node of [toks[k], k < entity.end - 1 ? gaps[k] : null]) if (node) {
        node.dataset.l = n; node.dataset.k = k;
        node.classList.toggle('differs', !!entity.differs);
        this.colour(node, entity.label);
      }
    }
    toks[entity.start].classList.add('first');
    toks[entity.end - 1].classList.add('last');
    const tag = el('span', 'tag', toks[entity.start]);
    tag.setAttribute('aria-hidden', 'true');
    const text = el('bdi', '', tag, entity.chip);
    text.dir = 'ltr';
    tag.dataset.mini = entity.mini;
    return tag;
  }

  colour(node, label) {
    const style = this.data.labels[label];
    node.style.setProperty('--c', `light-dark(${style.light}, ${style.dark})`);
    node.style.setProperty('--ln', style.line);
  }

  // Accessible names: word, place, entity, and the words on the other side that it is linked to.
  name() {
    for (const row of this.rows) row.toks.forEach((t, k) => {
      const entity = row.entities.find(e => inside(e, k));
      const other = row.role === 'source' ? this.target : this.source;
      const partners = this.data.links.filter(([i, j]) => (row.role === 'source' ? i : j) === k)
        .map(([i, j]) => other.tokens[row.role === 'source' ? j : i]);
      const parts = [row.tokens[k], `token ${k + 1} of ${row.toks.length}`];
      if (entity) parts.push(entity.name);
      if (row.role === 'source' || row.role === 'target') parts.push(partners.length ? `linked to ${partners.join(', ')}` : 'no link');
      t.setAttribute('aria-label', parts.join('; '));
    });
  }

  back(back) {
    const part = el('div', 'part back', this.stage);
    const head = el('div', 'head', part);
    el('span', 'title', head, back.title);
    el('span', 'lang', head, back.language);
    const body = el('div', 'body', part);
    if (back.text === null) { el('div', 'plain muted', body, back.missing); return; }
    const text = el('div', 'plain', body, back.text);
    text.dir = back.dir; text.lang = back.lang;
    const list = el('ul', 'ticks', body);
    for (const entity of back.entities) {
      const item = el('li', entity.survives ? 'yes' : 'no', list);
      el('span', 'mark', item, entity.survives ? '✓' : '✗').setAttribute('aria-hidden', 'true');
      const words = el('bdi', '', item, entity.text);
      words.lang = back.lang;
      el('span', 'word', item, entity.survives ? 'came back' : 'changed');
    }
  }

  legend() {
    const list = el('ul', 'legend', this.box);
    list.setAttribute('aria-label', 'Legend');
    const used = new Set(this.data.rows.flatMap(row => row.entities.map(e => e.label)));
    for (const label of Object.keys(this.data.labels)) if (used.has(label)) {
      const item = el('li', '', list);
      this.colour(el('span', 'swatch', item), label);
      el('bdi', '', item, label);
    }
    if (this.data.rows.some(row => row.absent?.length)) el('span', 'swatch absent', el('li', '', list)).after('a name in another version only');
    const kinds = new Set(this.data.links.map(link => link[2]));
    for (const [kind, words] of [['sure', 'word link'], ['possible', 'possible link'], ['manual', 'link set by hand']]) {
      if (!kinds.has(kind)) continue;
      const item = el('li', '', list), svg = document.createElementNS(SVG, 'svg');
      svg.setAttribute('class', 'sample'); svg.setAttribute('viewBox', '0 0 30 8'); svg.setAttribute('aria-hidden', 'true');
      const line = document.createElementNS(SVG, 'path');
      line.setAttribute('d', 'M1 4H29'); line.setAttribute('class', kind);
      svg.appendChild(line); item.append(svg, words);
    }
    if (this.target?.entities.some(e => e.partner)) el('li', '', list, '⇠2: projected from entity 2');
    el('li', 'hint', list, 'Point at a word, or Tab to it, to see its partners.');
  }

  // Spans that another click, weight or method has changed light up once.
  flash(before) {
    const old = before.rows.find(row => row.role === 'target')?.entities ?? [];
    const key = e => `${e.start}-${e.end}-${e.label}-${e.partner}`, known = new Set(old.map(key));
    if (!this.target) return;
    for (const e of this.target.entities) if (!known.has(key(e))) {
      for (let k = e.start; k < e.end; k++) this.target.toks[k].classList.add('flash');
    }
  }

  // ---- highlighting ------------------------------------------------------------------------------
  point(node) { if (node !== this.pointed) { this.pointed = node; this.highlight(); } }

  // What belongs to a token: its entity, the links of either, what they lead to, and the entity on the other side.
  partners(r, k) {
    const row = this.rows[r], entity = row.entities.find(e => inside(e, k));
    const mine = entity ? n => inside(entity, n) : n => n === k;
    const source = new Set(), target = new Set(), links = new Set();
    const fill = (set, span) => { for (let n = span.start; n < span.end; n++) set.add(n); };
    const own = row.role === 'source' ? source : target;
    entity ? fill(own, entity) : own.add(k);
    this.data.links.forEach(([i, j], n) => {
      if (mine(row.role === 'source' ? i : j)) { source.add(i); target.add(j); links.add(n); }
    });
    if (entity?.partner && row.role === 'source') {
      for (const e of this.target?.entities ?? []) if (e.partner === entity.partner) fill(target, e);
    } else if (entity?.partner && row.role === 'target') {
      for (const e of this.source?.entities ?? []) if (e.partner === entity.partner) fill(source, e);
    }
    return { source, target, links };
  }

  highlight() {
    const node = this.pointed ?? this.focused;
    const on = node ? this.partners(+node.dataset.r, +node.dataset.k) : null;
    this.on = on;
    this.stage.classList.toggle('focus', !!on);
    for (const row of this.rows) {
      const lit = on && (row.role === 'source' ? on.source : on.target);
      row.toks.forEach((t, k) => {
        t.classList.toggle('on', !!lit?.has(k));
        t.setAttribute('aria-selected', !!lit?.has(k));
        row.gaps[k]?.classList.toggle('on', !!(lit?.has(k) && lit.has(k + 1)));
      });
    }
    this.draw();
  }

  key(e) {
    const t = e.target.closest?.('.tok');
    if (!t || e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
    const eat = () => { e.preventDefault(); e.stopPropagation(); };
    const r = +t.dataset.r, k = +t.dataset.k, row = this.rows[r], step = row.dir === 'rtl' ? -1 : 1;
    const go = (to, n) => {
      const next = this.rows[to]?.toks[n];
      if (!next) return;
      for (const other of this.rows[to].toks) other.tabIndex = -1;
      next.tabIndex = 0; next.focus();
    };
    const across = to => {
      const other = this.rows[to];
      if (!other) return;
      const { source, target } = this.partners(r, k), set = other.role === 'source' ? source : target;
      go(to, set.size ? Math.min(...set) : 0);
    };
    const keys = {
      ArrowRight: () => go(r, k + step), ArrowLeft: () => go(r, k - step),
      ArrowDown: () => across(r + 1), ArrowUp: () => across(r - 1),
      Home: () => go(r, 0), End: () => go(r, row.toks.length - 1), Escape: () => t.blur(),
    };
    if (keys[e.key]) { eat(); keys[e.key](); }
    else if (e.key.length === 1) eat();          // a stray "c" or "r" would open a dialog of Streamlit or re-run the page
  }

  // ---- drawing -----------------------------------------------------------------------------------
  draw() {
    if (!this.source || !this.target) return;
    this.chips();
    const origin = this.stage.getBoundingClientRect(), rects = new Map();
    // A word that is broken over lines is left from its last line and reached at its first.
    const parts = node => { if (!rects.has(node)) rects.set(node, node.getClientRects()); return rects.get(node); };
    const dense = this.source.toks.length + this.target.toks.length > DENSE;
    const wraps = [this.source, this.target].some(row => row.text.offsetHeight > 1.6 * parseFloat(getComputedStyle(row.text).lineHeight));
    this.stage.classList.toggle('wraps', wraps);              // lines then cross the text: those of entities alone, faint
    const layers = [[], [], []];                              // plain, of an entity, highlighted: later ones lie above
    this.data.links.forEach(([i, j, kind], n) => {
      const entity = this.source.entities.find(e => inside(e, i));
      const held = entity?.partner && this.target.entities.some(e => e.partner === entity.partner && inside(e, j));
      const lit = this.on?.links.has(n);
      if (!lit && ((dense && (this.on || wraps)) || ((dense || wraps) && !entity))) return;
      const a = [...parts(this.source.toks[i])].at(-1), [b] = parts(this.target.toks[j]);
      if (!a || !b) return;
      const x1 = a.left + a.width / 2 - origin.left, y1 = a.bottom - origin.top;
      const x2 = b.left + b.width / 2 - origin.left, y2 = b.top - origin.top, bend = (y2 - y1) * 0.45;
      const path = document.createElementNS(SVG, 'path');
      path.setAttribute('d', `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`);
      path.setAttribute('class', [kind, entity ? 'of' : '', held ? 'held' : '', lit ? 'on' : this.on ? 'off' : ''].join(' ').trim());
      if (entity) this.colour(path, entity.label);
      layers[lit ? 2 : entity ? 1 : 0].push(path);
    });
    this.svg.replaceChildren(...layers.flat());
  }

  // Chips never cover each other: those that would shrink to a number; none leaves the box.
  chips() {
    const edge = this.box.getBoundingClientRect();
    const measure = tag => {
      const box = tag.getBoundingClientRect();
      const shift = -Math.max(0, box.right - edge.right) - Math.min(0, box.left - edge.left);
      return { left: box.left + shift, right: box.right + shift, top: box.top, height: box.height, shift };
    };
    const meet = (a, b) => !!b && Math.abs(a.top - b.top) < a.height && a.left < b.right + 3 && b.left < a.right + 3;
    for (const row of this.rows) {
      for (const tag of row.tags) { tag.classList.remove('mini'); tag.style.removeProperty('translate'); }
      const boxes = row.tags.map(measure);
      row.tags.forEach((tag, n) => tag.classList.toggle('mini', meet(boxes[n], boxes[n + 1]) || meet(boxes[n], boxes[n - 1])));
      row.tags.map(measure).forEach(({ shift }, n) => { if (shift) row.tags[n].style.translate = `${shift}px 0`; });
    }
  }
}

export default function ({ data, parentElement }) {
  let view = MOUNTED.get(parentElement);
  if (!view) MOUNTED.set(parentElement, view = new View(parentElement));
  view.update(data);
  return () => { view.destroy(); MOUNTED.delete(parentElement); };
}
