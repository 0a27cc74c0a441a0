// Tokens as they are cut now, and how an index of one cutting is found in another. No DOM here.
// Pieces are the graphemes of the imported tokens, counted through the sentence; a cutting is the list of places
// between pieces where a token ends, null = as imported. The rules are those of xner/correct/tokens.py, and the same
// cases are run through both.

class Cutting {
  constructor(pieces, spaces, cuts) {
    const ends = [];
    let n = 0;
    for (const token of pieces) ends.push(n += token.length);
    this.imported = ends.slice(0, -1);
    this.cuts = cuts && cuts.join() !== this.imported.join() ? cuts : null;
    this.flat = pieces.flat();
    this.spaceAfter = new Array(n).fill(false);
    ends.forEach((end, k) => { this.spaceAfter[end - 1] = !!spaces[k]; });
    const places = n ? [0, ...(this.cuts ?? this.imported), n] : [0];
    this.ranges = places.slice(1).map((end, k) => [places[k], end]);
    this.tokens = this.ranges.map(([a, b]) => this.flat.slice(a, b).join(''));
    this.spaces = this.ranges.map(([, b]) => this.spaceAfter[b - 1]);
  }

  get places() { return this.cuts ?? this.imported; }

  // Text of a range of tokens as it stands in the sentence.
  text(start, end) {
    return this.tokens.slice(start, end).map((t, k) => t + (this.spaces[start + k] && start + k < end - 1 ? ' ' : '')).join('');
  }

  // Tokens that share a piece with a range of pieces.
  covering(first, last) {
    const hit = [];
    this.ranges.forEach(([a, b], k) => { if (a < last && first < b) hit.push(k); });
    return hit;
  }
}

// The smallest span of another cutting that holds everything of a span of this one.
function remap(span, before, after) {
  const hit = after.covering(before.ranges[span.start][0], before.ranges[span.end - 1][1]);
  return { start: hit[0], end: hit.at(-1) + 1 };
}

// Whether a span says the same piece of text in both cuttings.
function isExact(span, before, after) {
  const there = remap(span, before, after);
  return before.ranges[span.start][0] === after.ranges[there.start][0]
    && before.ranges[span.end - 1][1] === after.ranges[there.end - 1][1];
}

// Links [i, j, kind] between imported tokens, as links to the target tokens of a cutting; of two that fall together
// the firmer one stays.
const KINDS = ['possible', 'sure', 'manual'];
function cutLinks(links, imported, now) {
  if (!now.cuts) return links;
  const onto = imported.ranges.map(([a, b]) => now.covering(a, b)), found = new Map();
  for (const [i, j, kind] of links) for (const k of onto[j]) {
    const before = found.get(`${i} ${k}`);
    if (!before || KINDS.indexOf(before[2]) < KINDS.indexOf(kind)) found.set(`${i} ${k}`, [i, k, kind]);
  }
  return [...found.values()];
}
