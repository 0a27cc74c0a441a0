// What the editor shows of its state: names, blocks, lines, partners, panels. Changes nothing but the page.

const quote = text => `“\u2068${text}\u2069”`;
const clamp = (n, least, most) => Math.max(least, Math.min(most, n));

class Painting {
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
    const sourceChanged = source.mark(doc.src.spans.map(s => ({ ...s, label: this.label(s.label), chip: `${s.id + 1} ${s.label}`, short: `${s.id + 1} ${s.label}`, mini: `${s.id + 1}`, active: s.id === this.entity })));
    const targetChanged = target.mark(spans.map(s => ({
      ...s, label: this.label(s.label), chip: chip(s), short: s.label, mini: s.label[0], active: s.id === this.active, grips: editable && s.id === this.active,
    })));
    this.select(spans);
    this.sourceNames();
    this.info();
    this.panel.list(doc.src.spans.map(s => this.entityRow(s, current)));
    this.panelCandidates(current);
    const s = this.span(), [a, b] = this.range();
    for (const [name, can] of [
      ['undo', state.undoStack.length || this.decided], ['redo', state.redoStack.length], ['grow-start', s && s.start > 0],
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
      { dropped: current && state.dropped.includes(current.id), readonly: doc.readonly, keys: show.single_keys, shown: show.candidates,
        n: doc.src.spans.length });
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
    this.panel.offer('unflag', !!doc.can_unflag && this.status === 'flagged');
    this.light();
  }

  light() { if (this.doc) this.panel.light(this.doc.readonly && !this.wire.outbox.length ? 'readonly' : this.wire.light); }
  say(text) { this.panel.said.textContent = text; delete this.panel.said.dataset.s; }
  warn(text) { this.say(text); this.panel.said.dataset.s = 'warn'; }

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
}
