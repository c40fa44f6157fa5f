// The controls of the segment builder that put a condition together; segment_builder.js follows in the same module.
// Names and values are data: they are set as text, never as HTML.

const UNITS = ["days", "weeks", "months", "years"];

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function field(label, ...controls) {
  return make("label", { class: "field" }, make("span", {}, label), ...controls);
}

function select(pairs, chosen) {
  const node = make("select", {}, ...pairs.map(([value, label]) => make("option", { value }, label)));
  if (chosen !== undefined) node.value = chosen;
  return node;
}

function input(type, value = "", more = {}) {
  const node = make("input", { type, autocomplete: "off", ...more });
  node.value = value;
  return node;
}

// How long, as `90 days`; nothing where no number is given.
function duration(label, value = "") {
  const number = input("number", value, { min: 1, step: 1, class: "short" });
  const unit = select(UNITS.map((one) => [one, one]));
  unit.setAttribute("aria-label", `${label}: unit`);
  const node = field(label, make("span", { class: "pair" }, number, unit));
  return { node, read: () => (number.value ? `${number.value} ${unit.value}` : "") };
}

// An operator and its values, for something of a type. `offer` asks for texts that occur and calls back with them.
function comparison(type, operators, label, offer) {
  const operator = select(operators[type]);
  const box = make("span", { class: "values" });
  let read = () => null;

  function one(name) {
    if (type === "date" || type === "timestamp") return input("date", "", { "aria-label": name });
    if (type === "number" || type === "integer") return input("number", "", { step: "any", "aria-label": name });
    const list = make("datalist", { id: `sl-${crypto.randomUUID()}` });
    const text = input("text", "", { "aria-label": name, list: list.id });
    offer((found) => list.replaceChildren(...found.map(([value, n]) => make("option", { value }, n.toLocaleString("en")))));
    box.append(list);
    return text;
  }

  function several() {
    const boxes = make("span", { class: "checks" });
    const others = input("text", "", { "aria-label": `${label}: other values, with ; between them` });
    others.placeholder = "others; with ; between";
    offer((found) =>
      boxes.replaceChildren(
        ...found.slice(0, 24).map(([value, n]) =>
          make("label", {}, input("checkbox", value), ` ${value} `, make("span", { class: "soft" }, n.toLocaleString("en"))),
        ),
      ),
    );
    box.append(boxes, others);
    read = () => {
      const ticked = [...boxes.querySelectorAll("input:checked")].map((check) => check.value);
      const typed = others.value.split(";").map((text) => text.trim()).filter(Boolean);
      const all = [...new Set([...ticked, ...typed])];
      return all.length ? all : null;
    };
  }

  function refresh() {
    const chosen = operator.value;
    box.replaceChildren();
    read = () => null;
    if (/^is (not null|null|true|false)$/.test(chosen)) return;
    if (chosen === "in" || chosen === "not in") return several();
    const first = one(chosen === "between" ? `${label}: lowest value` : `${label}: value`);
    box.append(first);
    read = () => first.value || null;
    if (chosen === "between") {
      const last = one(`${label}: highest value`);
      box.append(" and ", last);
      read = () => (first.value && last.value ? [first.value, last.value] : null);
    }
  }
  operator.addEventListener("change", refresh);
  refresh();
  const node = make("div", { class: "row" }, field(label, operator), box);
  return { node, read: () => ({ operator: operator.value, value: read() }) };
}

