// The window of the segment builder, behind the controls of segment_builder_controls.js. It decides nothing: every control
// sends a message, and what is shown is the state that Python answers with.

const PAUSE = 400;
// After this long nobody answers any more: what is typed is sent all the same.
const PATIENCE = 15000;

function branch(part) {
  const inner = part.parts.length ? make("ul", {}, ...part.parts.map(branch)) : null;
  const joins = part.parts.length > 0;
  return make(
    "li", {},
    make("span", { class: `mark ${part.answer}` }, part.answer), " ",
    joins ? part.what : make("code", {}, part.what),
    part.why ? make("span", { class: "why" }, part.why) : null,
    part.flips ? make("span", { class: "soft" }, ` · ${part.flips}`) : null,
    inner,
  );
}

function nested(parts) {
  return make("ul", {}, ...parts.map((part) =>
    make("li", {}, make("code", {}, part.what), make("span", { class: "said" }, part.said),
      part.parts.length ? nested(part.parts) : null)));
}

// Sentences break where they must; a line of the rule stays above its carets, which say nothing aloud.
function faultLines(text) {
  const carets = (line) => /^ *\^+ *$/.test(line ?? "");
  return text.split("\n").map((line, n, lines) =>
    carets(line) ? make("div", { class: "quoted", "aria-hidden": "true" }, line)
      : make("div", { class: carets(lines[n + 1]) ? "quoted" : "" }, line));
}

