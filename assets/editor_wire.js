// The way of an edit to the server: sent at once, again every 5 seconds until it is acknowledged, and kept in
// localStorage meanwhile. An edit is the whole state, so sending it twice or losing one before it is harmless.

const RESEND_MS = 5000, LATE_MS = 3000, DRAFT_HOLD_MS = 10_000;
const OPS_MOST = 1000;
const DRAFT = 'xner:draft:';
const draftKey = (doc, id = doc.doc_id) => DRAFT + (doc.shelf ? doc.shelf + ':' : '') + id;

// localStorage can be full or forbidden; the editor works without, only the draft is then missing.
const shelf = {
  get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* see above */ } },
  drop(key) { try { localStorage.removeItem(key); } catch { /* see above */ } },
};

class Wire {
  constructor(changed) {
    this.changed = changed;               // called when the light may have changed
    this.outbox = [];                     // unacknowledged edits, one for each document and client, oldest first
    this.ops = []; this.seq = this.ack = this.attempt = 0;
    this.refused = false;
    this.off = new AbortController();
    const on = (target, name, act) => target.addEventListener(name, act, { signal: this.off.signal });
    on(document, 'visibilitychange', () => this.deliver());
    on(window, 'online', () => this.deliver());
    on(window, 'beforeunload', e => { if (this.outbox.length) e.preventDefault(); });
    this.timer = setInterval(() => this.tick(), 500);
  }

  destroy() { this.off.abort(); clearInterval(this.timer); }

  open(doc) {
    const known = this.doc?.doc_id === doc.doc_id && this.doc.client === doc.client;
    this.seq = Math.max(known ? this.seq : 0, doc.ack_seq); this.ack = doc.ack_seq;
    this.doc = doc; this.ops = []; this.refused = false;
    const draft = shelf.get(draftKey(doc));
    const waits = this.outbox.some(e => e.doc_id === doc.doc_id);
    if (draft && draft.doc_id === doc.doc_id && !waits && !this.isDone(draft, doc)) {
      this.put(draft);                    // as it is, under the client and rev that it was made with: the server decides
      this.draftSince = performance.now();
      this.deliver();
    }
  }

  // An edit that an earlier page left behind is on its way: what comes back will replace what is shown.
  get holdsDraft() {
    return this.outbox.some(e => e.doc_id === this.doc.doc_id && (e.client !== this.doc.client || e.rev !== this.doc.rev))
      && performance.now() - this.draftSince < DRAFT_HOLD_MS;
  }

  isDone(edit, { doc_id, client, ack_seq, received }) {
    return (edit.doc_id === doc_id && edit.client === client && edit.seq <= ack_seq)
      || (!!received && edit.doc_id === received.doc_id && edit.client === received.client && edit.seq <= received.seq);
  }

  acknowledge(doc) {
    const { received } = doc;
    this.doc = doc;
    if (doc.ack_seq > this.ack) { this.ack = doc.ack_seq; this.since = performance.now(); }
    this.ops = this.ops.filter(op => op.seq > this.ack);
    const done = this.outbox.filter(edit => this.isDone(edit, doc));
    this.outbox = this.outbox.filter(edit => !done.includes(edit));
    if (received && !received.saved && done.some(edit => edit.seq === received.seq)) this.refused = true;
    for (const id of new Set([doc.doc_id, received?.doc_id])) {      // the last edit of the document before this one, too
      const draft = id && shelf.get(draftKey(doc, id));
      if (draft && this.isDone(draft, doc)) shelf.drop(draftKey(doc, id));
    }
    if (done.length) this.deliver();
    this.changed();
  }

  put(edit) {
    if (!this.outbox.length) this.since = performance.now();
    const k = this.outbox.findIndex(e => e.doc_id === edit.doc_id && e.client === edit.client);
    if (k >= 0) this.outbox[k] = edit; else this.outbox.push(edit);
  }

  // Take the state after a step, number it, keep it and send it.
  push(op, state) {
    this.seq++; this.refused = false;
    this.ops = [...this.ops, { op: op.slice(0, 100), ms: Date.now(), seq: this.seq }].slice(-OPS_MOST);
    const { doc_id, rev, client } = this.doc;
    const edit = structuredClone({ doc_id, rev, client, seq: this.seq, ...state, ops: this.ops });
    this.put(edit);
    shelf.set(draftKey(this.doc), edit);
    this.deliver();
  }

  // One at a time: of two states set in a row Streamlit may show the server only the second.
  // The number of the attempt makes a repetition a change, without which the server would not be called.
  deliver() {
    const edit = this.outbox[0];
    if (!edit || !this.send) return;
    this.sentAt = performance.now();
    this.send({ ...edit, attempt: ++this.attempt });
    this.changed();
  }

  tick() {
    if (this.outbox.length && performance.now() - this.sentAt >= RESEND_MS) this.deliver();
    this.changed();
  }

  get light() {
    if (this.outbox.length) return performance.now() - this.since > LATE_MS ? 'late' : 'saving';
    return this.refused ? 'refused' : 'saved';
  }
}