// The controls that put a condition together.
function adder(choices, send, ask) {
  const search = input("search", "", { placeholder: "spend, country, e-mail …" });
  const chooser = make("select", {});
  const found = make("span", { class: "soft", "aria-live": "polite" });
  const meaning = make("p", { class: "soft" });
  const inputs = make("div", { class: "inputs" });
  const add = make("button", { type: "button" }, "Add the condition");
  const entries = new Map(choices.groups.flatMap((group) => group.entries.map((entry) => [entry.key, entry])));
  let read = () => null;

  function argument(one) {
    const optional = one.optional ? [["", "(none)"]] : [];
    if (one.input === "window") return duration(one.label, one.value);
    let control;
    if (one.input === "choice") control = select([...optional, ...choices.lists[one.list]]);
    else if (one.input === "number") control = input("number", one.value, { min: one.min, max: one.max, step: one.step });
    else {
      const list = make("datalist", { id: `sl-${crypto.randomUUID()}` });
      list.append(...(choices.lists[one.list] ?? []).map(([value]) => make("option", { value })));
      inputs.append(list);
      control = input("text", one.value ?? "", { list: list.id });
    }
    return { node: field(one.label, control), read: () => control.value, control };
  }

  function filter(kind) {
    const column = select([["", "all of them"], ...choices.rows.map((row) => [row.name, row.label])]);
    const box = make("div", {});
    let made = null;
    column.addEventListener("change", () => {
      const row = choices.rows.find((one) => one.name === column.value);
      made = row && comparison(row.type, choices.operators, row.label, (then) => ask(row.name, kind(), then));
      box.replaceChildren(...(made ? [made.node] : []));
    });
    const node = make("div", {}, field("Only those whose", column), box);
    return { node, read: () => (made ? { what: column.value, ...made.read() } : "") };
  }

  function show() {
    const entry = entries.get(chooser.value);
    add.disabled = !entry;
    meaning.textContent = entry ? entry.meaning : "";
    inputs.replaceChildren();
    if (!entry) return;
    const given = entry.inputs.map((one) => argument(one));
    const kind = () => given[0]?.read() ?? "";
    const options = entry.options.map(({ name }) => [name, name === "where" ? filter(kind) : duration(
      { within: "Within the last", until: "Leaving out the last" }[name])]);
    const offer = (then) => {
      if (!entry.inputs.length) ask(entry.name, null, then);
      else if (entry.name === "favourite") ask(given[1].read(), kind(), then);
    };
    // What a list holds is offered for the list that is chosen.
    if (entry.name === "includes") {
      const fill = () => ask(given[0].read(), null, (values) =>
        inputs.querySelector("datalist").replaceChildren(...values.map(([value]) => make("option", { value }))));
      given[0].control.addEventListener("change", fill);
      fill();
    }
    const asked = comparison(entry.type, choices.operators, entry.inputs.length ? "The answer" : entry.label, offer);
    inputs.append(
      ...(given.length ? [make("div", { class: "row" }, ...given.map((one) => one.node))] : []),
      ...(options.length ? [make("div", { class: "row" }, ...options.map(([, one]) => one.node))] : []),
      asked.node,
    );
    read = () => {
      const values = given.map((one) => one.read());
      while (values.length && values.at(-1) === "") values.pop();
      const chosen = options.map(([name, one]) => [name, one.read()]).filter(([, value]) => value !== "");
      return { what: entry.name, ...asked.read(), arguments: values, options: Object.fromEntries(chosen) };
    };
  }

  function rank(entry, words) {
    const name = entry.name.replaceAll("_", " ");
    const text = `${name} ${entry.name} ${entry.label} ${entry.meaning}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return 0;
    const typed = words.join(" ").replaceAll("_", " ");
    return name === typed ? 4 : name.startsWith(typed) ? 3 : name.includes(typed) ? 2 : 1;
  }

  function list() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const before = chooser.value;
    const ranks = new Map([...entries.values()].map((entry) => [entry.key, rank(entry, words)]));
    const groups = choices.groups.map((group) => [group.label, group.entries.filter((entry) => ranks.get(entry.key))]);
    chooser.replaceChildren(
      ...(words.length ? [] : [make("option", { value: "" }, "Choose …")]),
      ...groups.filter(([, kept]) => kept.length).map(([label, kept]) =>
        make("optgroup", { label }, ...kept.map((entry) => make("option", { value: entry.key }, entry.label)))),
    );
    const kept = [...ranks].filter(([, value]) => value);
    const best = kept.reduce((one, other) => (other[1] > one[1] ? other : one), ["", 0]);
    chooser.value = words.length ? best[0] : before;
    found.textContent = words.length ? `${kept.length} found` : "";
    if (chooser.value !== before) show();
  }
  search.addEventListener("input", list);
  chooser.addEventListener("change", show);
  add.addEventListener("click", () => send({ do: "add", ...read() }));
  list();
  show();
  return [
    make("div", { class: "row" }, field("Search", search), field("Field or function", chooser), found),
    meaning, inputs, make("div", { class: "row" }, add),
  ];
}
