// One cell of an LSTM, every number of which can be moved, on the course's own diagram.
LAB.start("cell", (root, data) => {
  const { make, number } = LAB;
  const LAYERS = { f: "forget gate", i: "input gate", g: "candidate", o: "output gate" };
  const ORDER = ["i", "f", "g", "o"]; // of the blocks
  let now, history;

  const compute = () => {
    const p = { W_x: [now.W_x], W_h: [now.W_h], b: now.b };
    const { i, f, g, o, c, h } = LSTM.step(p, [now.x], { h: [now.h], c: [now.c] });
    const said = { i: i[0], f: f[0], g: g[0], o: o[0], c: c[0], h: h[0], squashed: Math.tanh(c[0]) };
    return { ...said, x: now.x, h_prev: now.h, c_prev: now.c, kept: said.f * now.c, written: said.i * said.g };
  };

  // The diagram: signs and numbers are written on it here.
  const picture = make("div", { className: "lab-scroll", tabIndex: 0, role: "group", "aria-label": "Diagram of the cell" });
  picture.innerHTML = data.svg; // drawn by the course's own code
  const svg = picture.querySelector("svg");
  svg.setAttribute("role", "img");
  const SIDE = { c_prev: "start", h_prev: "start", f: "start", i: "start", g: "start", o: "start", written: "start", x: "start", squashed: "end" };
  const signs = Object.entries(data.signs).map(([name, { sign, x, y }]) => {
    const text = LAB.draw("text", { x: name.endsWith("prev") ? 2 : x, y: y + 4, "text-anchor": SIDE[name] ?? "middle", "data-part": name });
    for (const [words, index] of sign) {
      const piece = LAB.draw("tspan", index ? { dy: 3, "font-size": 8 } : { "font-style": "italic" });
      piece.textContent = words;
      text.append(piece);
      if (index) text.append(Object.assign(LAB.draw("tspan", { dy: -3 }), { textContent: "\u200b" }));
    }
    const value = LAB.draw("tspan", { class: "lab-number" });
    text.append(value);
    svg.append(text);
    return { name, text, value };
  });
  const parts = [...svg.querySelectorAll("g[id]")].filter((part) => !/^(figure|axes|patch|PathCollection|text)_?\d*$/.test(part.id));
  const highlight = (step) => {
    const shown = data.steps[step];
    const dim = (name) => (shown && !shown.includes(name) && name !== "body" ? "0.18" : "1");
    for (const part of parts) part.style.opacity = dim(part.id);
    for (const { name, text } of signs) text.style.opacity = dim(name);
  };

  const said = make("p", { className: "lab-said", role: "status" });
  const table = make("div");
  const show = () => {
    const v = compute();
    for (const { name, value } of signs) value.textContent = ` = ${number(v[name])}`;
    const words =
      `Forget gate ${number(v.f)}: of the memory ${number(v.c_prev)}, ${number(v.kept)} is kept. ` +
      `Input gate ${number(v.i)} times candidate ${number(v.g)}: ${number(v.written)} is written. ` +
      `The new memory is ${number(v.c)}. Output gate ${number(v.o)} times tanh ${number(v.squashed)}: the output is ${number(v.h)}.`;
    said.textContent = words;
    svg.setAttribute("aria-label", `One LSTM cell with numbers on its lines. ${words}`);
    const rows = [...history, v].map((one, t) => [t + 1, ..."chxfigo"].map((k) => (k === t + 1 ? k : number(one[k]))));
    table.replaceChildren(LAB.table(["step", "c", "h", "x", "f", "i", "g", "o"], rows));
  };

  // The sliders
  const state = Object.entries({ x: "input x", h: "last output h", c: "memory c" }).map(([name, words]) => {
    const limits = name === "h" ? { min: -1, max: 1, step: 0.01 } : { min: -5, max: 5, step: 0.01 };
    return [name, LAB.slider(words, { ...limits, value: 0 }, (value) => ((now[name] = value), show()))];
  });
  const WEIGHTS = { W_x: "weight of x", W_h: "weight of h", b: "bias" };
  const weights = Object.keys(LAYERS).flatMap((layer) =>
    Object.keys(WEIGHTS).map((name) => {
      const k = ORDER.indexOf(layer);
      const change = (value) => ((now[name][k] = value), show());
      return { layer, name, k, slider: LAB.slider(WEIGHTS[name], { min: -10, max: 10, value: 0 }, change) };
    })
  );
  const move = () => {
    for (const [name, slider] of state) slider.set(now[name]);
    for (const { name, k, slider } of weights) slider.set(now[name][k]);
    show();
  };
  const begin = (example) => {
    now = structuredClone(data.examples[example]);
    history = [];
    move();
  };

  // Time
  const forward = () => {
    const v = compute();
    const { W_x, W_h, b } = structuredClone(now);
    history.push({ ...v, W_x, W_h, b });
    [now.h, now.c] = [v.h, v.c];
    move();
  };
  const back = () => {
    const before = history.pop();
    if (!before) return (said.textContent = "This is the first step.");
    const { x, h_prev: h, c_prev: c, W_x, W_h, b } = before;
    now = { x, h, c, W_x, W_h, b };
    move();
  };
  const examples = LAB.choice("Begin with", Object.keys(data.examples).map((name) => [name, name]), begin);
  const again = () => begin(examples.querySelector("select").value);
  const button = (words, action) => {
    const element = make("button", { type: "button" }, words);
    element.addEventListener("click", action);
    return element;
  };
  const PARTS = { "": "the whole cell", forget: "what to forget", store: "what to store", update: "the update", output: "what to put out" };

  root.append(
    make("div", { className: "lab-row" }, examples, LAB.choice("Show", Object.entries(PARTS), highlight)),
    picture,
    said,
    make("div", { className: "lab-row" }, button("Step forward in time", forward), button("Step back", back), button("Start again", again)),
    make("fieldset", {}, make("legend", {}, "What comes in"), ...state.map(([, slider]) => slider.field)),
    make(
      "details",
      { className: "lab-weights" },
      make("summary", {}, "Weights and biases"),
      make(
        "div",
        { className: "lab-columns" },
        ...Object.entries(LAYERS).map(([layer, words]) => {
          const mine = weights.filter((one) => one.layer === layer).map((one) => one.slider.field);
          return make("fieldset", {}, make("legend", {}, words), ...mine);
        })
      )
    ),
    make("details", {}, make("summary", {}, "All steps so far, as a table"), table)
  );
  again();
});
