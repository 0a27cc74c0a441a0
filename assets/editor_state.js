// The annotation under correction and its undo stack. Every change is an invertible delta; no DOM here.

const HISTORY_MOST = 50;
const HISTORY_CHARACTERS = 400_000;       // the server refuses a million; the oldest steps go first

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const plainSpan = ({ id, start, end, label, src, status, conf }) =>
  ({ id, start, end, label, src: src ?? null, status, conf: conf ?? null });
const overlap = (a, b) => a.start < b.end && b.start < a.end;
const newId = () => 'n' + [...crypto.getRandomValues(new Uint8Array(8))].map(b => b.toString(36).padStart(2, '0')).join('');

class State {
  constructor({ tgt, dropped, history }) {
    this.pieces = tgt.pieces; this.spaces = tgt.ws; this.clitics = tgt.clitics;
    this.imported = new Cutting(tgt.pieces, tgt.ws, null);
    this.cutting = new Cutting(tgt.pieces, tgt.ws, tgt.cuts);
    this.spans = tgt.spans.map(plainSpan).sort((a, b) => a.start - b.start);
    this.dropped = [...dropped].sort((a, b) => a - b);
    this.undoStack = structuredClone(history); this.redoStack = [];
  }

  at(k) { return this.spans.find(s => s.start <= k && k < s.end); }
  byId(id) { return this.spans.find(s => s.id === id); }
  of(source) { return this.spans.filter(s => s.src === source); }
  isSettled(source) { return this.dropped.includes(source) || this.of(source).length > 0; }

  // Make a change of spans, of cuts or of what was dropped, and remember it; null when nothing changes.
  change(op, { spans = this.spans, cuts = this.cutting.cuts, dropped = this.dropped }) {
    const next = spans.map(plainSpan);
    const before = new Map(this.spans.map(s => [s.id, s])), after = new Map(next.map(s => [s.id, s]));
    const delta = {
      op: op.slice(0, 100),
      del: this.spans.filter(s => !same(s, after.get(s.id))),
      add: next.filter(s => !same(s, before.get(s.id))),
    };
    if (!same(cuts, this.cutting.cuts)) delta.cuts = { from: this.cutting.cuts, to: cuts };
    if (!same(dropped, this.dropped)) delta.dropped = { from: this.dropped, to: dropped };
    if (!delta.del.length && !delta.add.length && !delta.cuts && !delta.dropped) return null;
    this.undoStack.push(delta); this.redoStack = [];
    this.trim();
    this.apply(delta.del, delta.add, delta.cuts?.to, delta.dropped?.to);
    return delta;
  }

  trim() {
    this.undoStack = this.undoStack.slice(-HISTORY_MOST);
    let size = 0, n = 0;
    for (const delta of this.undoStack.toReversed()) {
      size += JSON.stringify(delta).length;
      if (size > HISTORY_CHARACTERS) break;
      n++;
    }
    this.undoStack = this.undoStack.slice(this.undoStack.length - n);
  }

  // What is added takes the place of what it overlaps: the server may have changed the sentence since the delta.
  apply(del, add, cuts, dropped) {
    if (cuts !== undefined) this.cutting = new Cutting(this.pieces, this.spaces, cuts);
    const gone = new Set([...del, ...add].map(s => s.id)), n = this.cutting.tokens.length;
    const fits = add.filter(s => s.end <= n);
    this.spans = [...this.spans.filter(s => !gone.has(s.id) && s.end <= n && !fits.some(x => overlap(x, s))), ...fits]
      .sort((a, b) => a.start - b.start);
    if (dropped !== undefined) this.dropped = [...dropped];
    this.dropped = this.dropped.filter(source => !this.spans.some(s => s.src === source));
  }

  undo() {
    const delta = this.undoStack.pop();
    if (!delta) return null;
    this.redoStack.push(delta);
    this.apply(delta.add, delta.del, delta.cuts && delta.cuts.from, delta.dropped?.from);
    return delta;
  }

  redo() {
    const delta = this.redoStack.pop();
    if (!delta) return null;
    this.undoStack.push(delta);
    this.apply(delta.del, delta.add, delta.cuts && delta.cuts.to, delta.dropped?.to);
    return delta;
  }

  // The spans after room was made for one that is new or grew: entities don't overlap.
  placed(span) { return [...this.spans.filter(s => s.id !== span.id && !overlap(s, span)), span]; }

  // Cut with other places; spans follow, and one whose text is no longer the same counts as edited.
  recut(op, places) {
    const next = new Cutting(this.pieces, this.spaces, places.toSorted((a, b) => a - b));
    const spans = this.spans.map(s => ({
      ...s, ...remap(s, this.cutting, next), ...(isExact(s, this.cutting, next) ? {} : { status: 'edited', conf: null }),
    }));
    return this.change(op, { spans, cuts: next.cuts });
  }

  // Places where a token can be split: after its first clitic, else between all its graphemes.
  splitPlaces(k) {
    const [a, b] = this.cutting.ranges[k];
    let start = 0;
    for (const [n, token] of this.pieces.entries()) {
      const place = this.clitics[n]?.map(p => p + start).find(p => a < p && p < b);
      if (place !== undefined) return { places: [place], clitic: true };
      start += token.length;
    }
    return { places: Array.from({ length: b - a - 1 }, (_, n) => a + 1 + n), clitic: false };
  }
}
