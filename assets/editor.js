// The span editor: data in, selection, pointer, keys. A Streamlit components-v2 module; the files editor_*.js stand above
// it in the same module. Selection works on token indices (pointer events + elementFromPoint), never on the
// DOM Selection: neither bidi reordering nor the shadow DOM nor UTF-16 offsets matter.

const LEAVE_MS = 300;
const MOUNTED = new WeakMap();            // parent element -> Editor; the module is called again with every change of data
const SHOW = 'xner:editor:show';
const REPLACES = ['doc_id', 'rev', 'client'];

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

// Does somebody write elsewhere on the page? Then a sentence that opens leaves the keyboard where it is.
function isTyping() {
  const at = document.activeElement;
  return !!at?.closest('input, textarea, select, [contenteditable], [role="dialog"]');
}

class Editor extends Edits {
  constructor(root) {
    super();
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
    // Whatever took the focus and let it go (a dialog, a button that is gone): keys that nobody else gets are the editor's.
    on(document, 'keydown', e => { if (e.target === document.body && this.box.isConnected) { this.focus(); this.key(e); } });
    on(document, 'scroll', () => { if (this.dense) this.scrolled(); }, { capture: true, passive: true });
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.box);
    document.fonts?.ready.then(() => this.resized());
  }

  destroy() { this.off.abort(); this.observer.disconnect(); this.wire.destroy(); this.box.replaceChildren(); }

  // ---- data from the server ------------------------------------------------------------------------
  // The server's data replaces the local state only when document, base or client differ: the echo of an older edit
  // never undoes what was typed since. Candidates, links, labels and locks follow at once.
  update(doc) {
    const before = this.doc, other = before?.doc_id !== doc.doc_id;
    const fixed = ({ ack_seq, received, status, note, can_take_back, can_unflag, history, tgt: { spans, cuts, ...tgt }, dropped, ...rest }) => JSON.stringify([tgt, rest]);
    const hadFocus = this.box.contains(this.box.getRootNode().activeElement);
    this.doc = doc;
    if (!before || REPLACES.some(name => before[name] !== doc[name])) {
      this.open(other);
      this.build(hadFocus || other && !isTyping());
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

  // ---- selection -------------------------------------------------------------------------------------------
  focus() { this.target.toks[this.caret]?.focus({ preventScroll: !this.opened }); this.opened = true; }

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
    if (name === 'alt+0') return () => this.dropCurrent();
    if (/^alt\+[1-4]$/.test(name)) return () => this.take(this.current()?.id, +name.at(-1) - 1);
    return { a: () => this.takeBest(), '?': () => this.command('help') }[letter];
  }
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let editor = MOUNTED.get(parentElement);
  if (!editor) MOUNTED.set(parentElement, editor = new Editor(parentElement));
  clearTimeout(editor.farewell);
  editor.api = { setTriggerValue };
  editor.wire.send = edit => setStateValue('edit', edit);
  editor.update(data);
  // Streamlit may let go of the component and take it up again, on a busy machine some time later: selection, undo and
  // focus outlive that. It ends when its place in the page is gone.
  const leave = () => {
    if (parentElement.isConnected) editor.farewell = setTimeout(leave, LEAVE_MS);
    else { editor.destroy(); MOUNTED.delete(parentElement); }
  };
  return () => { editor.farewell = setTimeout(leave, LEAVE_MS); };
}
