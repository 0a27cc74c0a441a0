// What stands around the two rows: status, source entities, candidates, buttons with their keys, the note of a flag.

const STATUS = {
  new: '○ new', projected: '◌ projected', failed: '⚠ projection failed', draft: '✎ draft', accepted: '✓ accepted',
  skipped: '↷ skipped', flagged: '⚑ flagged', adjudicated: '⚖ adjudicated',
};
const SPAN_STATUS = { projected: '◌', edited: '✎', accepted: '✓', flagged: '⚑' };
const LIGHT = {
  saved: '✓ Saved', saving: '◌ Saving…', late: '⚠ Not saved – reconnecting', refused: '⚠ Not saved – see the message',
  readonly: '⊘ Read only',
};

// Everything that can be done: [group, name, words on the button, keys (the first is printed), what]. Label keys, digits
// and movement stand in editor.js.
const COMMANDS = [
  ['Span', 'grow-start', 'Start +', ['['], e => e.resize('start', 1)],
  ['Span', 'shrink-start', 'Start −', ['{'], e => e.resize('start', -1)],
  ['Span', 'grow-end', 'End +', [']'], e => e.resize('end', 1)],
  ['Span', 'shrink-end', 'End −', ['}'], e => e.resize('end', -1)],
  ['Span', 'unlink', 'Unlink', ['0'], e => e.unlink()],
  ['Span', 'delete', 'Delete', ['delete', 'backspace'], e => e.remove()],
  ['Token', 'split', 'Split', ['x'], e => e.split()],
  ['Token', 'merge', 'Merge', ['shift+x'], e => e.merge()],
  ['Go to', 'next-entity', 'Next entity', ['j'], e => e.jump(1)],
  ['Go to', 'previous-entity', 'Previous entity', ['k'], e => e.jump(-1)],
  ['Steps', 'undo', 'Undo', ['ctrl+z'], e => e.undo()],
  ['Steps', 'redo', 'Redo', ['ctrl+y', 'ctrl+shift+z'], e => e.redo()],
  ['Done', 'skip', 'Skip', ['s'], e => e.skip()],
  ['Done', 'unflag', 'Take the flag back', ['shift+f'], e => e.unflag()],
  ['Done', 'flag', 'Flag', ['f'], e => e.askNote()],
  ['Done', 'accept', 'Accept', ['enter', 'ctrl+enter'], e => e.accept()],
];
const ROWS = [['Label'], ['Span', 'Token'], ['Steps', 'Go to', 'Show'], ['Sentence', 'Done']];
const READING = new Set(['next-entity', 'previous-entity']);   // these change nothing
const SWITCHES = [['lines', 'Lines'], ['candidates', 'Candidates'], ['ghost_numbers', 'Numbers'], ['single_keys', 'Single keys']];
const PRINTED = { delete: 'Del', enter: '↵', 'ctrl+z': 'Ctrl Z', 'ctrl+y': 'Ctrl Y', 'shift+x': '⇧ X', 'shift+f': '⇧ F' };
const printed = key => PRINTED[key] ?? key.toUpperCase();

class Panel {
  constructor(box, editor) {
    this.editor = editor;
    this.drawn = new Map();               // what stands in a part, written out: the same is not drawn again
    this.top = el('div', 'top', box);
    this.status = el('span', 'status', this.top);
    this.note = el('bdi', 'notetext', this.top);
    this.lightNode = el('span', 'light', this.top);
    this.lightNode.setAttribute('role', 'status');
    this.stageSlot = el('div', 'stage', box);
    this.info = el('div', 'info', box);
    this.said = el('div', 'said', el('div', 'saidroom', box));
    this.said.setAttribute('aria-live', 'polite');
    this.entities = el('div', 'ents', box);
    this.entities.setAttribute('role', 'group'); this.entities.setAttribute('aria-label', 'Source entities');
    this.offers = el('div', 'offers', box);
    this.offers.setAttribute('role', 'group'); this.offers.setAttribute('aria-label', 'Candidates');
    this.bar = el('div', 'tools', box);
    this.bar.setAttribute('role', 'toolbar'); this.bar.setAttribute('aria-label', 'Editor actions');
    this.form = el('form', 'flag', box);
    this.form.hidden = true;
    const label = el('label', '', this.form, 'Why is it flagged? ');
    this.field = el('input', '', label);
    this.field.maxLength = 1000; this.field.placeholder = 'A note for whoever settles it (may stay empty)';
    this.button(this.form, 'Flag and go on', '', 'submit', null).type = 'submit';
    this.button(this.form, 'Cancel', 'Esc', 'cancel', e => e.closeNote());
    this.form.addEventListener('submit', e => { e.preventDefault(); editor.flag(this.field.value.trim() || null); });
  }

