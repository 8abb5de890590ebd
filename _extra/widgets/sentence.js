// A trained language model reads a sentence word by word; its units can be looked at, and held at a value of one's choice.
LAB.start("sentence", (root, data) => {
  const { make, number, percent } = LAB;
  const { vocabulary, units } = data;
  const PARTS = { c: "cell state c", f: "forget gate f", i: "input gate i", o: "output gate o", g: "candidate g", h: "output h" };
  const H = data.weights.W_h.length;
  let [words, steps, untouched, at, part] = [[], [], [], 0, "c"];
  const held = {}; // name of a control to { unit, value, since }

  const input = make("input", { type: "text", value: data.story, autocomplete: "off", spellcheck: false });
  const message = make("p", { className: "lab-said", role: "status" });
  const places = make("div");
  const result = make("div");

  // Words of what was typed, or a friendly complaint.
  const parse = (text) => {
    const found = text.toLowerCase().replace(/([.])/g, " $1 ").split(/[\s,]+/).filter(Boolean);
    if (!found.length) return { complaint: "There is nothing to read yet. Type some words, or choose them from the list of words." };
    if (found.length > 60) return { complaint: `These are ${found.length} words; up to 60 fit here.` };
    const unknown = [...new Set(found.filter((word) => !vocabulary.includes(word)))];
    if (!unknown.length) return { found };
    const few = unknown.slice(0, 3).map((word) => `“${word.slice(0, 30)}”`).join(", ");
    return { complaint: `The model has never met ${few}. It knows ${vocabulary.length} words: they are in the list of words.` };
  };

  const read = (place) => {
    const { found, complaint } = parse(input.value);
    if (complaint) {
      places.replaceChildren();
      result.replaceChildren();
      words = [];
      return (message.textContent = complaint);
    }
    words = found;
    at = Math.min(place ?? words.length - 1, words.length - 1);
    const picker = LAB.pick("After which word do we stop?", words, (k) => ((at = k), show()));
    picker.choose(at);
    places.replaceChildren(picker.field);
    since.querySelector("select").replaceChildren(...words.map((word, k) => make("option", { value: k }, `${k + 1}: ${word}`)));
    for (const one of Object.values(held)) one.since = 0;
    show();
  };

  const leans = ({ index, answers, at: cut }, c) => {
    const [[one, low], [other, high]] = Object.entries(answers);
    return (c[index] > cut) === (low > high) ? one : other;
  };

  const show = () => {
    if (!words.length) return;
    const tokens = words.map((word) => vocabulary.indexOf(word));
    steps = LSTM.read(data.weights, tokens, Object.values(held));
    untouched = LSTM.read(data.weights, tokens);
    const step = steps[at];
    const order = step.probabilities.map((_, k) => k).sort((k, l) => step.probabilities[l] - step.probabilities[k]);
    const pronouns = ["he", "she", "they"].map((word) => vocabulary.indexOf(word));
    const chances = (k) => {
      const [p, before] = [step.probabilities[k], untouched[at].probabilities[k]];
      return Object.keys(held).length ? [vocabulary[k], percent(p), percent(before)] : [vocabulary[k], percent(p)];
    };
    const head = Object.keys(held).length ? ["next word", "now", "untouched"] : ["next word", "chance"];
    const rows = Object.entries(units).map(([of, unit]) => {
      const k = unit.index;
      return [`${of} (unit ${k})`, leans(unit, step.c), ..."chfigo"].map((v) => (v.length > 1 ? v : number(step[v][k])));
    });
    const likeliest = order.slice(0, 3).map((k) => `${vocabulary[k]} ${percent(step.probabilities[k])}`).join(", ");
    const spoken = Object.entries(units).map(([of, unit]) => `the ${of} unit leans to ${leans(unit, step.c)}`).join(", ");
    message.textContent = `After “${words.slice(0, at + 1).join(" ")}”: ${spoken}. Likeliest next: ${likeliest}.`;
    const map = LAB.squares(Array.from({ length: H }, (_, k) => steps.map((one) => one[part][k] / (part === "c" ? 3 : 1))),
      Array.from({ length: H }, (_, k) => String(k)), words,
      { title: `${PARTS[part]} of all ${H} units at each word. ${message.textContent}`, column: at, side: 16, left: 30 });
    const opened = [...result.querySelectorAll("details")].map((one) => one.open);
    result.replaceChildren(
      LAB.table(["unit", "leans to", "c", "h", "f", "i", "g", "o"], rows),
      make("p", {}, "A unit has a value at every word, also where it means nothing yet, as the number at the first “the”, or nothing at all, as the gender of several."),
      make("div", { className: "lab-columns" },
        make("div", {}, make("p", { className: "lab-title" }, "What comes next?"), LAB.table(head, order.slice(0, 6).map(chances))),
        make("div", {}, make("p", { className: "lab-title" }, "The pronouns"), LAB.table(head, pronouns.map(chances)))),
      make("details", {}, make("summary", {}, `Map of all ${H} units: ${PARTS[part]}`),
        make("p", {}, "The size of a square is the size of the number; hollow squares are negative. The word we stop after is framed."), map),
      make("details", {}, make("summary", {}, "Every number after this word, as a table"),
        LAB.table(["unit", "i", "f", "g", "o", "c", "h"], step.c.map((_, k) => [k, ..."ifgoch"].map((v) => (v === k ? k : number(step[v][k]))))))
    );
    result.querySelectorAll("details").forEach((one, k) => (one.open = opened[k] ?? false));
  };

  // Holding units
  const since = LAB.choice("All hands begin at the word", [], (k) => {
    for (const one of Object.values(held)) one.since = Number(k);
    show();
  });
  const hold = (name, unit, value) => {
    if (value === "") delete held[name];
    else held[name] = { unit, value: Number(value), since: Number(since.querySelector("select").value) };
    show();
  };
  const flips = Object.entries(units).map(([of, { index, answers }]) => {
    const options = [["", "leave it alone"], ...Object.entries(answers).map(([answer, mean]) => [String(mean), `hold it at “${answer}”`])];
    return LAB.choice(`The ${of} unit`, options, (value) => hold(of, index, value));
  });
  let any = 0;
  const values = [["", "leave it alone"], ...[-3, -2, -1, 0, 1, 2, 3].map((v) => [String(v), `hold c at ${number(v, 0)}`])];
  const value = LAB.choice("Another unit: do what?", values, (chosen) => hold("another", any, chosen));
  const which = LAB.choice("Another unit: which?", Array.from({ length: H }, (_, k) => [String(k), String(k)]), (k) => {
    any = Number(k);
    hold("another", any, value.querySelector("select").value);
  });

  const append = (word) => {
    input.value = `${input.value.trim()} ${word}`.trim();
    read();
  };
  const list = make("div", { className: "lab-words" }, ...vocabulary.map((word) => {
    const button = make("button", { type: "button" }, word);
    button.addEventListener("click", () => append(word));
    return button;
  }));
  const form = make("form", {}, LAB.field("A sentence of the language", input), make("button", { type: "submit" }, "Read"));
  form.addEventListener("submit", (event) => (event.preventDefault(), read()));

  root.append(
    form,
    make("details", {}, make("summary", {}, `The list of its ${vocabulary.length} words`), make("p", {}, "A click, or Enter, appends a word."), list),
    message,
    places,
    make("fieldset", {}, make("legend", {}, "Take a unit by the hand"), ...[flips, [which, value], [since]].map((row) => make("div", { className: "lab-row" }, ...row))),
    LAB.choice("The map shows", Object.entries(PARTS), (chosen) => ((part = chosen), show())),
    result
  );
  read();
});
