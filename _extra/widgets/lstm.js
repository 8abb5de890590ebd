// The equations of the course for one example at a time, as in lstm_course/cells/lstm.py: rows are inputs, and the blocks of the
// four layers stand in the order i, f, g, o. A vector is a list of numbers, a matrix a list of its rows.
const LSTM = (() => {
  const sigmoid = (a) => 1 / (1 + Math.exp(-a));
  const linear = (x, W, b) => b.map((bias, k) => x.reduce((sum, value, row) => sum + value * W[row][k], bias));
  const dot = (x, y) => x.reduce((sum, value, k) => sum + value * y[k], 0);
  const zeros = (n) => Array(n).fill(0);
  const largest = (x) => x.indexOf(Math.max(...x));

  function softmax(scores) {
    const top = Math.max(...scores);
    const odds = scores.map((score) => Math.exp(score - top));
    const total = odds.reduce((sum, value) => sum + value, 0);
    return odds.map((value) => value / total);
  }

  // One step. p: W_x (D, 4H), W_h (H, 4H), b (4H); x (D); state: h, c (H). `change` may rewrite the new c before anybody sees it.
  function step(p, x, state, change = (c) => c) {
    const a = linear([...x, ...state.h], [...p.W_x, ...p.W_h], p.b);
    const H = state.c.length;
    const block = (n, squash) => a.slice(n * H, (n + 1) * H).map(squash);
    const gates = { i: block(0, sigmoid), f: block(1, sigmoid), g: block(2, Math.tanh), o: block(3, sigmoid) };
    const c = change(state.c.map((old, k) => gates.f[k] * old + gates.i[k] * gates.g[k]));
    return { ...gates, c, h: c.map((value, k) => gates.o[k] * Math.tanh(value)) };
  }

  // A language model reads tokens. held: list of { unit, value, since }: from a token on, c of that unit is held at a value.
  function read(w, tokens, held = []) {
    let state = { h: zeros(w.W_h.length), c: zeros(w.W_h.length) };
    return tokens.map((token, t) => {
      const now = held.filter((one) => t >= one.since);
      state = step(w, w.embedding[token], state, (c) => c.map((value, k) => now.findLast((one) => one.unit === k)?.value ?? value));
      return { ...state, probabilities: softmax(linear(state.h, w.W_y, w.b_y)) };
    });
  }

  // The weights of a part of a network, named as PyTorch names them: "encoder.both.ahead.W_x" and so on.
  const part = (w, name) => ({ W_x: w[`${name}.W_x`], W_h: w[`${name}.W_h`], b: w[`${name}.b`] });

  // A reader of dates writes at most `most` symbols, the last of them 0, the end. Gives [{ symbol, alpha }, ...].
  function rewrite(w, tokens, most) {
    const xs = tokens.map((token) => w["encoder.embedding"][token]);
    const run = (p, sequence) => {
      let state = { h: zeros(p.W_h.length), c: zeros(p.W_h.length) };
      return sequence.map((x) => (state = step(p, x, state)));
    };
    const ahead = run(part(w, "encoder.both.ahead"), xs);
    const back = run(part(w, "encoder.both.back"), xs.toReversed()).reverse();
    const values = ahead.map((one, s) => [...one.h, ...back[s].h]);
    let state = { h: [...ahead.at(-1).h, ...back[0].h], c: [...ahead.at(-1).c, ...back[0].c] };
    let [symbol, said] = [0, zeros(state.h.length)];
    const written = [];
    do {
      state = step(part(w, "decoder.recurrent"), [...w["decoder.embedding"][symbol], ...said], state);
      const alpha = softmax(values.map((value) => dot(state.h, value)));
      const context = values[0].map((_, d) => dot(alpha, values.map((value) => value[d])));
      said = linear([...state.h, ...context], w["decoder.W_c"], w["decoder.b_c"]).map(Math.tanh);
      symbol = largest(linear(said, w["decoder.W_y"], w["decoder.b_y"]));
      written.push({ symbol, alpha });
    } while (symbol !== 0 && written.length < most);
    return written;
  }

  return { step, read, rewrite };
})();
