// The span editor: selection, keys, pointer, and what they do. A Streamlit components-v2 module; the files editor_*.js
// stand above it in the same module. Selection works on token indices (pointer events + elementFromPoint), never on the
// DOM Selection: neither bidi reordering nor the shadow DOM nor UTF-16 offsets matter.

const MOUNTED = new WeakMap();            // parent element -> Editor; the module is called again with every change of data
const SHOW = 'xner:editor:show';
const REPLACES = ['doc_id', 'rev', 'client'];
const quote = text => `“\u2068${text}\u2069”`;
const clamp = (n, least, most) => Math.max(least, Math.min(most, n));

// Key -> name. Latin characters count as typed; otherwise the physical key decides, so that label keys work under
// Arabic or Cyrillic layouts and digits on AZERTY and Czech ones.
function keyName(e) {
  if (e.key.length > 1) return e.key.toLowerCase();                    // arrowleft, enter, ...
  if ('[]{}'.includes(e.key)) return e.key;
  if (/^(Digit|Numpad)\d$/.test(e.code) && !e.shiftKey) return e.code.at(-1);
  if (/^[\x20-\x7e]$/.test(e.key)) return e.key.toLowerCase();
  if (e.code === 'BracketLeft') return e.shiftKey ? '{' : '[';
  if (e.code === 'BracketRight') return e.shiftKey ? '}' : ']';
  return (e.code || '').replace(/^Key|^Digit/, '').toLowerCase();
}

function chord(e) {
  const altGr = e.getModifierState?.('AltGraph'), name = keyName(e);
  const shift = e.shiftKey && (/^[a-z]$/.test(name) || name.length > 1);
  return [(e.ctrlKey || e.metaKey) && !altGr && 'ctrl', e.altKey && !altGr && 'alt', shift && 'shift', name].filter(Boolean).join('+');
}

