// What a term or a letter means, beside its link: on hover and on keyboard focus, until both have left or Escape is pressed. The pointer
// may move onto the note. A touch just follows the link. Without this script the description is the link's title.
document.addEventListener("DOMContentLoaded", () => {
  let shown = null;
  let timer = 0;
  const later = (act, after) => {
    clearTimeout(timer);
    timer = setTimeout(act, after);
  };
  const hide = () => {
    clearTimeout(timer);
    if (shown) {
      shown.hidden = true;
    }
    shown = null;
  };
  const show = (link, note) => {
    hide();
    shown = note;
    note.hidden = false;
    const page = note.parentElement.getBoundingClientRect();
    const at = link.getClientRects()[0];
    const below = at.bottom + note.offsetHeight < innerHeight || at.top < note.offsetHeight;
    note.style.left = `${Math.max(0, Math.min(at.left - page.left, page.width - note.offsetWidth - 1))}px`;
    note.style.top = `${(below ? at.bottom : at.top - note.offsetHeight) - page.top}px`;
  };
  document.querySelectorAll("article a:is(.term, .letter)[title]").forEach((link, k) => {
    const note = document.createElement("div");
    Object.assign(note, { id: `note-${k}`, className: "term-note", hidden: true, textContent: link.title });
    note.setAttribute("role", "tooltip");
    if (link.classList.contains("letter")) {
      link.setAttribute("aria-label", link.title.split(": ")[0]); // a formula alone does not name a link
    }
    link.removeAttribute("title");
    link.setAttribute("aria-describedby", note.id);
    link.closest("article").append(note);
    const stays = () => link.matches(":focus-visible");
    for (const part of [link, note]) {
      part.addEventListener("pointerenter", (event) => {
        if (event.pointerType !== "touch") {
          later(() => shown === note || show(link, note), shown === note ? 0 : 150);
        }
      });
      part.addEventListener("pointerleave", () => later(() => stays() || hide(), 250));
    }
    link.addEventListener("focus", () => stays() && show(link, note));
    link.addEventListener("blur", () => shown === note && hide());
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
});

// The link is what is reached by the keyboard, not the formula in it as well.
addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  for (const formula of document.querySelectorAll("a.letter mjx-container[tabindex]")) {
    formula.removeAttribute("tabindex");
  }
});
