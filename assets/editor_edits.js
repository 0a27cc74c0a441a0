// What can be done to the annotation. Every edit goes through `change` or `done`: drawn, told, and sent whole.

class Edits extends Painting {
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

  dropCurrent() {
    const current = this.current();
    if (current) this.toggleDropped(current.id); else this.say('Every source entity is settled.');
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

  // Of a decided sentence that nothing was done to since, the newest step is the decision: the server takes it back.
  get decided() { return !!this.doc.can_take_back && this.status === this.doc.status && this.wire.seq <= this.wire.ack; }
  undo() {
    if (!this.decided) return this.step('undo', 'Nothing to undo.');
    if (this.may()) { this.say('Taking the decision back…'); this.command('take_back'); }
  }
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
      const many = open.length > 1, keys = this.show.single_keys;
      return this.warn(`Not accepted yet: ${open.map(e => this.nameOf(e)).join(', ')} ${many ? 'are' : 'is'} neither placed nor marked as dropped in translation. `
        + `${keys ? 'Alt 0 marks' : 'The button below marks'} ${this.nameOf(open[0])} as dropped; accept again to leave ${many ? 'them' : 'it'} open.`);
    }
    this.state.spans = this.state.spans.map(s => ({ ...s, status: 'accepted' }));
    this.leave('accept', 'accepted', 'Accepted');
  }

  skip() { if (this.may()) this.leave('skip', 'skipped', 'Skipped'); }

  askNote() {
    if (!this.may()) return;
    this.panel.form.hidden = false;
    this.panel.field.value = this.note ?? '';
    this.panel.field.focus({ preventScroll: true });  // which would put the field into the middle and the sentence out of sight
    this.panel.form.scrollIntoView({ block: 'nearest' });
  }
  // What is on its way is saved first, or the flag would come off another version than the one that is seen.
  get canUnflag() { return !!this.doc.can_unflag && this.status === this.doc.status && this.wire.seq <= this.wire.ack; }
  unflag() {
    if (!this.may()) return;
    if (!this.canUnflag) return this.say(this.status === 'flagged' ? 'Saving – one moment.' : 'This sentence is not flagged.');
    this.say('Taking the flag back…');
    this.command('unflag');
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
    this.head();
    this.paint();
  }
}
