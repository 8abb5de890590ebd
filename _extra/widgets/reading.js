// The front page's picture that moves: a trained network reads a sentence, and two of its 32 numbers say what it has understood.
// It runs once, can be stopped, and does not start by itself where the reader wants no motion.
LAB.start("reading", (root, data) => {
  const { make, draw } = LAB;
  const COLUMN = 66;
  const LEFT = 96;
  const ROWS = { number: 74, gender: 168 };
  const last = data.words.length - 1;
  const width = LEFT + COLUMN * data.words.length;
  const picture = draw("svg", { viewBox: `0 0 ${width} 250`, role: "img" });
  const write = (x, y, words, more = {}) => {
    const text = draw("text", { x, y, "text-anchor": "middle", "font-size": 16, ...more });
    text.textContent = words;
    return text;
  };
  const leans = ({ at: cut, answers }, c) => {
    const [[one, low], [other, high]] = Object.entries(answers);
    return c > cut === low > high ? one : other;
  };

  const columns = data.words.map((word, t) => {
    const x = LEFT + COLUMN * (t + 0.5);
    const column = draw("g", {}, write(x, 20, word, { "font-weight": 600 }));
    for (const [of, middle] of Object.entries(ROWS)) {
      const value = data[of][t] - data.units[of].at; // above its cut it says one thing, below the other
      const size = Math.min(38, 16 * Math.abs(value));
      column.append(draw("rect", { x: x - 13, y: value > 0 ? middle - size : middle, width: 26, height: Math.max(size, 1), class: value > 0 ? "lab-plus" : "lab-minus" }));
    }
    picture.append(column);
    return column;
  });
  for (const [of, middle] of Object.entries(ROWS)) {
    const [low, high] = Object.entries(data.units[of].answers).sort(([, a], [, b]) => a - b).map(([answer]) => answer);
    picture.append(draw("line", { x1: LEFT, x2: width, y1: middle, y2: middle, stroke: "#1f2933" }));
    picture.append(write(LEFT - 6, middle - 22, high, { "text-anchor": "end" }), write(LEFT - 6, middle + 36, low, { "text-anchor": "end" }));
    picture.append(write(2, middle + 5, of, { "text-anchor": "start", "font-weight": 600 }));
  }
  const guess = write(LEFT, 240, "", { "font-weight": 600 });
  picture.append(guess);

  const show = (t) => {
    columns.forEach((column, k) => (column.style.opacity = k < t ? 0.55 : k === t ? 1 : 0));
    guess.setAttribute("x", Math.min(Math.max(LEFT + COLUMN * (t + 0.5), LEFT + 60), width - 70));
    guess.textContent = `next: ${data.next[t]}`;
    const states = Object.keys(ROWS).map((of) => `the ${of} unit leans to ${leans(data.units[of], data[of][t])}`).join(", ");
    picture.setAttribute("aria-label", `Word ${t + 1} of ${last + 1}, “${data.words[t]}”: ${states}; it expects “${data.next[t]}” next.`);
  };

  let timer = null;
  const slider = make("input", { type: "range", min: 0, max: last, value: 0 });
  const button = make("button", { type: "button" });
  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
  };
  const play = () => {
    if (slider.valueAsNumber === last) slider.value = 0;
    show(slider.valueAsNumber);
    button.textContent = "Pause";
    timer = setInterval(() => {
      slider.value = slider.valueAsNumber + 1;
      show(slider.valueAsNumber);
      if (slider.valueAsNumber === last) stop();
    }, 1000);
  };
  button.addEventListener("click", () => (timer ? stop() : play()));
  slider.addEventListener("input", () => (stop(), show(slider.valueAsNumber)));
  root.append(
    make("div", { className: "lab-scroll lab-reading", tabIndex: 0, role: "group", "aria-label": "A network reads" }, picture),
    make("div", { className: "lab-row" }, button, LAB.field("Word", slider))
  );
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    slider.value = last;
    columns.forEach((column) => (column.style.opacity = 1));
    show(last);
    stop();
  } else {
    play();
  }
});
