// A trained network rewrites a date, and shows for each character that it writes where it looks.
LAB.start("attention", (root, data) => {
  const { make, number, percent } = LAB;
  const MOST = 11;
  let [text, written, at] = ["", [], 0];
  const name = (character) => (character === " " ? "a space" : character === "$" ? "the end" : `“${character}”`);

  const input = make("input", { type: "text", value: data.examples[0], autocomplete: "off", spellcheck: false });
  const message = make("p", { className: "lab-said", role: "status" });
  const answer = make("p", { className: "lab-answer" });
  const places = make("div");
  const result = make("div");

  const complain = (typed) => {
    if (!typed.trim()) return "There is no date yet. Type one as people write it, such as 3 September 2021.";
    if (typed.length > data.longest) return `These are ${typed.length} characters; the network has learned from at most ${data.longest}.`;
    const unknown = [...new Set([...typed].filter((character) => !data.read.includes(character)))];
    return unknown.length ? `The network has never met ${unknown.slice(0, 3).map(name).join(", ")}. It knows letters, digits, spaces and , - . /` : "";
  };

  const rewrite = () => {
    const complaint = complain(input.value);
    if (complaint) {
      for (const old of [answer, places, result]) old.replaceChildren();
      return (message.textContent = complaint);
    }
    text = [...input.value];
    written = LSTM.rewrite(data.weights, text.map((character) => data.read.indexOf(character)), MOST);
    const symbols = written.map(({ symbol }) => data.written[symbol]);
    answer.textContent = `It writes ${symbols.filter((character) => character !== "$").join("")}`;
    at = 0;
    const picker = LAB.pick("Where did it look for …", symbols.map((character) => (character === "$" ? "end" : character)), (k) => ((at = k), show()));
    picker.choose(0);
    places.replaceChildren(picker.field);
    show();
  };

  const show = () => {
    const { symbol, alpha } = written[at];
    const order = alpha.map((_, s) => s).sort((s, r) => alpha[r] - alpha[s]).slice(0, 4).filter((s) => alpha[s] >= 0.01);
    const said = order.map((s) => `${name(text[s])} (character ${s + 1}) ${percent(alpha[s])}`).join(", ");
    message.textContent = `Writing character ${at + 1}, ${name(data.written[symbol])}, it looks at ${said}.`;
    const labels = written.map((one) => (data.written[one.symbol] === "$" ? "end" : data.written[one.symbol]));
    const title = `What it looked at, a row for each character that it wrote. ${message.textContent}`;
    const map = LAB.squares(written.map((one) => one.alpha), labels, text, { title, row: at });
    const opened = result.querySelector("details")?.open ?? false;
    result.replaceChildren(
      map,
      make("details", { open: opened }, make("summary", {}, "This row as a table"),
        LAB.table(["place", "character", "weight"], text.map((character, s) => [s + 1, name(character), number(alpha[s])])))
    );
  };

  const form = make("form", {}, LAB.field("A date, as people write it", input), make("button", { type: "submit" }, "Rewrite"));
  form.addEventListener("submit", (event) => (event.preventDefault(), rewrite()));
  const examples = LAB.choice("Or take one of these", data.examples.map((one) => [one, one]), (one) => {
    input.value = one;
    rewrite();
  });
  root.append(form, examples, answer, places, message,
    make("p", {}, "The larger a square, the more weight. The row of the chosen character is framed; ␣ is a space."), result);
  rewrite();
});