  // After a click the keys belong to the tokens again; after Enter or Space the button keeps the focus.
  button(parent, text, key, name, act) {
    const b = el('button', '', parent, text);
    b.type = 'button'; b.dataset.c = name;
    if (key) el('kbd', '', b, key);
    if (act) b.addEventListener('click', e => {
      if (b.getAttribute('aria-disabled') === 'true') return;
      act(this.editor);
      if (e.detail && this.form.hidden) this.editor.focus();
    });
    return b;
  }

  group(parent, title) {
    const group = el('div', 'group', parent);
    group.setAttribute('role', 'group'); group.setAttribute('aria-label', title);
    if (title !== 'Done') el('span', 'cap', group, title).setAttribute('aria-hidden', 'true');
    return group;
  }

  // Buttons of a document: they change with its labels, with single keys on or off, and when it is read only.
  tools(doc, show) {
    this.bar.replaceChildren();
    const groups = new Map(), keys = show.single_keys;
    for (const titles of ROWS) {
      const row = el('div', 'line', this.bar);
      for (const title of titles) groups.set(title, this.group(row, title));
    }
    const into = title => groups.get(title);
    if (!doc.readonly) this.labels(into('Label'), doc.labels, keys);
    for (const [title, name, text, [key], act] of COMMANDS) if (!doc.readonly || READING.has(name)) {
      const shown = keys || key.startsWith('ctrl+') ? printed(key) : name === 'accept' ? 'Ctrl ↵' : '';
      const b = this.button(into(title), text, shown, name, act);
      if (name === 'accept') b.classList.add('primary');
    }
    const view = into('Show');
    for (const [name, text] of SWITCHES) {
      const b = this.button(view, `${show[name] ? '☑' : '☐'} ${text}`, '', `show-${name}`, e => e.toggle(name));
      b.setAttribute('aria-pressed', !!show[name]);
    }
    this.button(view, 'Help', keys ? '?' : '', 'help', e => e.command('help'));
    this.button(into('Sentence'), 'Previous', 'Ctrl ←', 'previous', e => e.command('previous'));
    this.button(into('Sentence'), 'Next', 'Ctrl →', 'next', e => e.command('next'));
    for (const group of groups.values()) if (!group.querySelector('button')) group.remove();
    for (const row of [...this.bar.children]) if (!row.children.length) row.remove();
    this.buttons = new Map([...this.bar.querySelectorAll('button')].map(b => [b.dataset.c, b]));
  }

  labels(group, labels, keys) {
    for (const label of labels.filter(l => l.key)) {
      const b = this.button(group, '', keys ? label.key.toUpperCase() : '', `label-${label.name}`, e => e.assign(label.name));
      paintWith(b, label);
      b.prepend(el('span', 'swatch'), el('bdi', '', null, label.name));
    }
    const others = labels.filter(l => !l.key);
    if (!others.length) return;
    const menu = el('select', 'menu', group);
    menu.setAttribute('aria-label', 'More labels');
    el('option', '', menu, 'More labels…').value = '';
    for (const label of others) el('option', '', menu, label.name).value = label.name;
    menu.addEventListener('change', () => {
      if (menu.value) this.editor.assign(menu.value);
      menu.value = '';
      this.editor.focus();
    });
  }