class Editor {
  constructor(root) {
    this.box = root.querySelector('.xse');
    this.box.setAttribute('role', 'group'); this.box.setAttribute('aria-label', 'Span editor');
    this.panel = new Panel(this.box, this);
    this.stage = this.panel.stageSlot;
    this.source = new Row(this.stage, 'source', 'Source');
    this.target = new Row(this.stage, 'target', 'Target');
    this.target.text.setAttribute('aria-multiselectable', 'true');
    this.lines = new Lines(this.stage);
    this.wire = new Wire(() => this.light());
    this.caret = this.anchor = this.sourceCaret = 0;
    this.active = this.entity = this.drag = this.pointed = this.preview = null;

    this.off = new AbortController();
    const on = (node, name, act, more) => node.addEventListener(name, act, { signal: this.off.signal, ...more });
    on(this.box, 'keydown', e => this.key(e));
    on(this.target.text, 'pointerdown', e => this.down(e));
    on(this.target.text, 'pointermove', e => this.move(e));
    on(this.target.text, 'pointerup', () => this.up());
    on(this.target.text, 'pointercancel', () => { this.drag = this.preview = null; this.paint(); });
    on(this.source.text, 'click', e => this.clickSource(e));
    for (const row of [this.source, this.target]) {
      on(row.text, 'pointerover', e => this.point(row, e.target.closest('[data-k]')));
      on(row.text, 'pointerleave', () => this.point(row, null));
    }
    on(this.source.part, 'scroll', () => this.draw());
    on(document, 'scroll', () => { if (this.dense) this.scrolled(); }, { capture: true, passive: true });
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.box);
    document.fonts?.ready.then(() => this.resized());
  }

  destroy() { this.off.abort(); this.observer.disconnect(); this.wire.destroy(); }

  // ---- data from the server ------------------------------------------------------------------------
  // The server's data replaces the local state only when document, base or client differ: the echo of an older edit
  // never undoes what was typed since. Candidates, links, labels and locks follow at once.
  update(doc) {
    const before = this.doc, other = before?.doc_id !== doc.doc_id;
    const fixed = ({ ack_seq, received, status, note, history, tgt: { spans, cuts, ...tgt }, dropped, ...rest }) => JSON.stringify([tgt, rest]);
    const hadFocus = this.box.contains(this.box.getRootNode().activeElement);
    this.doc = doc;
    if (!before || REPLACES.some(name => before[name] !== doc[name])) {
      this.open(other);
      this.build(other && hadFocus);
    } else if (fixed(before) !== fixed(doc)) this.build(hadFocus);
    this.wire.acknowledge(doc);
    if (this.wire.seq <= this.wire.ack) { this.status = doc.status; this.note = doc.note; this.leaving = false; }
    this.head();
  }

  open(other) {
    const { doc } = this;
    this.state = new State(doc);
    this.status = doc.status; this.note = doc.note;
    this.warned = this.leaving = false;
    this.drag = this.preview = this.pointed = null;
    this.show = { ...doc.show, single_keys: doc.single_keys, ...shelf.get(SHOW) };
    this.panel.form.hidden = true;
    if (other) { this.caret = this.anchor = this.sourceCaret = 0; this.active = this.entity = null; this.say(''); }
    if (!this.state.byId(this.active)) this.active = null;
    this.wire.open(doc);
    if (this.wire.holdsDraft) this.say('Sending what was left unsaved…');
  }

  build(focus) {
    const { doc } = this;
    this.labels = new Map(doc.labels.map(l => [l.name, l]));
    this.source.fill(doc.src.tokens, doc.src.ws, doc.src);
    this.source.text.setAttribute('aria-label', `Source, ${doc.src.language}: choose an entity with Space`);
    this.target.text.setAttribute('aria-label', `Target, ${doc.tgt.language}`);
    this.box.classList.toggle('readonly', doc.readonly);
    this.panel.tools(doc, this.show);
    this.recut();
    this.head();
    if (focus) this.focus();
  }

  // Everything that depends on where the target is cut.
  recut() {
    const { state: { cutting, imported }, doc } = this;
    this.target.fill(cutting.tokens, cutting.spaces, doc.tgt);
    this.caret = clamp(this.caret, 0, Math.max(0, cutting.tokens.length - 1));
    this.anchor = clamp(this.anchor, 0, Math.max(0, cutting.tokens.length - 1));
    this.links = cutLinks(doc.align, imported, cutting);
    this.offers = new Map(doc.src.spans.map(s => [s.id, []]));
    for (const c of doc.tgt.candidates) this.offers.get(c.src)?.push({ ...c, ...remap(c, imported, cutting) });
    this.dense = doc.src.tokens.length + cutting.tokens.length > DENSE;
    this.box.classList.toggle('dense', this.dense);
    this.box.classList.toggle('numbers', !!this.show.ghost_numbers);
    for (const row of [this.source, this.target]) row.measure();
    this.paint();
  }

  // ---- what things are called ------------------------------------------------------------------------
  label(name) { return this.labels.get(name) ?? this.doc.labels[0]; }
  entityOf(id) { return this.doc.src.spans.find(s => s.id === id); }
  words(entity) {
    const { tokens, ws } = this.doc.src;
    return tokens.slice(entity.start, entity.end).map((t, k) => t + (ws[entity.start + k] && k < entity.end - entity.start - 1 ? ' ' : '')).join('');
  }
  nameOf(entity) { return `${entity.id + 1} ${entity.label} ${quote(this.words(entity))}`; }
  span() { return this.state.byId(this.active); }
  range() {
    const s = this.span();
    return s ? [s.start, s.end] : [Math.min(this.anchor, this.caret), Math.max(this.anchor, this.caret) + 1];
  }
  get open_() { return this.doc.src.spans.filter(s => !this.state.isSettled(s.id)); }
  // The entity that candidates are shown for: that of the active span, the chosen one, the first without a place.
  current() { return this.entityOf(this.span()?.src ?? this.entity) ?? this.open_[0] ?? null; }
  // A chosen entity stays chosen on the way to its words, until it is settled.
  keepChoice() { if (this.entity !== null && this.state.isSettled(this.entity)) this.entity = null; }

  // ---- painting ----------------------------------------------------------------------------------------
  paint() {
    const { state, source, target, doc } = this, editable = !doc.readonly;
    const spans = this.preview ? state.placed(this.preview).sort((a, b) => a.start - b.start) : state.spans;
    const current = this.current();
    const chip = s => `${SPAN_STATUS[s.status]} ${s.label}${s.src === null ? '' : ` ⇠${s.src + 1}`}`;
    const sourceChanged = source.mark(doc.src.spans.map(s => ({ ...s, label: this.label(s.label), chip: `${s.id + 1} ${s.label}`, mini: `${s.id + 1}`, active: s.id === this.entity })));
    const targetChanged = target.mark(spans.map(s => ({
      ...s, label: this.label(s.label), chip: chip(s), mini: s.label[0], active: s.id === this.active, grips: editable && s.id === this.active,
    })));
    this.select(spans);
    this.sourceNames();
    this.info();
    this.panel.list(doc.src.spans.map(s => this.entityRow(s, current)));
    this.panelCandidates(current);
    const s = this.span(), [a, b] = this.range();
    for (const [name, can] of [
      ['undo', state.undoStack.length], ['redo', state.redoStack.length], ['grow-start', s && s.start > 0],
      ['shrink-start', s && s.end - s.start > 1], ['grow-end', s && s.end < target.toks.length], ['shrink-end', s && s.end - s.start > 1],
      ['unlink', s && s.src !== null], ['delete', state.spans.some(x => overlap(x, { start: a, end: b }))],
    ]) this.panel.enable(name, !!can);
    if (sourceChanged) source.chips();
    if (targetChanged) target.chips();
    this.draw();
  }

  select(spans) {
    const { toks, gaps } = this.target, [a, b] = this.range(), tokens = this.state.cutting.tokens;
    toks.forEach((t, k) => {
      const on = k >= a && k < b, s = spans.find(x => x.start <= k && k < x.end);
      t.classList.toggle('sel', on && !this.active);
      gaps[k]?.classList.toggle('sel', on && k + 1 < b && !this.active);
      setIf(t, 'aria-selected', `${on}`);
      setIf(t, 'tabindex', k === this.caret ? '0' : '-1');
      const linked = s && (s.src === null ? 'not linked' : `linked to entity ${s.src + 1}`);
      setIf(t, 'aria-label', [tokens[k], `token ${k + 1} of ${toks.length}`, ...(s ? [s.label, linked, s.status] : [])].join(', '));
    });
  }

  sourceNames() {
    const { toks } = this.source, { tokens, spans } = this.doc.src;
    toks.forEach((t, k) => {
      const s = spans.find(x => x.start <= k && k < x.end);
      setIf(t, 'tabindex', k === this.sourceCaret ? '0' : '-1');
      setIf(t, 'aria-selected', `${!!s && s.id === this.entity}`);
      setIf(t, 'aria-label', [tokens[k], `token ${k + 1} of ${toks.length}`, ...(s ? [s.label, `entity ${s.id + 1}`, this.stateOf(s).words] : [])].join(', '));
    });
  }

  stateOf({ id }) {
    const n = this.state.of(id).length;
    if (this.state.dropped.includes(id)) return { state: 'dropped', words: '⌀ dropped' };
    return n > 1 ? { state: 'placed', words: `✓ placed ${n}×` } : n ? { state: 'placed', words: '✓ placed' } : { state: 'open', words: '○ open' };
  }

  entityRow(s, current) {
    return { id: s.id, label: this.label(s.label), text: this.words(s), current: s.id === current?.id, ...this.stateOf(s) };
  }

  panelCandidates(current) {
    const { state, doc, show } = this;
    const here = c => state.of(c.src).some(s => s.start === c.start && s.end === c.end);
    const rows = current && show.candidates ? this.offers.get(current.id).slice(0, 4).map(c => ({ ...c, text: state.cutting.text(c.start, c.end), here: here(c) })) : [];
    this.panel.candidates(current && { id: current.id, text: this.words(current) }, rows,
      { dropped: current && state.dropped.includes(current.id), readonly: doc.readonly, keys: show.single_keys, shown: show.candidates });
  }

  info() {
    const { cutting } = this.state, s = this.span(), [a, b] = this.range(), parts = [];
    if (!cutting.tokens.length) parts.push('This pair has no target text.');
    else if (s) {
      parts.push(quote(cutting.text(s.start, s.end)), s.label, s.src === null ? 'not linked' : `⇠ entity ${s.src + 1}`, `${SPAN_STATUS[s.status]} ${s.status}`);
      if (s.conf !== null) parts.push(`score ${s.conf.toFixed(2)}`);
    } else {
      parts.push(b - a > 1 ? `${b - a} tokens` : `token ${a + 1} of ${cutting.tokens.length}`, quote(cutting.text(a, b)));
    }
    const text = parts.join(' · ');
    if (this.panel.info.textContent !== text) this.panel.info.textContent = text;
  }

  head() {
    const { doc } = this;
    this.panel.head(this.status, this.note, doc.readonly ? doc.reason : null);
    this.light();
  }

  light() { if (this.doc) this.panel.light(this.doc.readonly && !this.wire.outbox.length ? 'readonly' : this.wire.light); }
  say(text) { this.panel.said.textContent = text; }

  resized() {
    if (!this.doc) return;
    if (this.dense) this.box.style.setProperty('--sticky', `${this.source.part.offsetHeight}px`);
    for (const row of [this.source, this.target]) { row.chips(); row.measure(); }
    this.draw();
  }

  scrolled() {
    const { part } = this.source;
    part.classList.toggle('stuck', part.getBoundingClientRect().top > this.stage.getBoundingClientRect().top + 1);
    this.draw();
  }

  draw() {
    if (!this.state) return;
    const current = this.current(), bars = current && this.show.candidates ? this.offers.get(current.id).slice(0, 3) : [];
    const links = this.links.map(([i, j, kind]) => {
      const entity = this.doc.src.spans.find(s => s.start <= i && i < s.end);
      return [i, j, kind, entity && this.label(entity.label), !!entity && this.state.at(j)?.src === entity.id];
    });
    this.lines.draw(this.source, this.target, links, this.lit(), {
      show: this.show.lines, bars: bars.map(c => ({ ...c, label: this.label(current.label) })),
    });
  }

  // ---- partners ------------------------------------------------------------------------------------------
  point(row, node) {
    const k = node ? +node.dataset.k : null;
    if (k === null ? !this.pointed : this.pointed?.row === row && this.pointed.k === k) return;
    this.pointed = k === null ? null : { row, k };
    this.draw();
  }

  // What belongs to the token pointed at, or else to the active span: tokens of both rows and links. While something
  // is pointed at all other lines vanish.
  lit() {
    const s = this.span();
    const at = this.pointed ?? (s && { row: this.target, k: s.start });
    const on = at && this.partners(at.row === this.source, at.k);
    this.source.light(on?.source); this.target.light(on?.target);
    return on && { ...on, alone: !!this.pointed };
  }

  partners(isSource, k) {
    const own = isSource ? this.doc.src.spans.find(s => s.start <= k && k < s.end) : this.state.at(k);
    const mine = n => own ? own.start <= n && n < own.end : n === k;
    const source = new Set(), target = new Set(), links = new Set();
    const fill = (set, s) => { for (let n = s.start; n < s.end; n++) set.add(n); };
    fill(isSource ? source : target, own ?? { start: k, end: k + 1 });
    this.links.forEach(([i, j], n) => { if (mine(isSource ? i : j)) { source.add(i); target.add(j); links.add(n); } });
    if (own && isSource) for (const s of this.state.of(own.id)) fill(target, s);
    if (own && !isSource && own.src !== null) fill(source, this.entityOf(own.src));
    return { source, target, links };
  }

  // ---- selection -------------------------------------------------------------------------------------------
  focus() { this.target.toks[this.caret]?.focus(); }

  go(k, extend) {
    if (!this.target.toks.length) return;
    this.caret = clamp(k, 0, this.target.toks.length - 1);
    if (!extend) this.anchor = this.caret;
    this.active = extend ? null : this.state.at(this.caret)?.id ?? null;
    this.keepChoice();
    this.paint(); this.focus();
  }

  // The nearest token on the line above or below, as seen.
  line(way) {
    const rects = this.target.toks.map(t => t.getBoundingClientRect()), here = rects[this.caret];
    const x = here.left + here.width / 2, beyond = r => way < 0 ? r.bottom < here.top + here.height / 2 : r.top > here.bottom - here.height / 2;
    const far = r => Math.abs(r.top - here.top) * 100 + Math.max(r.left - x, x - r.right, 0);
    const found = rects.map((r, k) => [k, r]).filter(([, r]) => beyond(r)).sort(([, a], [, b]) => far(a) - far(b))[0];
    return found ? found[0] : this.caret;
  }

  jump(way) {
    const { spans } = this.state, here = this.span()?.start ?? this.caret;
    if (!spans.length) return this.say('There is no entity yet.');
    const found = way > 0 ? spans.find(s => s.start > here) ?? spans[0] : spans.findLast(s => s.start < here) ?? spans.at(-1);
    this.go(found.start);
  }

  // ---- edits -----------------------------------------------------------------------------------------------
  // Whether an edit may be made now; says why not.
  may() {
    const why = this.doc.readonly ? this.doc.reason ?? 'This sentence can’t be changed.'
      : this.wire.holdsDraft ? 'Sending what was left unsaved – one moment.'
      : this.leaving && this.wire.light === 'saving' ? 'Saving – one moment.' : '';
    if (why) this.say(why);
    return !why;
  }

  change(op, next, words) {
    const delta = this.state.change(op, next);
    if (delta) this.done(op, delta, words);
    return !!delta;
  }

  // After a step: draw, tell, send.
  done(op, delta, words, action = 'draft') {
    this.warned = this.leaving = false; this.preview = null;
    this.status = action;
    if (delta?.cuts) this.recut();
    if (!this.span()) this.active = null;
    this.paint(); this.say(words ?? op); this.head();
    this.send(op, action);
  }

  send(op, action) {
    const { state } = this;
    this.wire.push(op, { spans: state.spans, cuts: state.cutting.cuts, dropped: state.dropped, history: state.undoStack, action, note: this.note });
  }

  assign(name) {
    if (!this.may()) return;
    const cur = this.span(), [start, end] = this.range();
    if (cur) {
      if (cur.label === name) return this.say(`It is ${name} already.`);
      return this.change(`relabel ${name}`, { spans: this.state.spans.map(s => s.id === cur.id ? { ...s, label: name, status: 'edited' } : s) });
    }
    this.keepChoice();
    this.create(start, end, name, this.entity ?? this.voted(start, end));
  }

  create(start, end, label, src) {
    const span = { id: newId(), start, end, label, src, status: 'edited', conf: null };
    const text = this.state.cutting.text(start, end);
    this.active = span.id; this.entity = null; this.caret = this.anchor = clamp(this.caret, start, end - 1);
    this.change(`add ${label}`, { spans: this.state.placed(span), dropped: this.state.dropped.filter(id => id !== src) },
      `${label} ${quote(text)}, ${src === null ? 'not linked' : `linked to ${src + 1}`}`);
  }

  // The source entity that most tokens are aligned to; of several one that has no place yet.
  voted(start, end) {
    const votes = new Map();
    for (const [i, j, kind] of this.links) if (start <= j && j < end) {
      const s = this.doc.src.spans.find(x => x.start <= i && i < x.end);
      if (s) votes.set(s.id, (votes.get(s.id) ?? 0) + (kind === 'possible' ? 0.5 : 1));
    }
    const open = id => this.state.isSettled(id) ? 0 : 1;
    return [...votes].sort(([a, x], [b, y]) => y - x || open(b) - open(a) || a - b)[0]?.[0] ?? null;
  }

  remove() {
    if (!this.may()) return;
    const [start, end] = this.range(), gone = this.state.spans.filter(s => overlap(s, { start, end }));
    if (!gone.length) return this.say('No entity is selected.');
    this.change('delete', { spans: this.state.spans.filter(s => !gone.includes(s)) }, `${gone.length > 1 ? `${gone.length} entities` : gone[0].label} deleted`);
  }

  setRange(s, start, end) {
    start = clamp(start, 0, this.target.toks.length); end = clamp(end, 0, this.target.toks.length);
    if (end <= start || (start === s.start && end === s.end)) return;
    this.caret = this.anchor = clamp(this.caret, start, end - 1);
    this.change('boundary', { spans: this.state.placed({ ...s, start, end, status: 'edited', conf: null }) },
      `${s.label} is now ${quote(this.state.cutting.text(start, end))}`);
    this.focusIfInside();
  }

  focusIfInside() { if (this.target.text.contains(this.box.getRootNode().activeElement)) this.focus(); }

  resize(side, by) {
    if (!this.may()) return;
    const s = this.span();
    if (!s) return this.say('Select an entity first: its boundaries are then changed.');
    side === 'start' ? this.setRange(s, s.start - by, s.end) : this.setRange(s, s.start, s.end + by);
  }

  link(id) {
    if (!this.may()) return;
    const s = this.span(), e = this.entityOf(id);
    if (s.src === id && s.label === e.label) return this.say(`It is linked to ${this.nameOf(e)} already.`);
    this.entity = null;
    this.change(`link ${id + 1}`, {
      spans: this.state.spans.map(x => x.id === s.id ? { ...x, src: id, label: e.label, status: 'edited' } : x),
      dropped: this.state.dropped.filter(x => x !== id),
    }, `Linked to ${this.nameOf(e)}`);
  }

  unlink() {
    if (!this.may()) return;
    const s = this.span();
    if (!s || s.src === null) return this.say('No linked entity is selected.');
    this.change('unlink', { spans: this.state.spans.map(x => x.id === s.id ? { ...x, src: null, status: 'edited' } : x) }, 'Not linked any more');
  }

  // A number: link the active span, or make a span of the selection that is linked from the start.
  number(n) {
    const e = this.doc.src.spans[n - 1];
    if (!e) return this.say(`There is no source entity ${n}.`);
    if (this.span()) return this.link(e.id);
    if (this.may()) this.create(...this.range(), e.label, e.id);
  }

  clickSource(e) {
    const node = e.target.closest('[data-k]');
    if (!node) return;
    this.sourceCaret = +node.dataset.k;
    const entity = this.doc.src.spans.find(s => s.start <= this.sourceCaret && this.sourceCaret < s.end);
    if (entity) this.choose(entity.id); else this.paint();
    this.focus();
  }

  // A source entity was chosen: the active span or the selection is linked to it; with neither it is the one in question.
  choose(id) {
    if (this.span() && !this.doc.readonly) return this.link(id);
    if (this.anchor !== this.caret && this.may()) return this.create(...this.range(), this.entityOf(id).label, id);
    this.visit(id);
  }

  visit(id) {
    const entity = this.entityOf(id), [span] = this.state.of(id);
    this.active = span?.id ?? null; this.entity = id;
    if (span) this.caret = this.anchor = span.start;
    else this.say(this.state.isSettled(id) ? `${this.nameOf(entity)} was dropped in translation.` : `${this.nameOf(entity)} has no place: select its words and press ${id < 9 ? id + 1 : 'a label'}, or take a candidate.`);
    this.paint();
  }

  toggleDropped(id) {
    if (!this.may()) return;
    const e = this.entityOf(id), { dropped } = this.state, was = dropped.includes(id);
    if (!was && this.state.of(id).length) return this.say(`${this.nameOf(e)} has a place: unlink or delete it first.`);
    this.entity = id;
    this.change(was ? `not dropped ${id + 1}` : `dropped ${id + 1}`, { dropped: was ? dropped.filter(x => x !== id) : [...dropped, id].sort((a, b) => a - b) },
      `${this.nameOf(e)} is ${was ? 'no longer ' : ''}dropped in translation`);
  }

  take(id, n) {
    if (!this.may()) return;
    const e = this.entityOf(id), c = e && this.offers.get(id)[n];
    if (!c) return this.say(e ? `There is no candidate ${n + 1} for ${this.nameOf(e)}.` : 'Every source entity is settled.');
    const placed = this.state.of(id), cur = placed.find(s => s.id === this.active) ?? placed[0];
    if (placed.some(s => s.start === c.start && s.end === c.end)) return this.say('It is there already.');
    const span = { ...(cur ?? { id: newId(), label: e.label, src: id }), start: c.start, end: c.end, status: 'edited', conf: null };
    this.active = span.id; this.entity = null; this.caret = this.anchor = c.start;
    this.change(`candidate ${n + 1}`, { spans: this.state.placed(span), dropped: this.state.dropped.filter(x => x !== id) },
      `${span.label} ${quote(this.state.cutting.text(c.start, c.end))}, linked to ${id + 1}`);
    this.focusIfInside();
  }

  // The best candidate of the entity in question; where it stands already, of the next one without a place.
  takeBest() {
    const here = id => { const c = this.offers.get(id)[0]; return c && this.state.of(id).some(s => s.start === c.start && s.end === c.end); };
    const current = this.current(), next = this.open_.find(s => s !== current && this.offers.get(s.id).length) ?? this.open_[0];
    this.take((current && !(next && (here(current.id) || !this.offers.get(current.id).length)) ? current : next)?.id, 0);
  }

  split() {
    if (!this.may() || !this.target.toks.length) return;
    const { state } = this, text = state.cutting.tokens[this.caret], { places, clitic } = state.splitPlaces(this.caret);
    if (!places.length) return this.say(`${quote(text)} is one character: it can’t be split.`);
    const delta = state.recut('split', [...state.cutting.places, ...places]);
    if (clitic) this.caret++;             // the rest of the word: pressed again, its next clitic is split off
    this.anchor = this.caret;
    this.active = this.state.at(this.caret)?.id ?? null;
    const parts = state.cutting.tokens.slice(this.caret - (clitic ? 1 : 0), this.caret + (clitic ? 1 : places.length + 1));
    this.done('split', delta, `${quote(text)} is split: ${parts.map(quote).join(' + ')}`);
    this.focusIfAway();
  }

  merge() {
    if (!this.may()) return;
    const { state } = this, [start, end] = this.range(), { ranges, spaces, tokens } = state.cutting;
    if (end - start < 2) return this.say('Select two or more tokens to merge.');
    const space = spaces.slice(start, end - 1).indexOf(true);
    if (space >= 0) {
      return this.say(`${quote(tokens[start + space])} and ${quote(tokens[start + space + 1])} can’t be merged: white space stands between them.`);
    }
    const hit = state.spans.filter(s => overlap(s, { start, end }));
    if (hit.length > 1) return this.say('Tokens of two entities can’t be merged: change the entities first.');
    const inner = new Set(ranges.slice(start, end - 1).map(([, b]) => b));
    const delta = state.recut('merge', state.cutting.places.filter(p => !inner.has(p)));
    this.caret = this.anchor = start;
    this.active = state.at(start)?.id ?? null;
    this.done('merge', delta, `Merged: ${quote(state.cutting.tokens[start])}`);
    this.focusIfAway();
  }

  // The tokens were made anew: the keys still belong to them, unless a button was pressed by key.
  focusIfAway() { if (!this.box.contains(this.box.getRootNode().activeElement)) this.focus(); }

  undo() { this.step('undo', 'Nothing to undo.'); }
  redo() { this.step('redo', 'Nothing to redo.'); }
  step(way, nothing) {
    if (!this.may()) return;
    const delta = this.state[way]();
    if (!delta) return this.say(nothing);
    const back = way === 'undo' ? delta.del : delta.add, [s] = back;
    this.entity = null;
    if (s && this.state.byId(s.id)) { this.active = s.id; this.caret = this.anchor = this.state.byId(s.id).start; }
    else { this.active = null; this.anchor = this.caret; }
    this.done(way, delta, `${way === 'undo' ? 'Undone' : 'Done again'}: ${delta.op}`);
    this.focusIfAway(); this.focusIfInside();
  }

  // ---- done with the sentence --------------------------------------------------------------------------------
  accept() {
    if (!this.may()) return;
    const open = this.open_;
    if (open.length && !this.warned) {
      this.visit(open[0].id);
      this.warned = true;
      const more = open.length > 1 ? ` (and ${open.slice(1).map(e => e.id + 1).join(', ')})` : '';
      return this.say(`${this.nameOf(open[0])}${more} is neither placed nor marked as dropped. Accept again to leave it so.`);
    }
    this.state.spans = this.state.spans.map(s => ({ ...s, status: 'accepted' }));
    this.leave('accept', 'accepted', 'Accepted');
  }

  skip() { if (this.may()) this.leave('skip', 'skipped', 'Skipped'); }

  askNote() {
    if (!this.may()) return;
    this.panel.form.hidden = false;
    this.panel.field.value = this.note ?? '';
    this.panel.field.focus();
  }
  closeNote() { this.panel.form.hidden = true; this.focus(); }

  flag(note) {
    if (!this.may()) return;
    this.note = note;
    this.state.spans = this.state.spans.map(s => s.id === this.active ? { ...s, status: 'flagged' } : s);
    this.closeNote();
    this.leave('flag', 'flagged', 'Flagged');
  }

  leave(op, action, words) {
    this.done(op, null, words, action);
    this.leaving = true;                  // until the server has it: further keys would fall on a sentence that is done
  }

  command(name) { this.api.setTriggerValue('command', { name }); }

  toggle(name) {
    this.show = { ...this.show, [name]: !this.show[name] };
    shelf.set(SHOW, this.show);
    const held = this.panel.focusedIn(this.panel.bar);
    this.panel.tools(this.doc, this.show);
    this.panel.refocus(this.panel.bar, held);
    this.box.classList.toggle('numbers', !!this.show.ghost_numbers);
    this.paint();
  }

  // ---- pointer -------------------------------------------------------------------------------------------------
  // The nearest token, so that a drag may leave the line, start on a grip below the text, or end in the margin.
  tokenAt(x, y) {
    const hit = this.box.getRootNode().elementFromPoint(x, y)?.closest?.('.tok');
    if (hit && !this.drag?.side && this.target.text.contains(hit)) return +hit.dataset.k;
    let best = 0, least = Infinity;
    this.target.toks.forEach((t, k) => {
      const r = t.getBoundingClientRect();
      const d = Math.max(r.left - x, 0, x - r.right) + 4 * Math.max(r.top - y, 0, y - r.bottom);
      if (d < least) { least = d; best = k; }
    });
    return best;
  }

  down(e) {
    if (e.button || !e.target.closest('[data-k]')) return;
    this.target.text.setPointerCapture(e.pointerId);
    e.preventDefault();
    const grip = e.target.closest('.grip'), s = this.span();
    if (grip && s) {
      const box = grip.parentNode.getBoundingClientRect();
      this.drag = { side: grip.classList.contains('start') ? 'start' : 'end', id: s.id, lift: e.clientY - (box.top + box.bottom) / 2 };
      return;
    }
    this.drag = {};
    this.caret = this.tokenAt(e.clientX, e.clientY);
    this.active = null;
    if (!e.shiftKey) this.anchor = this.caret;
    this.keepChoice();
    this.paint(); this.focus();
  }

  move(e) {
    if (!this.drag) return;
    const { side } = this.drag;
    const k = this.tokenAt(e.clientX, e.clientY - (this.drag.lift ?? 0));
    if (!side) {
      if (k !== this.caret) { this.caret = k; this.paint(); }
      return;
    }
    const s = this.span();
    const next = side === 'start' ? { ...s, start: Math.min(k, s.end - 1) } : { ...s, end: Math.max(k + 1, s.start + 1) };
    if (next.start === (this.preview ?? s).start && next.end === (this.preview ?? s).end) return;
    this.preview = next;
    this.paint();
  }

  up() {
    const { drag, preview } = this;
    this.drag = this.preview = null;
    if (!drag) return;
    if (drag.side) {
      if (preview && this.may()) this.setRange(this.state.byId(preview.id), preview.start, preview.end);
    } else if (this.anchor === this.caret) {
      const s = this.state.at(this.caret);
      this.active = s?.id ?? null;
    }
    this.paint(); this.focus();
  }

  // ---- keyboard --------------------------------------------------------------------------------------------------
  key(e) {
    if (e.isComposing || e.keyCode === 229) return;
    const eat = () => { e.preventDefault(); e.stopPropagation(); };
    if (e.target.closest('input, select')) {
      if (e.key === 'Escape' && e.target === this.panel.field) { eat(); this.closeNote(); }
      return e.stopPropagation();
    }
    const name = chord(e), single = this.show.single_keys;
    if (e.target.closest('button') && ['enter', ' '].includes(name)) return e.stopPropagation();
    const act = this.movement(e, name) ?? this.shortcut(name, single);
    if (act) { eat(); act(); }
    else if (e.key.length === 1 && !/^(ctrl|alt)\+/.test(name)) eat();    // a stray "r" would run the page again, "c" open a dialog
  }

  movement(e, name) {
    const row = this.source.text.contains(e.target) ? this.source : this.target;
    const step = row.text.dir === 'rtl' ? -1 : 1, extend = e.shiftKey;
    const to = { arrowright: step, arrowleft: -step, home: -Infinity, end: Infinity }[name.replace('shift+', '')];
    if (row === this.source) {
      if (name === 'enter' || name === ' ') return () => this.clickSource(e);
      if (to !== undefined) return () => this.goSource(this.sourceCaret + to);
      return name === 'arrowdown' ? () => this.focus() : undefined;
    }
    if (to !== undefined) return () => this.go(this.caret + to, extend);
    if (/^(shift\+)?arrow(up|down)$/.test(name)) return () => this.go(this.line(name.endsWith('up') ? -1 : 1), extend);
    return undefined;
  }

  goSource(k) {
    this.sourceCaret = clamp(k, 0, this.source.toks.length - 1);
    this.sourceNames();
    this.source.toks[this.sourceCaret].focus();
  }

  shortcut(name, single) {
    const always = {
      'ctrl+arrowright': () => this.command('next'), 'ctrl+arrowleft': () => this.command('previous'),
      escape: () => { this.active = this.entity = null; this.anchor = this.caret; this.warned = false; this.say(''); this.paint(); },
    };
    if (always[name]) return always[name];
    const known = COMMANDS.find(([, , , keys]) => keys.includes(name)) ?? COMMANDS.find(([, , , keys]) => keys.includes(name.replace('shift+', '')));
    if (known && (single || name.startsWith('ctrl+'))) return () => known[4](this);
    if (!single) return ['enter', 'delete', 'backspace'].includes(name) ? () => {} : undefined;
    const letter = name.replace('shift+', ''), label = this.doc.labels.find(l => l.key && l.key === letter);
    if (label) return () => this.assign(label.name);
    if (/^[1-9]$/.test(name)) return () => this.number(+name);
    if (/^alt\+[1-4]$/.test(name)) return () => this.take(this.current()?.id, +name.at(-1) - 1);
    return { a: () => this.takeBest(), '?': () => this.command('help') }[letter];
  }
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let editor = MOUNTED.get(parentElement);
  if (!editor) MOUNTED.set(parentElement, editor = new Editor(parentElement));
  editor.api = { setTriggerValue };
  editor.wire.send = edit => setStateValue('edit', edit);
  editor.update(data);
  return () => { editor.destroy(); MOUNTED.delete(parentElement); };
}
