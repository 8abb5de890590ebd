// What the parts of the gate lab have in common: their data, the making of elements, and how a part takes the place of its static
// fallback. Each part calls LAB.start with its name and a function that fills an empty element.
const LAB = { data: {} };

LAB.make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    name in element ? (element[name] = value) : element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

LAB.draw = (tag, attributes = {}, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

LAB.start = (name, build) => {
  for (const place of document.querySelectorAll(`.lab[data-widget="${name}"]`)) {
    const live = LAB.make("div", { className: "lab-live" });
    build(live, LAB.data[name]);
    const fallback = LAB.make("div", { className: "lab-fallback" }, ...place.childNodes); // for paper
    place.replaceChildren(live, fallback); // only when all went well: else it stays as it was
  }
};

LAB.number = (value, digits = 2) => (value < 0 && Number(value.toFixed(digits)) !== 0 ? "−" : "") + Math.abs(value).toFixed(digits);
LAB.percent = (share) => (share > 0 && share < 0.005 ? "below 1 %" : `${Math.round(100 * share)} %`);

let counter = 0;
LAB.field = (words, control) => {
  control.id = `lab-${(counter += 1)}`;
  return LAB.make("div", { className: "lab-field" }, LAB.make("label", { htmlFor: control.id }, words), control);
};

LAB.choice = (words, options, onchange) => {
  const select = LAB.make("select", {}, ...options.map(([value, text]) => LAB.make("option", { value }, text)));
  select.addEventListener("change", () => onchange(select.value));
  return LAB.field(words, select);
};

// A slider with its number beside it. `set` moves it without a report.
LAB.slider = (words, { min, max, step = 0.1, value }, onchange) => {
  const input = LAB.make("input", { type: "range", min, max, step, value });
  const said = LAB.make("span", { className: "lab-value" }, LAB.number(value));
  const show = (number) => {
    said.textContent = LAB.number(number);
    input.setAttribute("aria-valuetext", said.textContent);
  };
  input.addEventListener("input", () => (show(input.valueAsNumber), onchange(input.valueAsNumber)));
  const field = LAB.field(words, input);
  field.append(said);
  show(value);
  return { field, input, set: (number) => ((input.value = number), show(number)) }; // the knob stops at the end, the number does not
};

// One of several, as native radio buttons: the arrow keys move from one to the next.
LAB.pick = (legend, texts, onchange) => {
  const group = `lab-${(counter += 1)}`;
  const buttons = texts.map((text, k) => {
    const input = LAB.make("input", { type: "radio", name: group, value: String(k) });
    input.addEventListener("change", () => onchange(k));
    return LAB.make("label", { className: "lab-chip" }, input, LAB.make("span", {}, text));
  });
  const field = LAB.make("fieldset", { className: "lab-pick" }, LAB.make("legend", {}, legend), ...buttons);
  return { field, choose: (k) => (buttons[k].querySelector("input").checked = true) };
};

LAB.table = (head, rows) =>
  LAB.make(
    "div",
    { className: "lab-scroll", tabIndex: 0, role: "group", "aria-label": head.join(", ") },
    LAB.make(
      "table",
      { className: "table" },
      LAB.make("thead", {}, LAB.make("tr", {}, ...head.map((text) => LAB.make("th", { scope: "col" }, text)))),
      LAB.make("tbody", {}, ...rows.map((row) => LAB.make("tr", {}, ...row.map((text) => LAB.make("td", {}, String(text))))))
    )
  );

// A map of squares whose size is the size of a number; negative ones are hollow. columns, rows: texts; values[row][column].
LAB.squares = (values, rows, columns, { title, row = -1, column = -1, side = 18, left = 40 }) => {
  const top = columns.some((words) => words.length > 1) ? 62 : 22; // room for words, which stand aslant
  const [width, height] = [left + side * columns.length + (top > 22 ? 24 : 4), top + side * rows.length + 4];
  const picture = LAB.draw("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": title });
  const text = (x, y, words, more = {}) => {
    const element = LAB.draw("text", { x, y, "font-size": 12, ...more });
    element.textContent = words === " " ? "␣" : words;
    picture.append(element);
  };
  if (row >= 0) picture.append(LAB.draw("rect", { x: left, y: top + side * row, width: side * columns.length, height: side, class: "lab-here" }));
  if (column >= 0) picture.append(LAB.draw("rect", { x: left + side * column, y: top, width: side, height: side * rows.length, class: "lab-here" }));
  columns.forEach((words, k) => {
    const x = left + side * (k + 0.5) + 4;
    text(x, top - 6, words, words.length > 1 ? { transform: `rotate(-60 ${x} ${top - 6})` } : { "text-anchor": "middle", x: x - 4 });
  });
  rows.forEach((words, k) => text(left - 6, top + side * (k + 0.5) + 4, words, { "text-anchor": "end" }));
  values.forEach((line, r) =>
    line.forEach((value, k) => {
      const size = side * 0.9 * Math.sqrt(Math.min(1, Math.abs(value)));
      if (size < 1) return;
      const [x, y] = [left + side * (k + 0.5) - size / 2, top + side * (r + 0.5) - size / 2];
      picture.append(LAB.draw("rect", { x, y, width: size, height: size, class: value < 0 ? "lab-minus" : "lab-plus" }));
    })
  );
  return LAB.make("div", { className: "lab-scroll", tabIndex: 0, role: "group", "aria-label": "Map" }, picture);
};