  // A button that most sentences have no use for.
  offer(name, can) {
    const b = this.buttons.get(name);
    if (b) b.hidden = !can;
  }

  enable(name, can) {
    const b = this.buttons.get(name);
    if (b) setIf(b, 'aria-disabled', `${!can}`);
  }

  // One button for each source entity: where it stands, and what became of it.
  list(rows) {
    if (this.isDrawn('list', rows)) return;
    const focused = this.focusedIn(this.entities);
    this.entities.replaceChildren();
    el('span', 'cap', this.entities, 'Source entities');
    if (!rows.length) el('span', 'muted', this.entities, 'none in this sentence');
    for (const row of rows) {
      const b = this.button(this.entities, '', '', `entity-${row.id}`, e => e.visit(row.id));
      paintWith(b, row.label);
      b.classList.toggle('open', row.state === 'open');
      b.setAttribute('aria-pressed', row.current);
      el('b', '', b, `${row.id + 1}`);
      el('span', 'swatch', b);
      el('bdi', 'name', b, row.label.name);
      el('bdi', 'words', b, row.text);
      el('span', 'state', b, row.words);
    }
    this.refocus(this.entities, focused);
  }

  // Candidates of the entity in question, best first, and the way to say that it has no place at all.
  candidates(entity, rows, { dropped, readonly, keys, shown, n }) {
    if (this.isDrawn('candidates', [entity, rows, dropped, readonly, keys, shown, n])) return;
    const focused = this.focusedIn(this.offers);
    this.offers.replaceChildren();
    if (!entity) {
      el('span', 'muted hint', this.offers, n ? 'Click a name in the text, or press J for the next one: its candidates stand here.'
        : 'The source has no name to place. What you label in the target is kept all the same.');
      return;
    }
    const head = el('div', 'head', this.offers);
    this.offers.classList.toggle('bare', !shown);
    const title = el('span', '', head, shown ? 'Candidates for ' : 'Entity ');
    el('b', '', title, `${entity.id + 1} `);
    el('bdi', '', title, entity.text);
    const drop = this.button(head, '⌀ Dropped in translation', keys ? 'Alt 0' : '', 'dropped', e => e.toggleDropped(entity.id));
    drop.setAttribute('aria-pressed', dropped);
    drop.setAttribute('aria-disabled', readonly);
    if (!shown) return this.refocus(this.offers, focused);
    const list = el('div', 'list', this.offers);
    if (!rows.length) el('span', 'muted', list, 'None was proposed. Select the words and press a label or the number.');
    rows.forEach((row, n) => {
      const b = this.button(list, '', '', `candidate-${n + 1}`, e => e.take(entity.id, n));
      b.classList.toggle('here', row.here);
      b.title = row.text;
      b.setAttribute('aria-disabled', readonly || row.here);
      const line = el('span', 'line', b);
      if (keys) el('kbd', '', line, n ? `Alt ${n + 1}` : 'A');
      el('bdi', 'words', line, row.text);
      const why = [row.here ? '✓ here now' : '', row.score === null ? '' : row.score.toFixed(2), row.methods.join(', ')];
      el('span', 'why', b, why.filter(Boolean).join(' · ') || 'no score');
    });
    this.refocus(this.offers, focused);
  }

  isDrawn(part, values) {
    const written = JSON.stringify(values), before = this.drawn.get(part);
    this.drawn.set(part, written);
    return before === written;
  }

  focusedIn(part) {
    const node = part.getRootNode().activeElement;
    return node && part.contains(node) ? node.dataset.c : null;
  }

  refocus(part, name) {
    if (name) [...part.querySelectorAll('button')].find(b => b.dataset.c === name)?.focus();
  }

  light(state) { if (this.lightNode.textContent !== LIGHT[state]) { this.lightNode.textContent = LIGHT[state]; this.lightNode.dataset.s = state; } }

  head(status, note, reason) {
    this.status.textContent = STATUS[status]; this.status.dataset.s = status;
    this.note.textContent = reason ?? note ?? '';
  }
}