function render({ model, el }) {
  const begin = model.get("begin");
  const choices = model.get("choices");
  const waiting = new Map();
  let timer = null, busy = 0, sentAt = 0;

  function send(message) {
    // What was typed a moment ago comes first.
    if (timer) {
      clearTimeout(timer);
      timer = null;
      if (message.do !== "rule") send({ do: "rule", text: rule.value });
    }
    busy += 1;
    sentAt = Date.now();
    model.send(message);
  }
  // One text at a time: while one is counted, only the last of those that follow is of interest.
  function sendRule() {
    timer = null;
    if (busy && Date.now() - sentAt < PATIENCE) timer = setTimeout(sendRule, PAUSE);
    else send({ do: "rule", text: rule.value });
  }
  function ask(column, kind, then) {
    waiting.set(JSON.stringify([column, kind]), then);
    send({ do: "values", column, kind });
  }
  function button(label, message, more = {}) {
    const node = make("button", { type: "button", class: "second", ...more }, label);
    node.addEventListener("click", () => send(message()));
    return node;
  }

  const faultId = `sl-${crypto.randomUUID()}`;
  const rule = make("textarea", { rows: 3, spellcheck: "false", autocapitalize: "off", "aria-describedby": faultId });
  const fault = make("div", { class: "fault", id: faultId, "aria-live": "polite" });
  const sentence = make("p", { class: "sentence" });
  const language = select([["en", "English"], ["es", "Español"]]);
  language.setAttribute("aria-label", "Language of the sentence");
  const counts = make("div", { class: "counts" });
  const said = make("p", { class: "said", role: "status", "aria-live": "polite" });
  const bar = make("div", { class: "bar", "aria-hidden": "true" });
  const details = make("div", { class: "soft" });
  const joint = select([["and", "all of these (and)"], ["or", "any of these (or)"]]);
  const list = make("ol", { class: "conditions" });
  const hangs = make("p", { class: "soft" });
  const contact = input("text", "", { class: "id" });
  const why = make("div", { class: "tree", "aria-live": "polite" });
  const name = input("text", begin.name, { maxlength: 60 });
  const description = input("text", begin.description);
  const goals = [...new Set([...choices.goals, begin.goal])].filter(Boolean);
  const goal = select([["", "(none)"], ...goals.map((one) => [one, one])], begin.goal);
  const owner = input("text", begin.owner);
  const replace = input("checkbox");
  const status = make("div", { class: "status", role: "status", "aria-live": "polite" });

  rule.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(sendRule, PAUSE);
  });
  language.addEventListener("change", showState);
  joint.addEventListener("change", () => send({ do: "join", joint: joint.value }));
  contact.addEventListener("keydown", (event) => {
    if (event.key === "Enter") send({ do: "why", contact: contact.value });
  });
  const save = button("Save to segments.yml", () => ({
    do: "save", name: name.value, description: description.value, goal: goal.value, owner: owner.value,
    replace: replace.checked,
  }), { class: "" });

  function showConditions() {
    const { conditions, joint: word } = model.get("state");
    const { rule: of, conditions: passed } = model.get("funnel");
    const known = of === model.get("state").rule && passed.length === conditions.length;
    const buttons = [...list.querySelectorAll("button")];
    const place = buttons.indexOf(el.getRootNode().activeElement);
    list.replaceChildren(...conditions.map((text, n) =>
      make("li", {},
        make("span", { class: "joint" }, n ? word : ""),
        make("div", {}, make("code", {}, text),
          known ? make("span", { class: "said" }, passed[n].said) : null,
          known && passed[n].parts.length ? nested(passed[n].parts) : null),
        button("Remove", () => ({ do: "remove", place: n }), { class: "second small", "aria-label": `Remove ${text}` })),
    ));
    // The keyboard stays where it was, or with what has taken that place.
    if (place >= 0) ([...list.querySelectorAll("button")].slice(0, place + 1).at(-1) ?? rule).focus();
    hangs.textContent = known ? model.get("funnel").said : "";
  }

  function showState() {
    const state = model.get("state");
    if (!state.typed) rule.value = state.rule;
    rule.setAttribute("aria-invalid", String(Boolean(state.fault)));
    // Said once: what has not changed is not told again.
    if (fault.dataset.text !== state.fault) fault.replaceChildren(...(state.fault ? faultLines(state.fault) : []));
    fault.dataset.text = state.fault;
    const told = state.sentences[language.value];
    sentence.textContent = told || (state.rule.trim() ? "Not understood yet." : "There is no condition yet.");
    sentence.lang = told ? language.value : "en";
    sentence.classList.toggle("soft", !told);
    counts.classList.toggle("stale", state.stale);
    const found = state.counts;
    bar.replaceChildren(...(found ? found.bar : []).map(([part, percent]) =>
      make("span", { class: part, style: `width:${percent}%` })));
    said.textContent = !found ? "" : state.fault ? `Before the fault: ${found.said}` : found.said;
    details.replaceChildren(...(found ? [found.money, found.reach, ...found.notes] : []).map((t) => make("p", {}, t)));
    joint.value = state.joint;
    showConditions();
  }

  function showWhy() {
    const found = model.get("why");
    if (found.contact) contact.value = found.contact;
    why.replaceChildren(
      ...(found.reason ? [make("p", { class: "reason" }, found.reason)] : []),
      ...(found.tree ? [make("ul", {}, branch(found.tree))] : []),
      ...(found.notes ?? []).map((note) => make("p", { class: "soft" }, `Note: ${note}.`)),
    );
  }

  function showStatus() {
    const { text, fault: bad, to } = model.get("status");
    status.textContent = text;
    status.classList.toggle("bad", bad);
    busy = Math.max(0, busy - 1);
    // To replace is to be asked for each time.
    if (!bad && to === "save") replace.checked = false;
  }

  model.on("change:state", showState);
  model.on("change:funnel", showConditions);
  model.on("change:why", showWhy);
  model.on("change:status", showStatus);
  model.on("change:values", () => {
    const { column, kind, found } = model.get("values");
    waiting.get(JSON.stringify([column, kind]))?.(found);
  });

  const sample = (label, answer) => button(label, () => ({ do: "sample", answer }));
  el.append(
    make("section", { class: "sl-builder", "aria-label": "Segment builder", "data-lm-suppress-shortcuts": "true" },
      make("p", { class: "soft head" }, `${begin.workspace}, as of ${begin.as_of}`),
      make("div", { class: "columns" },
        make("div", { class: "side" },
          make("div", { class: "part rule" }, field("Rule", rule), fault,
            make("div", { class: "row told" }, sentence, language)),
          make("div", { class: "part list" },
            make("div", { class: "row" }, field("Contacts who meet", joint), button("Tidy the rule", () => ({ do: "tidy" }))),
            list, hangs),
          make("fieldset", { class: "part add" }, make("legend", {}, "Add a condition"), ...adder(choices, send, ask))),
        make("div", { class: "side" },
          make("div", { class: "part found" }, make("h3", {}, "Whom it selects"), make("div", {}, counts)),
          make("fieldset", { class: "part who" }, make("legend", {}, "Why is somebody in or out?"),
            make("div", { class: "row" }, sample("A member", "in"), sample("An outsider", "out"), sample("An unknown", "unknown")),
            make("div", { class: "row" }, field("Contact (id or e-mail)", contact),
              button("Explain", () => ({ do: "why", contact: contact.value }))),
            why),
          make("fieldset", { class: "part save" }, make("legend", {}, "Save as a smart view"),
            make("div", { class: "row" }, field("Name", name), field("Owner", owner), field("Goal", goal)),
            field("Description", description),
            make("div", { class: "row" }, save, make("label", { class: "check" }, replace, " Replace one of that name"))))),
      status),
  );
  counts.append(bar, said, details);
  showState();
  showStatus();
}

export default { render };
