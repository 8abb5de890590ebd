// Makes a form of every question of a self-test. The page holds the question, the options and, in a fold, their explanations.
// What the reader chose stays in this browser's own storage; nothing is sent anywhere.
"use strict";
{
  const KEY = "lstm-course.quiz";

  // Page to {total, right, answers: {question: [chosen options]}}. Storage may be forbidden; then nothing is kept.
  const load = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY));
      return kept && typeof kept === "object" ? kept : {};
    } catch {
      return {};
    }
  };
  const save = (kept) => {
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // a private window, or no room: the questions work all the same
    }
  };
  const make = (tag, name, ...parts) => {
    const element = document.createElement(tag);
    element.className = name;
    element.append(...parts);
    return element;
  };
  const button = (words, type, onclick) => Object.assign(make("button", "quiz-button", words), { type, onclick });
  const letter = (k) => make("span", "quiz-letter", `${String.fromCharCode(65 + k)}. `);
  const standing = (right, total) => (right === total ? `all right, ${right} of ${total}` : `${right} of ${total}`);

  class Question {
    constructor(root, whole) {
      this.root = root;
      this.whole = whole;
      this.many = root.dataset.choose === "all";
      const title = root.querySelector(".quiz-title");
      const asked = root.querySelector(".quiz-question");
      const list = root.querySelector(".quiz-options");
      this.answers = root.querySelector(".quiz-answers");
      this.reasons = Array.from(this.answers.querySelector(".quiz-reasons").children);
      this.holds = this.reasons.map((reason) => reason.classList.contains("right"));

      const fields = make("fieldset", "quiz-fields", make("legend", "", title), asked);
      asked.id = `${root.id}-asked`;
      fields.setAttribute("aria-describedby", asked.id);
      this.rows = Array.from(list.children, (item, k) => this.row(item, k));
      this.inputs = this.rows.map((row) => row.querySelector("input"));
      fields.append(...this.rows);

      this.again = button("Try again", "button", () => {
        this.choose([]);
        this.forget();
        this.inputs[0].focus();
      });
      this.result = make("div", "quiz-result");
      this.result.setAttribute("aria-live", "polite");
      const buttons = make("div", "quiz-buttons", button("Check", "submit"), this.again);
      this.form = make("form", "quiz-form", fields, buttons, this.result);
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.check();
      });
      this.form.addEventListener("change", () => this.forget());
      list.remove();
      root.prepend(this.form);
      this.unmark();
    }

    row(item, k) {
      const input = document.createElement("input");
      Object.assign(input, { type: this.many ? "checkbox" : "radio", name: this.root.id, value: k, id: `${this.root.id}-${k}` });
      const words = item.querySelector("p") ?? item;
      const label = make("label", "", letter(k), ...words.childNodes);
      label.htmlFor = input.id;
      label.addEventListener("click", (event) => {
        // a formula takes the focus, and in some browsers the click as well
        if (event.target.closest("mjx-container")) {
          event.preventDefault();
          input.click();
        }
      });
      return make("div", "quiz-option", input, label, make("span", "quiz-mark"));
    }

    get chosen() {
      return this.inputs.flatMap((input, k) => (input.checked ? [k] : []));
    }

    get right() {
      return this.checked && this.holds.every((holds, k) => holds === this.inputs[k].checked);
    }

    choose(options) {
      this.inputs.forEach((input, k) => (input.checked = options.includes(k)));
    }

    check() {
      if (this.chosen.length === 0) {
        this.result.replaceChildren(make("p", "", "Choose an answer first."));
        return;
      }
      this.show();
      this.whole.changed();
      this.result.append(make("p", "quiz-sum", `So far ${standing(this.whole.right, this.whole.total)}.`));
    }

    // Marks beside what was chosen, and below it why that is right or not.
    show() {
      this.checked = true;
      const missing = this.holds.filter((holds, k) => holds && !this.inputs[k].checked).length;
      const wrong = this.chosen.some((k) => !this.holds[k]);
      const verdict = this.right ? "Right." : wrong || !this.many ? "Not right yet." : `Not all yet: ${missing} missing.`;
      const why = this.chosen.map((k) => {
        this.rows[k].classList.add(this.holds[k] ? "right" : "wrong");
        this.rows[k].querySelector(".quiz-mark").textContent = this.holds[k] ? "✓ right" : "✗ not this one";
        const reason = make("div", "quiz-why", ...this.reasons[k].cloneNode(true).childNodes);
        (reason.querySelector("p") ?? reason).prepend(letter(k));
        return reason;
      });
      const where = Array.from(this.answers.querySelectorAll(":scope > p"), (words) => words.cloneNode(true));
      this.result.replaceChildren(make("p", "quiz-verdict", verdict), ...why, ...where);
      this.form.classList.toggle("right", this.right);
      this.form.classList.toggle("wrong", !this.right);
      this.again.hidden = this.right;
    }

    unmark() {
      this.checked = false;
      this.form.classList.remove("right", "wrong");
      for (const row of this.rows) {
        row.classList.remove("right", "wrong");
        row.querySelector(".quiz-mark").textContent = "";
      }
      this.result.replaceChildren();
      this.again.hidden = true;
    }

    forget() {
      if (this.checked) {
        this.unmark();
        this.whole.changed();
      }
      this.result.replaceChildren();
    }
  }

  // All questions of a page: what is kept of them, and the score.
  class Whole {
    constructor(roots) {
      this.page = roots[0].dataset.page;
      this.questions = roots.map((root) => new Question(root, this));
      this.total = roots.length;
      const kept = load()[this.page]?.answers ?? {};
      for (const question of this.questions) {
        const chosen = kept[question.root.id];
        if (Array.isArray(chosen) && chosen.length > 0 && chosen.every((k) => k in question.inputs)) {
          question.choose(chosen);
          question.show();
        }
      }
      this.words = make("p", "");
      this.clear = button("Forget my answers", "button", () => this.forget());
      const note = make("p", "quiz-note", "Your answers are kept in this browser and sent nowhere.");
      this.score = make("div", "quiz-score", this.words, this.clear, note);
      this.score.setAttribute("role", "group");
      this.score.setAttribute("aria-label", "Score");
      roots.at(-1).after(this.score);
      if (this.begun) {
        const words = `When you were last here, you had ${standing(this.right, this.total)}.`;
        this.before = make("p", "quiz-before", words);
        roots[0].before(this.before);
      }
      this.tell();
    }

    get right() {
      return this.questions.filter((question) => question.right).length;
    }

    get begun() {
      return this.questions.some((question) => question.checked);
    }

    changed() {
      const kept = load();
      const answers = this.questions.filter((q) => q.checked).map((q) => [q.root.id, q.chosen]);
      kept[this.page] = { total: this.total, right: this.right, answers: Object.fromEntries(answers) };
      if (answers.length === 0) delete kept[this.page];
      save(kept);
      this.tell();
    }

    tell() {
      this.words.textContent = this.begun ? `Your score: ${standing(this.right, this.total)}.` : "Your score: not begun.";
      this.clear.hidden = !this.begun;
    }

    forget() {
      for (const question of this.questions) {
        question.choose([]);
        question.unmark();
      }
      this.changed();
      this.before?.remove();
      const first = this.questions[0];
      first.result.replaceChildren(make("p", "", "Your answers have been forgotten."));
      first.inputs[0].focus();
    }

    // On paper the explanations stand behind all questions.
    print() {
      this.printed = make("section", "quiz-printed", make("h2", "", "Answers"));
      for (const { answers } of this.questions) {
        answers.open = true;
        this.printed.append(answers);
      }
      this.score.after(this.printed);
    }

    printedAll() {
      for (const { answers, root } of this.questions) {
        answers.open = false;
        root.append(answers);
      }
      this.printed?.remove();
    }
  }

  const roots = Array.from(document.querySelectorAll("div.quiz"));
  if (roots.length > 0) {
    const whole = new Whole(roots);
    addEventListener("beforeprint", () => whole.print());
    addEventListener("afterprint", () => whole.printedAll());
    // a formula within a label is no place to stop on the way from option to option
    window.MathJax?.startup?.promise?.then(() => {
      document.querySelectorAll(".quiz-option mjx-container").forEach((formula) => formula.removeAttribute("tabindex"));
    });
  }

  const kept = load();
  for (const link of document.querySelectorAll(".quiz-progress a[href]")) {
    const page = new URL(link.href).pathname.replace(/(\.html|\/)$/, "").split("/").at(-1);
    const { right, total } = kept[page] ?? {};
    const words = Number.isInteger(right) && Number.isInteger(total) ? standing(right, total) : "not begun";
    link.after(make("span", "quiz-standing", ` (${words})`));
  }
}
